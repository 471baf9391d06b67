"""Which status has an opportunity, when was it won, and what is it worth?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from integration_tests.close_sandbox.bodies import Doc
from integration_tests.close_sandbox.child_bodies import ChildReader, Reading
from integration_tests.close_sandbox.clock import iso
from integration_tests.close_sandbox.notes import both_forms
from integration_tests.close_sandbox.pipelines import OpportunityStatus
from integration_tests.close_sandbox.problems import NO_OBJECT, REQUIRED, BadValue, wrong_type

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_A_YEAR = {"one_time": 1, "monthly": 12, "annual": 1}


def settle(body: Mapping[str, Any], reader: ChildReader, reading: Reading) -> None:
    """What several keys of a body say together."""
    old, settings = reader.old, reader.settings
    try:
        reading.changes |= both_forms(body, settings)
    except BadValue as bad:
        reading.errors["note"] = bad.message
    if old is None:
        defaults = {"value_period": settings.default_value_period, "confidence": settings.default_confidence}
        defaults["user_id"] = reader.organization.me
        reading.changes |= {key: value for key, value in defaults.items() if reading.changes.get(key) is None}
    try:
        status = _first_status(body, reader) if old is None else _next_status(body, reader, old)
    except BadValue as bad:
        reading.errors[_blamed(body)] = bad.message
        return
    if status is not None:
        _win_or_lose(status, reader, reading)
    if "opportunity" in settings.required_fields_bind:
        reader.require_custom(reading)


def _blamed(body: Mapping[str, Any]) -> str:
    return "status" if body.get("status_id") is not None or "status" in body or body.get("pipeline_id") is None else "pipeline"


def _first_status(body: Mapping[str, Any], reader: ChildReader) -> OpportunityStatus:
    """That of the body, else the first of its pipeline, else the first of the organization."""
    pipelines = reader.organization.pipelines
    told, pipeline_id = body.get("status_id"), body.get("pipeline_id")
    status = pipelines.first() if told is None else _known(told, reader)
    if pipeline_id is not None:
        _check_pipeline(pipeline_id, reader)
        if told is None:
            status = pipelines.first(pipeline_id)
        elif status is not None and status.pipeline_id != pipeline_id:
            raise BadValue("The status does not belong to the pipeline.")
    if status is None:
        raise BadValue("The pipeline has no statuses.")
    return status


def _next_status(body: Mapping[str, Any], reader: ChildReader, old: Doc) -> OpportunityStatus | None:
    pipelines, pipeline_id = reader.organization.pipelines, body.get("pipeline_id")
    if "status_id" in body and "status" in body:
        raise BadValue("Send either status or status_id, not both.")
    if "status_id" in body:
        return _known(body["status_id"], reader)
    if "status" in body:
        if not isinstance(body["status"], str):
            raise BadValue(wrong_type("str"))
        found = pipelines.labelled(body["status"], old["pipeline_id"])
        if found is None:
            raise BadValue(_unknown(body["status"]))
        return found
    if pipeline_id is None or pipeline_id == old["pipeline_id"] or reader.settings.pipeline_id_in_opportunity_put == "ignore":
        return None
    _check_pipeline(pipeline_id, reader)
    if reader.settings.pipeline_id_in_opportunity_put == "refuse":
        raise BadValue("The pipeline of an opportunity cannot be changed.")
    return pipelines.first(pipeline_id)


def _check_pipeline(told: Any, reader: ChildReader) -> None:
    if not isinstance(told, str) or told not in reader.organization.pipelines.names:
        raise BadValue(NO_OBJECT)


def _known(told: Any, reader: ChildReader) -> OpportunityStatus:
    if not isinstance(told, str):
        raise BadValue(REQUIRED if told is None else wrong_type("str"))
    found = reader.organization.pipelines.statuses.get(told)
    if found is None:
        raise BadValue(_unknown(told))
    return found


def _unknown(status: str) -> str:
    """As recorded for leads."""
    settings = "Please go to Customizations in your organization settings"
    return f'Not a valid choice. {settings} and add "{status}" to the list of opportunity statuses.'


def _win_or_lose(status: OpportunityStatus, reader: ChildReader, reading: Reading) -> None:
    """A won status sets date_won if nothing else did; leaving it does not take the date back."""
    old, changes = reader.old or {}, reading.changes
    changes |= {"status_id": status.id, "pipeline_id": status.pipeline_id}
    if status.id == old.get("status_id"):
        return
    if status.type == "won" and changes.get("date_won", old.get("date_won")) is None:
        changes["date_won"] = reader.today
    changes["date_lost"] = iso(reader.now) if status.type == "lost" else None


# --- worth -----------------------------------------------------------------------------------------------------------


def worth(doc: Doc, currency: str) -> dict[str, Any]:
    """What is derived from value, period and confidence."""
    value, period = doc["value"], doc["value_period"]
    yearly = None if value is None else value * _A_YEAR[period]
    return {
        "value_currency": currency,
        "value_formatted": None if value is None else f"{formatted(value, currency)}{'' if period == 'one_time' else f' {period}'}",
        "annualized_value": yearly,
        "expected_value": _expected(value, doc["confidence"]),
        "annualized_expected_value": _expected(yearly, doc["confidence"]),
    }


def _expected(value: int | None, confidence: int) -> int | None:
    return None if value is None else round(value * confidence / 100)


def formatted(cents: int, currency: str) -> str:
    """`$3,000`, `$12.50`: cents only where there are some."""
    whole, rest = divmod(abs(cents), 100)
    sign, symbol = "-" if cents < 0 else "", _SYMBOLS.get(currency, f"{currency} ")
    return f"{sign}{symbol}{whole:,}{f'.{rest:02}' if rest else ''}"


def totals(shown: Iterable[Doc], currency: str) -> dict[str, Any]:
    """What the list of opportunities says of all that match, whatever the page."""
    found = list(shown)
    sums: dict[str, int] = dict.fromkeys((f"{what}_value_{of}" for what in ("total", "expected") for of in (*_A_YEAR, "annualized")), 0)
    for one in found:
        sums[f"total_value_{one['value_period']}"] += one["value"] or 0
        sums[f"expected_value_{one['value_period']}"] += one["expected_value"] or 0
        sums["total_value_annualized"] += one["annualized_value"] or 0
        sums["expected_value_annualized"] += one["annualized_expected_value"] or 0
    words = {f"{name}_formatted": formatted(cents, currency) if cents else None for name, cents in sums.items()}
    counts = Counter(one["value_period"] for one in found)
    return {"total_results": len(found), "count_by_value_period": dict(counts), **sums, **words}
