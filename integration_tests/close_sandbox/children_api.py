"""What do the endpoints of opportunities, tasks, activities and custom objects do and answer?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from integration_tests.close_sandbox import child_lists, custom_instances, opportunities, tasks
from integration_tests.close_sandbox.bodies import Changes, Doc
from integration_tests.close_sandbox.child_answers import ChildAnswers
from integration_tests.close_sandbox.child_bodies import NOT_PERMITTED, ChildReader, Reading
from integration_tests.close_sandbox.clock import Clock, moment
from integration_tests.close_sandbox.index import Index
from integration_tests.close_sandbox.kinds import ACTIVITIES, KINDS, NEVER_HERE, Kind
from integration_tests.close_sandbox.notes import both_forms
from integration_tests.close_sandbox.organization import Organization
from integration_tests.close_sandbox.paging import page
from integration_tests.close_sandbox.problems import NO_OBJECT, REQUIRED, BadValue, Problem, invalid, missing, plan_limit, wrong_type
from integration_tests.close_sandbox.replica import Replica, Seen
from integration_tests.close_sandbox.settings import Settings
from integration_tests.close_sandbox.world import World

if TYPE_CHECKING:
    from integration_tests.close_sandbox.api import Asked

Handler = Callable[["Asked"], Any]
Route = tuple[tuple[str, ...], Mapping[str, Handler]]


@dataclass(slots=True)
class ChildrenApi:
    """The endpoints of everything below leads but contacts."""

    world: World
    organization: Organization
    clock: Clock
    replica: Replica
    _stale: dict[str, Doc] = field(default_factory=dict)

    @property
    def routes(self) -> list[Route]:
        routes: list[Route] = [(("activity",), {"GET": self._timeline}), (("activity", "created"), {"GET": self._creations})]
        routes += [(("activity", name), {"GET": lambda _: {"data": [], "has_more": False}}) for name in NEVER_HERE]
        for kind in KINDS.values():
            routes += self._routes_of(kind)
        return routes

    def _routes_of(self, kind: Kind) -> list[Route]:
        whole: dict[str, Handler] = {"GET": partial(self._list, kind)}
        one: dict[str, Handler] = {"GET": partial(self._get, kind)}
        if not kind.by_close:
            whole["POST"], one["PUT"] = partial(self._create, kind), partial(self._update, kind)
        if kind.name == "task":
            whole["PUT"] = self._change_tasks
        if kind.deletable:
            one["DELETE"] = partial(self._delete, kind)
        return [(kind.path, whole), ((*kind.path, "*"), one)]

    def answers(self, settings: Settings, source: World | Index | Seen | None = None, tz_offset: float = 0.0) -> ChildAnswers:
        """From the database, from a copy of it that is late, or from the index."""
        source = source or self.world
        today = moment(self.clock() + tz_offset * 3600).date().isoformat()
        return ChildAnswers(self.organization, settings, source.tables, source.children_of, today)

    def _answers(self, asked: Asked) -> ChildAnswers:
        return self.answers(asked.settings, tz_offset=asked.tz_offset)

    # --- reading -----------------------------------------------------------------------------------------------------

    def _get(self, kind: Kind, asked: Asked) -> Any:
        if asked.id in self._stale:
            return self._stale.pop(asked.id)
        found = self.replica.at(asked.now).get(kind.name, asked.id)
        if found is None:
            raise _no_such(kind, asked.settings)
        return self._shown(kind, found, asked)

    def _shown(self, kind: Kind, doc: Doc, asked: Asked) -> Doc:
        return self._narrowed(kind, self._answers(asked).child(kind.name, doc), asked)

    def _narrowed(self, kind: Kind | None, shown: Doc, asked: Asked) -> Doc:
        """Only `_fields`, where these are published."""
        wanted = asked.fields
        if wanted is None or (kind is not None and not kind.narrows):
            return shown
        return {key: value for key, value in shown.items() if key in wanted or ("custom" in wanted and key.startswith("custom."))}

    def _existing(self, kind: Kind, asked: Asked) -> Doc:
        found = self.world.tables[kind.name].get(asked.id)
        if found is None:
            raise _no_such(kind, asked.settings)
        return found

    def _list(self, kind: Kind, asked: Asked) -> Any:
        """Not from the index."""
        child_lists.check(kind.name, asked.query, asked.settings)
        found = child_lists.chosen(kind.name, self._all(kind, asked), asked.query)
        if kind.name == "custom_object":
            # no way to turn pages is published
            return {"data": found, "has_more": False}
        shown = self._page(found, asked, kind)
        return {**shown, **opportunities.totals(found, asked.settings.value_currency)} if kind.name == "opportunity" else shown

    def _page(self, found: list[Doc], asked: Asked, kind: Kind | None = None) -> dict[str, Any]:
        most = asked.settings.biggest_child_page or (kind or KINDS["activity.note"]).biggest_page
        return page(found, asked.query, lambda one: self._narrowed(kind, one, asked), most)

    def _all(self, kind: Kind, asked: Asked) -> list[Doc]:
        """As answered, and as read: all of a kind, or those of the leads that are asked for."""
        seen = self.replica.at(asked.now)
        name = "activity" if asked.parts == ("activity",) else kind.name
        leads, answers = child_lists.leads_of(name, asked.query, asked.settings), self._answers(asked)
        if leads is None:
            return [answers.child(kind.name, doc) for doc in seen.all_of(kind.name)]
        return [answers.child(kind.name, doc) for lead_id in leads for doc in seen.children_of(kind.name, lead_id)]

    def _creations_shown(self, name: str, asked: Asked) -> list[Doc]:
        leads, answers = child_lists.leads_of(name, asked.query, asked.settings), self._answers(asked)
        seen = self.replica.at(asked.now)
        found = seen.all_of("lead") if leads is None else [seen.get("lead", one) for one in leads]
        return [answers.creation_of(lead) for lead in found if lead is not None]

    def _creations(self, asked: Asked) -> Any:
        child_lists.check("activity.note", asked.query, asked.settings)
        shown = child_lists.chosen("activity.note", self._creations_shown("activity.note", asked), asked.query)
        return self._page(shown, asked)

    def _timeline(self, asked: Asked) -> Any:
        """Every activity there is, of a lead or of all."""
        child_lists.check("activity", asked.query, asked.settings)
        shown = [*(one for kind in ACTIVITIES for one in self._all(kind, asked)), *self._creations_shown("activity", asked)]
        return self._page(child_lists.chosen("activity", shown, asked.query), asked)

    # --- writing -----------------------------------------------------------------------------------------------------

    def read(self, kind: Kind, asked: Asked, old: Doc | None) -> Changes:
        """What a body asks for, or a Problem."""
        body = asked.body
        if not isinstance(body, dict):
            raise Problem(400, {"errors": [wrong_type("dict")], "field-errors": {}})
        type_id = (old or body).get(kind.type_key) if kind.type_key else None
        if kind.type_key:
            if old is None:
                custom_instances.check_type(kind, type_id, self.organization, new=True)
            custom_instances.check_role(self.organization.types.get(type_id), asked.reader.role_id)
        lead_id = old["lead_id"] if old is not None else body.get("lead_id")
        reader = ChildReader(
            self.organization,
            asked.settings,
            asked.reader.role_id,
            self.world,
            kind,
            old,
            lead_id if isinstance(lead_id, str) else None,
            asked.now,
            asked.tz_offset,
        )
        reading = reader.read(body)
        if old is None:
            self._lead_of_new(kind, lead_id, reading)
            author = body.get("created_by") or body.get("created_by_id")
            if isinstance(author, str) and author in self.organization.users:
                reading.changes["created_by"] = author
            if kind.type_key:
                reading.changes[kind.type_key] = type_id
        self._settle(kind, body, reader, reading)
        reading.check()
        return reading.changes

    def _lead_of_new(self, kind: Kind, lead_id: Any, reading: Reading) -> None:
        if lead_id is None:
            if kind.name != "opportunity":
                reading.errors["lead"] = REQUIRED
        elif isinstance(lead_id, str) and lead_id in self.world.leads:
            reading.changes["lead_id"] = lead_id
        else:
            reading.errors["lead"] = NO_OBJECT

    def _settle(self, kind: Kind, body: Mapping[str, Any], reader: ChildReader, reading: Reading) -> None:
        match kind.name:
            case "opportunity":
                opportunities.settle(body, reader, reading)
            case "task":
                tasks.settle(body, reader, reading, self.world.ids_of_children)
            case "activity.custom_activity":
                custom_instances.settle_activity(body, reader, reading)
            case "custom_object":
                custom_instances.settle_object(body, reader, reading)
            case "activity.note":
                _settle_note(body, reader, reading)

    def _create(self, kind: Kind, asked: Asked) -> Any:
        changes = self.read(kind, asked, None)
        if "lead_id" not in changes:
            changes["lead_id"] = self._untitled_lead(asked)
        made = self.world.create_child(kind, changes, asked.now, asked.cause)
        asked.written = made["id"]
        if kind.name == "custom_object":
            asked.status = 201
        return self._shown(kind, made, asked)

    def _untitled_lead(self, asked: Asked) -> str:
        """Close makes one up for an opportunity without a lead."""
        limit = asked.settings.plan_lead_limit
        if limit is not None and len(self.world.leads) >= limit:
            raise plan_limit()
        status = next(iter(self.organization.statuses))
        return str(self.world.create_lead({"status_id": status}, [], asked.now, asked.cause)["id"])

    def _update(self, kind: Kind, asked: Asked) -> Any:
        old = self._existing(kind, asked)
        changes = self.read(kind, asked, old)
        moves_to = self._new_home(asked, old)
        if moves_to is not None:
            self.world.move_child(kind.name, old["id"], moves_to, asked.now, asked.cause)
        return self._shown(kind, self._change(kind, old["id"], changes, asked), asked)

    def _new_home(self, asked: Asked, old: Doc) -> str | None:
        told = asked.body.get("lead_id")
        if told is None or told == old["lead_id"] or asked.settings.lead_id_in_child_put == "ignore":
            return None
        if not isinstance(told, str) or told not in self.world.leads:
            raise invalid({"lead": NO_OBJECT})
        if asked.settings.lead_id_in_child_put == "refuse":
            raise invalid({"lead": "It cannot be moved to another lead."})
        return told

    def _change(self, kind: Kind, object_id: str, changes: Changes, asked: Asked) -> Doc:
        asked.written = object_id
        always = asked.settings.noop_put_moves_date_updated
        return self.world.update(kind.name, object_id, changes, asked.now, asked.cause, even_if_same=always)

    def _delete(self, kind: Kind, asked: Asked) -> Any:
        old = self._existing(kind, asked)
        if kind.type_key:
            custom_instances.check_role(self.organization.types.get(old[kind.type_key]), asked.reader.role_id)
        if asked.settings.deleted_get_stale_once:
            self._stale[old["id"]] = self._answers(asked).child(kind.name, old)
        self.world.delete_child(kind.name, old["id"], asked.now, asked.cause)
        asked.written = old["id"]
        if kind.name == "custom_object":
            asked.status = 204
        return {}

    # --- many tasks at once ------------------------------------------------------------------------------------------

    def _change_tasks(self, asked: Asked) -> Any:
        """One same change of every task that the filters choose: all of them or, if it is refused, none."""
        kind, body = KINDS["task"], asked.body if isinstance(asked.body, dict) else {}
        if strange := [key for key in body if key not in tasks.BULK_KEYS]:
            raise invalid(dict.fromkeys(strange, NOT_PERMITTED))
        told = body.get("_params") or {}
        if not isinstance(told, dict):
            raise invalid({"_params": wrong_type("dict")})
        query = {**asked.query, **{key: ",".join(value) if isinstance(value, list) else str(value) for key, value in told.items()}}
        if not query:
            raise Problem(400, {"errors": ["A change of many tasks needs a filter."], "field-errors": {}})
        child_lists.check("task", query, asked.settings)
        everything = [self._answers(asked).child("task", doc) for doc in self.world.tables["task"].values()]
        found = child_lists.chosen("task", everything, query)
        plans = [(one["id"], self.read(kind, asked, self.world.tables["task"][one["id"]])) for one in found]
        for task_id, changes in plans:
            self._change(kind, task_id, changes, asked)
        return {"ok": True}


def _no_such(kind: Kind, settings: Settings) -> Problem:
    return missing(kind.called) if settings.not_found_form == "empty_query" else Problem(404, {"error": "Not found"})


def _settle_note(body: Mapping[str, Any], reader: ChildReader, reading: Reading) -> None:
    try:
        reading.changes |= both_forms(body, reader.settings)
    except BadValue as bad:
        reading.errors["note"] = bad.message
    if reader.old is None and reading.changes.get("user_id") is None:
        reading.changes["user_id"] = reader.organization.me
