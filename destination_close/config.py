"""What did the user ask for; what is wrong with it, all at once?

Nothing here looks at the account: a setting may be well formed and still name what Close does not have (see `compiling`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from phonenumbers import SUPPORTED_REGIONS

from destination_close import guards, object_storage, policies
from destination_close.errors import ConfigError
from destination_close.guards import NO_GUARDS, Guards
from destination_close.model import ALL_ALLOWED, Switches
from destination_close.object_storage import ObjectStorage
from destination_close.policies import OVERWRITE, Policy

LEAD_COLUMNS = ("lead_name", "lead_company_id", "lead_description", "lead_status_id", "lead_url")
CONTACT_COLUMNS = ("contact_name", "contact_email", "contact_phone", "contact_url", "contact_title", "contact_user_id")
COLUMNS = LEAD_COLUMNS + CONTACT_COLUMNS
PHONE_REGION = "contact_phone_region"
"""The column that says how the phone numbers of a row are to be read: no field of Close."""

KEY_COLUMNS = ("lead_company_id", "contact_user_id", "contact_email")
SWITCHES = tuple(switch.name for switch in fields(Switches))

COMPANY_FIELD_SETTING = "lead_custom_field_id_for_company_id"
USER_FIELD_SETTING = "contact_custom_field_id_for_user_id"

OnInvalidValue = Literal["leave_out", "reject"]
ON_INVALID_VALUE: tuple[OnInvalidValue, ...] = get_args(OnInvalidValue)

_FIELD_ID = re.compile(r"(?:custom\.)?(l?cf_[A-Za-z0-9_-]+)")


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
    """None: whatever the namespace."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Column setting by field (`contact_email`), of those that are set."""

    lead_custom_fields: tuple[CustomColumn, ...] = ()
    contact_custom_fields: tuple[CustomColumn, ...] = ()
    policies: Mapping[str, Policy] = field(default_factory=dict)
    """By field, of those where it is another than to overwrite."""

    filter: str | None = None
    switches: Switches = ALL_ALLOWED
    implicit: bool = False
    """True: no setting asked for it; the names of the stream's own columns make it."""

    needs_key: bool = True
    """False: somebody else sees to the keys of its rows, or they need none."""

    place: str = "mapping"
    """How messages name this mapping."""

    on_invalid_value: OnInvalidValue = "leave_out"
    """What happens to a value that its field cannot take."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a destination, well formed."""

    api_key: str = field(repr=False)
    company_field: str | None = None
    """The Lead custom field that holds the Company ID, as bare `cf_...`."""

    user_field: str | None = None
    """The Contact custom field that holds the User ID, as bare `cf_...`."""

    mappings: tuple[StreamMapping, ...] = ()
    default_region: str = "US"
    search_lag_seconds: int = 60
    rate_limit_share: int = 100
    """Percent of the rate limit that this connector may use."""

    storage: ObjectStorage | None = None
    """Where rejected records are kept; None: they are only counted."""

    max_rejected_percent: int = 100
    """The run fails when so many percent of its rows are rejected."""

    dry_run: bool = False
    """Plan everything, write nothing."""

    guards: Guards = NO_GUARDS
    """How much one run may write."""

    blank_values: tuple[str, ...] | None = None
    """Texts that count as blank in every field; None: those of `blanks`, in keys alone."""


def parse(raw: object) -> Config:
    """The settings, or one ConfigError that lists all that is wrong with them."""
    config, problems = read(raw)
    if problems:
        raise ConfigError(as_message(problems))
    return config


def read(raw: object) -> tuple[Config, tuple[str, ...]]:
    """The settings as far as they are well formed, and a problem for each that is not; it counts as not set then."""
    problems: list[str] = []
    if not isinstance(raw, Mapping):
        return Config(""), ("the settings must be one JSON object",)
    top = _Section(raw, "", problems)
    config = Config(
        api_key=_api_key(top),
        company_field=_field_id(top, COMPANY_FIELD_SETTING),
        user_field=_field_id(top, USER_FIELD_SETTING),
        mappings=tuple(_mapping(section) for section in top.sections("mappings")),
        default_region=_region(top),
        search_lag_seconds=top.whole("search_lag_seconds", 0, 600, 60),
        rate_limit_share=top.whole("rate_limit_share", 1, 100, 100),
        storage=object_storage.read(top),
        max_rejected_percent=top.whole("max_rejected_percent", 0, 100, 100),
        dry_run=top.flag("dry_run", default=False),
        guards=guards.read(top),
        blank_values=_blank_values(top),
    )
    return config, tuple(problems)


def as_message(problems: Sequence[str]) -> str:
    """The problems as one text that a person can work off."""
    if len(problems) == 1:
        return problems[0]
    return "\n".join([f"There are {len(problems)} problems.", *(f"({n}) {problem}" for n, problem in enumerate(problems, 1))])


def bare_field_id(named: str) -> str | None:
    """`cf_x` of `cf_x` or `custom.cf_x`; None if it is no id of a custom field, but perhaps a name."""
    match = _FIELD_ID.fullmatch(named)
    return match[1] if match else None


# --- the settings one by one -----------------------------------------------------------------------------------------


def _api_key(top: _Section) -> str:
    key = top.text("api_key")
    if key is None:
        top.refuse_absent("api_key", "enter an API key of Close (in Close: Settings, Developer, API Keys)")
    elif not key.isascii() or not key.isprintable() or " " in key or ":" in key:
        top.refuse("api_key", "it holds characters that no API key has; copy it from Close again")
        return ""
    return key or ""


def _field_id(top: _Section, name: str) -> str | None:
    given = top.text(name)
    if given is None:
        return None
    found = bare_field_id(given)
    if found is None:
        top.refuse(name, "enter the id of the custom field, which starts with cf_, not its name (in Close: Settings, Custom Fields)")
    return found


def _region(top: _Section) -> str:
    region = (top.text("default_region") or "US").upper()
    if region not in SUPPORTED_REGIONS:
        top.refuse("default_region", "enter the two letters of a country, such as US, GB or DE")
        return "US"
    return region


def _mapping(section: _Section) -> StreamMapping:
    stream = section.text("stream")
    if stream is None:
        section.refuse_absent("stream", "enter the name of the stream that this mapping is for")
    else:
        section.place = f'{section.place} (stream "{stream}")'
    columns = {name: setting for name in (*COLUMNS, PHONE_REGION) if (setting := section.text(name)) is not None}
    return StreamMapping(
        stream=stream or "",
        namespace=section.text("namespace"),
        columns=columns,
        lead_custom_fields=_custom_columns(section, "lead_custom_fields"),
        contact_custom_fields=_custom_columns(section, "contact_custom_fields"),
        policies=policies.of_standard_fields(section, columns),
        filter=section.text("filter"),
        switches=Switches(**{name: section.flag(name) for name in SWITCHES}),
        place=section.place,
        on_invalid_value=_on_invalid_value(section),
    )


def _on_invalid_value(section: _Section) -> OnInvalidValue:
    asked = section.text("on_invalid_value") or ON_INVALID_VALUE[0]
    found = next((choice for choice in ON_INVALID_VALUE if choice == asked), None)
    if found is None:
        section.refuse("on_invalid_value", f"choose one of {', '.join(ON_INVALID_VALUE)}")
    return found or ON_INVALID_VALUE[0]


def _blank_values(top: _Section) -> tuple[str, ...] | None:
    """None where nothing was given: an empty list says that no text is blank."""
    given = top.raw.get("blank_values")
    if isinstance(given, (list, tuple)):
        return tuple(top.words("blank_values"))
    if given is not None and not (isinstance(given, str) and not given.strip()):
        top.refuse("blank_values", "it must be a list of texts")
    return None


def _custom_columns(mapping: _Section, name: str) -> tuple[CustomColumn, ...]:
    found = []
    for section in mapping.sections(name):
        custom_field, column = section.text("custom_field"), section.text("column")
        if custom_field and column:
            found.append(CustomColumn(custom_field, column, policies.of_custom_field(section)))
        elif column:
            section.refuse_absent("custom_field", "enter the id (cf_...) or the exact name of the custom field in Close")
        elif custom_field:
            section.refuse_absent("column", "enter the column that fills the custom field")
    return tuple(found)


class _Section:
    """One object of the settings: hands out what is well formed and notes what is not.

    Null and blank text count as not set, since the form of Airbyte sends them; unknown keys are left alone.
    """

    def __init__(self, raw: Mapping[str, Any], place: str, problems: list[str]) -> None:
        self.raw = raw
        self.place = place
        self._problems = problems

    def refuse(self, name: str, advice: str) -> None:
        self._problems.append(f"{self._path(name)}: {advice}")

    def refuse_absent(self, name: str, advice: str) -> None:
        """Only if nothing was given: what was given and is wrong has been refused already."""
        if self._given(name) is None:
            self.refuse(name, advice)

    def text(self, name: str) -> str | None:
        given = self._given(name)
        if given is None or isinstance(given, str):
            return given
        self.refuse(name, "it must be text")
        return None

    def flag(self, name: str, default: bool = True) -> bool:
        given = self._given(name)
        if given is None or isinstance(given, bool):
            return default if given is None else given
        self.refuse(name, "it must be true or false")
        return default

    def words(self, name: str) -> list[str]:
        """The texts of a list; what else is in it is refused."""
        given = self._given(name)
        if given is None:
            return []
        if isinstance(given, (list, tuple)) and all(one is None or isinstance(one, str) for one in given):
            return [one.strip() for one in given if one and one.strip()]
        self.refuse(name, "it must be a list of texts")
        return []

    def limit(self, name: str, most: int) -> int | None:
        """A whole number, or None where nothing was given."""
        return None if self._given(name) is None else self.whole(name, 0, most, most)

    def whole(self, name: str, low: int, high: int, default: int) -> int:
        given = self._given(name)
        if given is None:
            return default
        if isinstance(given, (int, float)) and not isinstance(given, bool) and low <= given <= high and given == int(given):
            return int(given)
        self.refuse(name, f"it must be a whole number from {low} to {high}")
        return default

    def section(self, name: str) -> _Section | None:
        """The object, or None where nothing was given."""
        given = self._given(name)
        if given is None:
            return None
        if isinstance(given, Mapping):
            return _Section(given, self._path(name), self._problems)
        self.refuse(name, "it must be an object")
        return None

    def sections(self, name: str) -> Iterator[_Section]:
        """The objects of a list, each a section named by its place in it, counted from 1."""
        given = self._given(name)
        if not isinstance(given, (list, tuple, type(None))):
            self.refuse(name, "it must be a list")
            return
        for number, one in enumerate(given or (), 1):
            if isinstance(one, Mapping):
                yield _Section(one, self._path(f"{name} {number}"), self._problems)
            elif one is not None:
                self.refuse(f"{name} {number}", "it must be an object")

    def _given(self, name: str) -> Any:
        given = self.raw.get(name)
        return (given.strip() or None) if isinstance(given, str) else given

    def _path(self, name: str) -> str:
        return f"{self.place}, {name}" if self.place else name
