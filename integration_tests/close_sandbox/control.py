"""What can a test in another process do to the sandbox, over HTTP below /sandbox/?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

import orjson

from integration_tests.close_sandbox.close import Close
from integration_tests.close_sandbox.faults import Fault
from integration_tests.close_sandbox.kinds import KINDS
from integration_tests.close_sandbox.presets import PRESETS, crowd
from integration_tests.close_sandbox.problems import Problem
from integration_tests.close_sandbox.wire import Call

Told = Mapping[str, Any]


class Control:
    """The control endpoints: method and name to a doing, its answer as JSON."""

    def __init__(self, close: Close, preset: str) -> None:
        self._close = close
        self._preset = preset
        self._doings: Mapping[tuple[str, str], Callable[[Told], Any]] = {
            ("GET", "state"): self._state,
            ("GET", "counts"): self._counts,
            ("GET", "children"): self._children,
            ("GET", "calls"): self._calls,
            ("DELETE", "calls"): self._forget_calls,
            ("GET", "events"): lambda _: {"events": self._close.events},
            ("POST", "reset"): self._reset,
            ("GET", "faults"): lambda _: {"faults": [asdict(fault) for fault in self._close.faults.planned]},
            ("POST", "faults"): self._add_faults,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "settings"): self._settings,
            ("POST", "settings"): self._change_settings,
            ("POST", "seed"): self._seed,
            ("POST", "edit"): self._edit,
            ("POST", "plant"): self._plant,
            ("POST", "delete"): self._delete,
            ("POST", "merge"): self._merge,
            ("POST", "settle"): self._settle,
            ("POST", "spend"): self._spend,
        }

    def answer(self, method: str, name: str, query: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        doing = self._doings.get((method, name))
        if doing is None:
            return 404, {"error": f"{method} /sandbox/{name} does not exist", "try": sorted(f"{m} /sandbox/{n}" for m, n in self._doings)}
        try:
            told = {**query, **(orjson.loads(body) if body else {})}
            return 200, doing(told)
        except Problem as problem:
            return problem.status, problem.body
        except (KeyError, TypeError, ValueError) as wrong:
            return 400, {"error": f"{type(wrong).__name__}: {wrong}"}

    # --- looking -----------------------------------------------------------------------------------------------------

    def _state(self, told: Told) -> Any:
        """All leads with their contacts; `skip` and `limit` for a part."""
        skip, limit = int(told.get("skip", 0)), int(told.get("limit", 1_000_000))
        with self._close.lock:
            self._close.settle_late()
            ids = list(self._close.world.leads)[skip : skip + limit]
            leads = [self._close.lead(lead_id) for lead_id in ids]
        organization = self._close.organization
        return {
            **self._counts(told),
            "leads": leads,
            "statuses": organization.statuses,
            "custom_fields": organization.field_answers(list(organization.fields.values())),
            "me": organization.me,
        }

    def _children(self, told: Told) -> Any:
        """Every object of a `kind` as a GET answers, of one lead with `lead_id`."""
        return {"children": list(self._close.children(told["kind"], told.get("lead_id")).values())}

    def _counts(self, _: Told) -> Any:
        with self._close.lock:
            self._close.settle_late()
            return {
                "lead_count": self._close.lead_count,
                "contact_count": self._close.contact_count,
                "child_counts": {kind: len(self._close.world.tables[kind]) for kind in KINDS},
                "unindexed": self._close.unindexed,
                "calls_by_endpoint": self._close.calls_by_endpoint(),
                "calls_by_status": self._close.calls_by_status(),
            }

    def _calls(self, told: Told) -> Any:
        since = int(told.get("since", 0))
        return {**self._counts(told), "calls": [_line(call) for call in self._close.calls if call.number > since]}

    def _forget_calls(self, _: Told) -> Any:
        self._close.forget_calls()
        return {}

    def _settings(self, _: Told) -> Any:
        settings = self._close.settings
        shown = {one.name: getattr(settings, one.name) for one in fields(settings)}
        sets = {name: sorted(value) for name, value in shown.items() if isinstance(value, frozenset)}
        return {**shown, "limits": dict(settings.limits), **sets}

    # --- doing -------------------------------------------------------------------------------------------------------

    def _reset(self, told: Told) -> Any:
        """As freshly started: leads, contacts, events, calls, faults and limits are gone, the preset is there again."""
        self._close.start_over()
        PRESETS[told.get("preset", self._preset)].seed(self._close)
        return self._counts(told)

    def _add_faults(self, told: Told) -> Any:
        for fault in told.get("faults", [told]):
            self._close.faults.add(Fault(**fault))
        return {"planned": len(self._close.faults.planned)}

    def _clear_faults(self, _: Told) -> Any:
        self._close.faults.clear()
        return {}

    def _change_settings(self, told: Told) -> Any:
        self._close.change(**told)
        return self._settings({})

    def _seed(self, told: Told) -> Any:
        """Statuses, pipelines, types, custom fields, leads and what is below them, a crowd of companies; answers with the new ids."""
        close = self._close
        pipelines = [close.add_pipeline(**one) for one in told.get("pipelines", ())]
        activity_types = [close.add_activity_type(**one) for one in told.get("activity_types", ())]
        object_types = [close.add_object_type(**one) for one in told.get("object_types", ())]
        statuses = [close.add_status(**one) if isinstance(one, dict) else close.add_status(one) for one in told.get("statuses", ())]
        custom_fields = [close.add_custom_field(one.pop("objects"), one.pop("name"), **one) for one in told.get("custom_fields", ())]
        users = [close.add_user(**one) for one in told.get("users", ())]
        leads = [close.add_lead(one)["id"] for one in told.get("leads", ())]
        crowd(close, int(told.get("crowd", 0)))
        children = [close.add_child(one.pop("kind"), one.pop("lead_id"), one)["id"] for one in told.get("children", ())]
        types = {"pipelines": pipelines, "activity_types": activity_types, "object_types": object_types}
        return {"statuses": statuses, "custom_fields": custom_fields, "users": users, "leads": leads, "children": children, **types}

    def _edit(self, told: Told) -> Any:
        edits = {"lead": self._close.edit_lead, "contact": self._close.edit_contact}
        return edits.get(self._close.world.type_of(told["id"]), self._close.edit_child)(told["id"], told["changes"])

    def _plant(self, told: Told) -> Any:
        self._close.plant(told["id"], told["keys"])
        return {}

    def _delete(self, told: Told) -> Any:
        self._close.delete(told["id"])
        return {}

    def _merge(self, told: Told) -> Any:
        self._close.merge(told["source"], told["destination"])
        return {}

    def _settle(self, _: Told) -> Any:
        self._close.settle()
        return {}

    def _spend(self, told: Told) -> Any:
        self._close.spend(told["group"], int(told["calls"]), **{key: told[key] for key in ("api_key",) if key in told})
        return {}


def _line(call: Call) -> dict[str, Any]:
    return {**asdict(call), "endpoint": call.endpoint}
