"""What did the user ask for, and what is wrong with it, all at once?

Nothing here looks at the account: a setting may be well-formed and still name what Close does not have (see `mapping.compiler`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal, get_args

from destination_close.model import ALL_ALLOWED, COLUMNS, OBJECT_TYPES, ConfigError, ObjectType, Switches, bare_field_id
from destination_close.settings import guards, placeholders, policies, reject_storage
from destination_close.settings.guards import NO_GUARDS, Guards
from destination_close.settings.names import strangers_in
from destination_close.settings.policies import OVERWRITE, Policy
from destination_close.settings.regions import region_meant
from destination_close.settings.reject_storage import ObjectStorage
from destination_close.settings.section import Section

SWITCHES = tuple(switch.name for switch in fields(Switches))

OnInvalidValue = Literal["leave_out", "reject"]
ON_INVALID_VALUE: tuple[OnInvalidValue, ...] = get_args(OnInvalidValue)


@dataclass(frozen=True, slots=True)
class CustomColumn:
    """A custom field of Close and the column of the row that fills it."""

    custom_field: str
    """As the user named it: `cf_...`, `custom.cf_...` or the exact name in Close."""

    column: str
    policy: Policy = OVERWRITE


@dataclass(frozen=True, slots=True)
class StreamMapping:
    """What the columns of one stream mean in Close."""

    stream: str
    namespace: str | None = None
    """None: any namespace."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Column setting by field (`contact_email`), only for those that are set."""

    custom_fields: Mapping[ObjectType, tuple[CustomColumn, ...]] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    """By field, for those with a policy other than overwrite."""

    filter: str | None = None
    switches: Switches = ALL_ALLOWED
    implicit: bool = False
    """True: it is in no setting but was made from the names of the stream's own columns."""

    needs_key: bool = True
    """False: the keys of its rows are checked elsewhere, or they need none."""

    place: str = "mapping"
    """How messages name this mapping."""

    on_invalid_value: OnInvalidValue = "leave_out"
    """What happens to a value that does not fit its field."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a destination, well-formed."""

    api_key: str = field(repr=False)
    id_fields: Mapping[ObjectType, str] = field(default_factory=dict)
    """The custom fields that hold the user's own ids, as bare `cf_...`, of the types for which one is set."""

    mappings: tuple[StreamMapping, ...] = ()
    default_region: str = "US"
    search_lag_seconds: int = 60
    rate_limit_share: int = 100
    """Percent of the rate limit that this connector may use."""

    storage: ObjectStorage | None = None
    """Where rejected records are kept; None: they are only counted."""

    max_rejected_percent: int = 100
    """The run fails once this percentage of its rows has been rejected."""

    dry_run: bool = False
    """Plan everything, write nothing."""

    guards: Guards = NO_GUARDS
    """How much one run may write."""

    remarks: tuple[str, ...] = ()
    """On what is odd about the settings and keeps nothing from working; for the log."""
    blank_values: tuple[str, ...] | None = None
    """Texts that count as blank in every field; None: the usual placeholders, and only in keys."""


def parse_config(raw: object) -> Config:
    """The settings, or one ConfigError that lists everything that is wrong with them."""
    config, problems = read_config(raw)
    if problems:
        raise ConfigError(as_message(problems))
    return config


def read_config(raw: object) -> tuple[Config, tuple[str, ...]]:
    """The settings that are well-formed, and a problem for each one that is not, which then counts as not set."""
    problems: list[str] = []
    if not isinstance(raw, Mapping):
        return Config(""), ("the settings must be one JSON object",)
    strangers = strangers_in(raw)
    top = Section(raw, "", problems)
    config = Config(
        api_key=_api_key(top),
        id_fields={one: found for one in OBJECT_TYPES if (found := _field_id(top, one.own_id.setting))},
        mappings=tuple(_mapping(section) for section in top.sections("mappings")),
        default_region=_region(top),
        search_lag_seconds=top.whole("search_lag_seconds", 0, 600, 60),
        rate_limit_share=top.whole("rate_limit_share", 1, 100, 100),
        storage=reject_storage.read_reject_storage(top),
        max_rejected_percent=top.whole("max_rejected_percent", 0, 100, 100),
        dry_run=top.flag("dry_run", default=False),
        guards=guards.read_guards(top),
        remarks=strangers.remarks,
        blank_values=_blank_values(top),
    )
    return config, (*problems, *strangers.problems)


def as_message(problems: Sequence[str]) -> str:
    """The problems as one text that a person can work through."""
    if len(problems) == 1:
        return problems[0]
    return "\n".join([f"There are {len(problems)} problems.", *(f"({n}) {problem}" for n, problem in enumerate(problems, 1))])


# --- the settings one by one -----------------------------------------------------------------------------------------


def _api_key(top: Section) -> str:
    key = top.text("api_key")
    if key is None:
        top.refuse_absent("api_key", "enter a Close API key (in Close: Settings > Developer > API Keys)")
    elif placeholders.stands_for_a_key(key):
        top.refuse("api_key", "this is still a placeholder; enter the key itself")
        return ""
    elif not key.isascii() or not key.isprintable() or " " in key or ":" in key:
        top.refuse("api_key", "it contains characters that never occur in an API key; copy it from Close again")
        return ""
    return key or ""


def _field_id(top: Section, name: str) -> str | None:
    given = top.text(name)
    if given is None:
        return None
    found = bare_field_id(given)
    if found is None:
        top.refuse(name, "enter the ID of the custom field, which starts with cf_, not its name (in Close: Settings > Custom Fields)")
    return found


def _region(top: Section) -> str:
    from phonenumbers import SUPPORTED_REGIONS  # here, since importing it takes longer than `spec` may

    region = (top.text("default_region") or "US").upper()
    if region not in SUPPORTED_REGIONS:
        hint = f"; did you mean {meant}?" if (meant := region_meant(region)) else ""
        top.refuse("default_region", f"enter a two-letter country code, such as US, GB or DE{hint}")
        return "US"
    return region


def _mapping(section: Section) -> StreamMapping:
    stream = section.text("stream")
    if stream is None:
        section.refuse_absent("stream", "enter the name of the stream that this mapping is for")
    else:
        section.place = f'{section.place} (stream "{stream}")'
    columns = {name: setting for name in COLUMNS if (setting := section.column(name)) is not None}
    return StreamMapping(
        stream=stream or "",
        namespace=section.text("namespace"),
        columns=columns,
        custom_fields={one: found for one in OBJECT_TYPES if (found := _custom_columns(section, one.custom_columns))},
        policies=policies.of_standard_fields(section, columns),
        filter=section.text("filter"),
        switches=Switches(**{name: section.flag(name) for name in SWITCHES}),
        place=section.place,
        on_invalid_value=_on_invalid_value(section),
    )


def _on_invalid_value(section: Section) -> OnInvalidValue:
    chosen = section.text("on_invalid_value") or ON_INVALID_VALUE[0]
    found = next((choice for choice in ON_INVALID_VALUE if choice == chosen), None)
    if found is None:
        section.refuse("on_invalid_value", f"choose one of {', '.join(ON_INVALID_VALUE)}")
    return found or ON_INVALID_VALUE[0]


def _blank_values(top: Section) -> tuple[str, ...] | None:
    """None if nothing was given: an empty list means that no text counts as blank."""
    return tuple(top.words("blank_values")) if top.has("blank_values") else None


def _custom_columns(mapping: Section, name: str) -> tuple[CustomColumn, ...]:
    found = []
    for section in mapping.sections(name):
        custom_field, column = section.text("custom_field"), section.column("column")
        if custom_field and column:
            found.append(CustomColumn(custom_field, column, policies.of_custom_field(section)))
        elif column:
            section.refuse_absent("custom_field", "enter the ID (cf_...) or the exact name of the custom field in Close")
        elif custom_field:
            section.refuse_absent("column", "enter the column that fills the custom field")
    return tuple(found)
