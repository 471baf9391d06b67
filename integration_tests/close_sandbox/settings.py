"""How shall this Close behave where Close differs by account, by year, or is not known?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from integration_tests.close_sandbox.facts import fact

RECORDED_LIMITS: Mapping[str, int] = {
    "get_lead": 240,
    "post": 240,
    "put_lead": 240,
    "delete_lead": 80,
    "get_contact": 240,
    "put_contact": 240,
    "delete_contact": 240,
    "get_custom_field": 240,
    "put_custom_field": 240,
    "delete_custom_field": 240,
    "search": 16,
    "me": 160,
    "event": 160,
    "unauthorized": 320,
    "other": 160,
    **{f"{what}_{verb}": 160 for what in ("opportunity", "activity", "custom_object", "task") for verb in ("get", "post", "put", "delete")},
}
"""Requests per 8 seconds and API key, as recorded in 2022 and 2025; `post` is shared by leads, contacts and custom fields,
and by their PUTs while `shared_groups` is on. `event` and `other` follow the documentation's example of 20 a second, and so
do those below leads, of which nothing is known."""

_SETS = frozenset(("restricted_fields", "search_at_top", "required_fields_bind", "undeletable", "plan_without"))
"""Switches that hold a set of names, given in JSON as a list."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every switch of the sandbox. The defaults are what was found out of the real Close, else what recordings show, else the calmer."""

    # --- who -----------------------------------------------------------------------------------------------------
    api_key: str = "api_sandbox0000000000000.secret0000000000000000"
    more_api_keys: tuple[str, ...] = ()
    """Further keys of the same user and organization; each has limits of its own."""

    organization_name: str = "Sandbox Inc"
    region: str = fact("region", "US")
    """Where a phone number without a country code is at home."""

    seed: int = 1
    """Of everything random here: ids, jitter, shuffling, faults with a probability."""

    # --- how late ------------------------------------------------------------------------------------------------
    index_lag: float = fact("index_lag", 0.0)
    """Seconds until a create, change or delete shows in search and in the list of leads."""

    index_lag_jitter: float = 0.0
    """Up to so many seconds more, drawn per write."""

    event_lag: float = fact("event_lag", 0.0)
    event_lag_jitter: float = 0.0
    merge_events_within: float = 0.0
    """Updates of one object by one user closer together than this become one event."""

    latency: float = 0.0
    """Seconds that every call takes."""

    read_lag: float = fact("read_lag", 0.0)
    """Seconds until a GET by id, and lists of contacts and of what is below leads, show a create, change or delete: they read a copy."""

    deleted_get_stale_once: bool = fact("deleted_get_stale_once", False)
    """The first GET by id after a DELETE still answers 200 with the old object."""

    slashless: Literal["serve", "refuse"] = fact("slashless", "serve")
    """Are paths without their final slash, or with two slashes in a row, served?"""

    # --- what reading shows --------------------------------------------------------------------------------------
    nested_contacts: bool = fact("nested_contacts", True)
    """Do lead answers carry `contacts`? Close's schema calls it deprecated."""

    contact_ids: bool = fact("contact_ids", True)
    """Do lead answers carry `contact_ids`? Recordings of 2022 do not."""

    shuffle_answers: bool = False
    """Keys of objects and contacts of leads come in an order that changes from call to call."""

    nested_contact_fields: Literal["asked", "whole", "no_custom", "id", "absent"] = fact("nested_contact_fields", "asked")
    """What a search gives of the contacts nested in leads: what `_fields.contact` asks for (all of them, where it is not given),
    in any case all of them, no custom fields, only ids, or no contacts at all."""

    lead_custom_fields: Literal["asked", "absent"] = fact("lead_custom_fields", "asked")
    """Does a search give the custom fields of leads that it was asked for?"""

    search_adds_lead_id: bool = fact("search_adds_lead_id", True)
    """A search on contacts with `_fields` brings `lead_id` unasked."""

    events_by_type_alone: bool = fact("events_by_type_alone", True)
    """May the event log be asked for `object_type` and nothing else? It is not among the published combinations; clients do."""

    gzip: bool = fact("gzip", False)
    """Are answers compressed for those who accept it?"""

    # --- search --------------------------------------------------------------------------------------------------
    exact_value_ignores_case: bool = fact("exact_value_ignores_case", True)
    exact_value_matches_words: bool = fact("exact_value_matches_words", False)
    """`exact_value` is as loose as `phrase`: near misses wherever the words occur in a row."""

    term_on_text: bool = fact("term_on_text", False)
    """May `term` be used on text custom fields, or is it refused?"""

    term_on_status: bool = fact("term_on_status", True)
    """May `term` be used on the status of leads, as some do?"""

    lead_has_related_email: bool = fact("lead_has_related_email", False)
    """May a lead be asked for a related contact_email directly?"""

    max_clauses: int | None = fact("max_clauses", None)
    """Most leaf conditions in one search; more are refused with `too_many_clauses_status`."""

    too_many_clauses_status: int = fact("too_many_clauses_status", 400)
    max_search_body_bytes: int | None = fact("max_search_body_bytes", None)
    """Longer bodies of a search are refused with 413."""

    search_cap: int = 10_000
    """Most objects that one chain of pages gives."""

    cursor_seconds: float = 30.0

    # --- writes --------------------------------------------------------------------------------------------------
    unknown_contact_keys: Literal["ignore", "refuse"] = fact("unknown_contact_keys", "ignore")
    contacts_in_lead_put: Literal["ignore", "refuse"] = fact("contacts_in_lead_put", "ignore")
    """A README of 2024 updates leads with them: it can hardly be refused."""

    lead_id_in_contact_put: Literal["refuse", "ignore", "move"] = fact("lead_id_in_contact_put", "refuse")
    """What a PUT of a contact with another lead's id does."""

    schemeless_url: Literal["keep", "add_http", "refuse"] = fact("schemeless_url", "keep")
    email_case: Literal["keep", "lower"] = fact("email_case", "keep")
    duplicate_emails_in_contact: Literal["keep", "dedupe"] = fact("duplicate_emails_in_contact", "keep")
    scalar_for_many: Literal["refuse", "wrap"] = fact("scalar_for_many", "refuse")
    """A single value under the plain key of a custom field that accepts several."""

    longest_text: int | None = fact("longest_text", None)
    """Longer texts, in a description or a custom field, are refused."""

    most_nested_contacts: int | None = fact("most_nested_contacts", None)
    """More contacts in the POST of a lead are refused."""

    required_binds: bool = fact("required_binds", False)
    """Is a POST refused that leaves out a custom field that is required?"""

    noop_put_moves_date_updated: bool = fact("noop_put_moves_date_updated", True)
    """A PUT without change moves date_updated, and writes an event."""

    distinct_dates: bool = fact("distinct_dates", True)
    """Every object created or changed is at least a millisecond younger than the one before."""

    # --- opportunities, activities, custom objects, notes, tasks -------------------------------------------------
    index_lag_of: Mapping[str, float] = field(default_factory=dict)
    """`index_lag` of a single kind, as `{"opportunity": 10}`."""

    search_at_top: frozenset[str] = frozenset()
    """Words a search may have at its top besides those seen in use: `task`, `activity.note`."""

    custom_in_child_fields: bool = False
    """Does `custom` among the `_fields` of such an object stand for all its custom fields, as it does for leads?"""

    unknown_child_keys: Literal["ignore", "refuse"] = "ignore"
    """Keys that the schemas do not list, in a POST or PUT."""

    lead_id_in_child_put: Literal["ignore", "refuse", "move"] = "ignore"
    pipeline_id_in_opportunity_put: Literal["ignore", "refuse", "move"] = "ignore"
    """Move: to the first status of that pipeline."""

    unknown_list_filters: Literal["refuse", "ignore"] = "refuse"
    """Filters of a list that are not published; ignored, the list gives more than was asked for."""

    biggest_child_page: int | None = None
    """Largest `_limit`; None: what third parties use, 250 opportunities, 1000 tasks, 100 activities."""

    most_lead_ids: int | None = None
    """Longest comma list of leads in a list of activities."""

    required_fields_bind: frozenset[str] = frozenset()
    """`opportunity`, `custom_object`: must their required custom fields have a value? That published activities need them is known."""

    unpublishing: Literal["obey", "ignore", "refuse"] = "obey"
    """What `draft` does to a custom activity that is published."""

    default_value_period: Literal["one_time", "monthly", "annual"] = "one_time"
    default_confidence: int = 50
    value_currency: str = "USD"
    null_value_in_put: Literal["unset", "refuse"] = "unset"
    negative_value: Literal["keep", "refuse"] = "keep"
    date_won_takes: Literal["both", "date", "datetime"] = "both"
    foreign_contact: Literal["refuse", "keep", "drop"] = "refuse"
    """A contact_id of another lead."""

    note_whitespace: Literal["keep", "strip", "collapse"] = "keep"
    """Blanks and line ends of a note's text, on the way back."""

    longest_note: int | None = None
    longest_title: int | None = None
    longest_object_name: int | None = None
    deleted_contact_in_children: Literal["keep", "unset"] = "keep"
    """The contact_id of what a deleted contact was linked to."""

    deleted_object_in_references: Literal["keep", "unset"] = "keep"
    """The values of custom fields that named a deleted custom object."""

    not_found_form: Literal["empty_query", "not_found"] = "empty_query"
    """Of a 404: the sentence recorded in 2017 or that of 2025."""

    # --- rights and plan -----------------------------------------------------------------------------------------
    plan_lead_limit: int | None = None
    """Creating more leads than this answers 402."""

    restricted_fields: frozenset[str] = frozenset()
    """`lead.description`, `contact.title`, `custom.cf_...`: writing one answers 403."""

    restricted_fields_named: bool = True
    """Does that 403 say which field it was?"""

    undeletable: frozenset[str] = frozenset()
    """Kinds of objects, `lead` and `contact` too, that the key's role may not delete: 403."""

    plan_without: frozenset[str] = frozenset()
    """What the plan lacks, `custom_activity` or `custom_object`: every call about it is refused."""

    plan_without_status: int = 402

    # --- rate limits ---------------------------------------------------------------------------------------------
    rate_limits: bool = True
    children_share_post: bool = False
    """Do POSTs of opportunities, activities, custom objects and tasks use up the limit on POSTs of leads and contacts?"""

    limits: Mapping[str, int] = field(default_factory=lambda: fact("limits", {}))
    """Overrides of RECORDED_LIMITS, by group."""

    window: float = fact("window", 8.0)
    speed: float = 1.0
    """Windows are this many times shorter, and so are the steps in which `reset` is rounded."""

    organization_factor: float = 3.0
    """The organization's limit, as a multiple of a key's."""

    window_start: Literal["grid", "first_call"] = fact("window_start", "grid")
    """Windows begin on a grid of whole seconds that goes on while calls come, or with the first call after the last one closed."""

    shared_groups: bool = fact("shared_groups", True)
    """Do POST and PUT of leads, contacts and custom fields share one limit? If not, PUTs have put_lead, put_contact, put_custom_field."""

    edge_limit: tuple[int, ...] = fact("edge_limit", (60, 100))
    """Calls a second to all endpoints together, counted by a limiter in front of Close: of a key, and, if given, of the organization.
    Recorded in April 2022; empty: there is no such limiter."""

    header_form: Literal["semicolon", "comma", "triplet_only", "old", "reset_only", "none"] = fact("header_form", "semicolon")
    reset_form: Literal["whole", "decimal"] = fact("reset_form", "whole")
    """Rounded up to whole seconds (as seen) or to the microsecond (as documented)."""

    retry_after_on_429: bool = fact("retry_after_on_429", True)
    early_429: float = 0.0
    """Probability of a 429 although `remaining` is above 0: the endpoint's unpublished stricter limit."""

    # --- record keeping ------------------------------------------------------------------------------------------
    keep_calls: int | None = None
    """How many of the latest calls stay in the log; counts are kept of all. None: every call."""

    keep_bodies: bool = True
    """Does the log hold the bodies sent?"""

    def limit(self, group: str) -> int:
        """Requests per window and key in a group of endpoints."""
        return self.limits.get(group, RECORDED_LIMITS[group])

    @property
    def window_seconds(self) -> float:
        return self.window / self.speed

    def but(self, **changes: Any) -> Settings:
        """The same with some switches changed, given as Python or JSON values; an unknown name raises ValueError."""
        names = {f.name for f in fields(Settings)}
        if unknown := sorted(set(changes) - names):
            raise ValueError(f"unknown settings: {', '.join(unknown)}")
        if unknown := sorted(set(changes.get("limits") or ()) - set(RECORDED_LIMITS)):
            raise ValueError(f"unknown groups in limits: {', '.join(unknown)}")
        for name in _SETS & set(changes):
            changes[name] = frozenset(changes[name])
        for name in ("more_api_keys", "edge_limit"):
            if name in changes:
                changes[name] = tuple(changes[name])
        return replace(self, **changes)


CALM = Settings(rate_limits=False, index_lag=0.0, event_lag=0.0, read_lag=0.0)
"""For tests that are not about time: no limits, no lag."""
