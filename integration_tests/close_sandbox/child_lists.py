"""Which opportunities, tasks, activities or custom objects does a list give, and in which order?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.clock import seconds_of
from integration_tests.close_sandbox.kinds import ACTIVITIES
from integration_tests.close_sandbox.problems import invalid
from integration_tests.close_sandbox.settings import Settings

_TOLD_BY_ALL = frozenset(("_limit", "_skip", "_fields", "organization_id", "format"))
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "": lambda found, told: found == told,
    "__gte": lambda found, told: found >= told,
    "__gt": lambda found, told: found > told,
    "__lte": lambda found, told: found <= told,
    "__lt": lambda found, told: found < told,
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What one list can be asked for, as published."""

    equal: Mapping[str, str]
    """From a filter's name to the key that must have its value."""

    one_of: Mapping[str, str]
    """The same for filters that are a list with commas."""

    dates: tuple[str, ...] = ()
    """Keys that filters with `__gte`, `__gt`, `__lte`, `__lt` are on."""

    order: tuple[str, ...] = ()
    """Keys for `_order_by`."""

    others: tuple[str, ...] = ()
    """Filters with a meaning of their own."""

    @property
    def names(self) -> frozenset[str]:
        dates = (f"{key}{suffix}" for key in self.dates for suffix in _COMPARE)
        return frozenset((*self.equal, *self.one_of, *dates, *self.others, *(("_order_by",) if self.order else ())))


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _in(*names: str) -> dict[str, str]:
    return {f"{name}__in": name for name in names}


_DEAL_KEYS = ("user_id", "status_id", "status_type", "status_label", "value_period")
_ORDERS = ("date_won", "date_updated", "date_created", "confidence", "user_name", "value", "annualized_value", "annualized_expected_value")
_ACTIVITY = Filters({}, {"id__in": "id", **_same("lead_id", "contact_id", "user_id", "_type")}, ("date_created", "activity_at"))
_TYPED = {**_same("custom_activity_type_id"), **_in("custom_activity_type_id")}

FILTERS: Mapping[str, Filters] = {
    "opportunity": Filters(
        {**_same("lead_id", *_DEAL_KEYS), "status": "status_label"},
        {**_in(*_DEAL_KEYS), "status__in": "status_label"},
        ("date_won", "date_created", "date_updated"),
        _ORDERS,
    ),
    "task": Filters(
        _same("lead_id", "assigned_to", "id"),
        {"id__in": "id", "_type": "_type", "_type__in": "_type"},
        ("date", "due_date", "date_created", "date_updated"),
        ("date", "date_created"),
        ("is_complete", "view"),
    ),
    "custom_object": Filters(_same("lead_id", "custom_object_type_id"), {}),
    "activity": Filters(
        {},
        {**_ACTIVITY.one_of, **_in("lead_id", "contact_id", "user_id", "_type")},
        _ACTIVITY.dates,
        ("date_created", "activity_at"),
    ),
    **{kind.name: _ACTIVITY for kind in ACTIVITIES},
    "activity.custom_activity": Filters({}, {**_ACTIVITY.one_of, **_TYPED}, _ACTIVITY.dates),
}
"""By kind; `activity` is the list of all of them."""


def leads_of(name: str, query: Mapping[str, str], settings: Settings) -> list[str] | None:
    """The leads a list is narrowed to; None: all."""
    told = query.get("lead_id") or query.get("lead_id__in")
    if not told:
        return None
    filters = FILTERS[name]
    leads = told.split(",") if "lead_id" in filters.one_of else [told]
    if settings.most_lead_ids is not None and len(leads) > settings.most_lead_ids:
        raise invalid({"lead_id": "List is too long."})
    return list(dict.fromkeys(leads))


def check(name: str, query: Mapping[str, str], settings: Settings) -> None:
    """Filters that are not published, or not together, are refused."""
    known = FILTERS[name].names
    strange = [key for key in query if key not in known and key not in _TOLD_BY_ALL]
    if strange and settings.unknown_list_filters == "refuse":
        raise invalid(dict.fromkeys(strange, "Extra inputs are not permitted"))
    if name == "custom_object" and not query.get("lead_id"):
        raise invalid({"lead_id": "This field is required."})
    if name == "activity.custom_activity" and not query.get("lead_id") and any(query.get(key) for key in _TYPED):
        raise invalid({"lead_id": "This field is required."})
    if name == "activity":
        _check_timeline(query)


def _check_timeline(query: Mapping[str, str]) -> None:
    leads = (query.get("lead_id") or query.get("lead_id__in") or "").split(",")
    of_one_lead = {key for key in query if key.removesuffix("__in") in ("user_id", "contact_id", "_type")}
    if query.get("_order_by", "").endswith("activity_at"):
        of_one_lead.add("_order_by")
    if of_one_lead and (leads == [""] or len(leads) > 1):
        raise invalid(dict.fromkeys(sorted(of_one_lead), "Only for a single lead_id."))
    by = "activity_at" if query.get("_order_by", "").endswith("activity_at") else "date_created"
    wrong = [key for key in query if key.startswith(("date_created__", "activity_at__")) and not key.startswith(by)]
    if wrong:
        raise invalid(dict.fromkeys(wrong, "Only with _order_by the same date."))


def chosen(name: str, shown: Iterable[Doc], query: Mapping[str, str]) -> list[Doc]:
    """Those of the objects, as answered, that meet all filters, in the order asked for."""
    tests = list(_tests(FILTERS[name], query))
    found = [one for one in shown if all(test(one) for test in tests)]
    if name == "task":
        found = _tasks(found, query)
    return _ordered(found, FILTERS[name], query)


def _tests(filters: Filters, query: Mapping[str, str]) -> Iterable[Callable[[Doc], bool]]:
    for key, told in query.items():
        if not told:
            continue
        if key in filters.one_of:
            yield _is_one_of(filters.one_of[key], frozenset(told.split(",")))
        elif key in filters.equal:
            yield _is_one_of(filters.equal[key], frozenset((told,)))
        elif (found := _date_filter(key, filters)) is not None:
            yield _is_within(*found, _seconds(key, told))


def _is_one_of(key: str, wanted: frozenset[str]) -> Callable[[Doc], bool]:
    if key == "_type":
        # of custom activities `Custom` and the id of a type are words for it too
        return lambda doc: bool(
            wanted & {doc["_type"], doc.get("custom_activity_type_id"), "Custom" if "custom_activity_type_id" in doc else ""}
        )
    return lambda doc: doc.get(key) in wanted


def _date_filter(key: str, filters: Filters) -> tuple[str, Callable[[float, float], bool]] | None:
    name, _, suffix = key.partition("__")
    compare = _COMPARE.get(f"__{suffix}" if suffix else "")
    return (name, compare) if name in filters.dates and compare is not None else None


def _is_within(key: str, compare: Callable[[float, float], bool], told: float) -> Callable[[Doc], bool]:
    return lambda doc: doc.get(key) is not None and compare(seconds_of(doc[key]), told)


def _seconds(key: str, told: str) -> float:
    try:
        return seconds_of(told)
    except ValueError:
        raise invalid({key: "Invalid ISO 8601 datetime."}) from None


def _tasks(found: list[Doc], query: Mapping[str, str]) -> list[Doc]:
    """Only tasks of type lead unless others are asked for."""
    if not query.get("_type") and not query.get("_type__in"):
        found = [one for one in found if one["_type"] == "lead"]
    if query.get("is_complete"):
        if query["is_complete"] not in ("true", "false", "True", "False"):
            raise invalid({"is_complete": "Not a valid boolean."})
        found = [one for one in found if one["is_complete"] is (query["is_complete"].lower() == "true")]
    if query.get("view"):
        if query["view"] not in ("inbox", "future", "archive"):
            raise invalid({"view": "Not a valid choice."})
        found = [one for one in found if one["view"] == query["view"]]
    return found


def _ordered(found: list[Doc], filters: Filters, query: Mapping[str, str]) -> list[Doc]:
    """Newest first unless another order is asked for; objects without a value come last."""
    told = query.get("_order_by") or "-date_created"
    key, backwards = told.removeprefix("-"), told.startswith("-")
    if query.get("_order_by") and filters.order and key not in filters.order:
        raise invalid({"_order_by": "Not a valid choice."})
    if filters is FILTERS["activity"] and told == "activity_at":
        raise invalid({"_order_by": "Not a valid choice."})
    with_value: list[Any] = [one for one in found if one.get(key) is not None]
    with_value.sort(key=lambda one: one[key], reverse=backwards)
    return with_value + [one for one in found if one.get(key) is None]
