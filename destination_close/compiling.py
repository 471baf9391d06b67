"""By which steps does a mapping read a row, and what keeps it from working in this account?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from destination_close import coercion, columns, listing, wishing
from destination_close.account import Account, CustomField, NoField, ObjectType, find_field, near_misses
from destination_close.blanks import Placeholders, is_blank
from destination_close.coercion import Invalid
from destination_close.columns import Getter, Record
from destination_close.comparing import email_meaning, phone_meaning
from destination_close.config import (
    COMPANY_FIELD_SETTING,
    KEY_COLUMNS,
    PHONE_REGION,
    USER_FIELD_SETTING,
    Config,
    CustomColumn,
    StreamMapping,
)
from destination_close.countries import region_of
from destination_close.email_addresses import is_plain_address
from destination_close.fields import Fields, Spread, Step
from destination_close.phones import is_plain_number
from destination_close.policies import OVERWRITE, Policy
from destination_close.remarking import Field, Remarked, asking, asking_column, asking_key, asking_list, separate
from destination_close.spreading import ALL_FIELDS, ObjectFields, spread_of
from destination_close.templates import BadTemplate
from destination_close.web_addresses import is_web_address

T = TypeVar("T")
Ask = Callable[[Record], T | Remarked[T]]

_REGION = Invalid("an ISO code such as DE, or the English name of a country")


@dataclass(frozen=True, slots=True)
class Steps:
    """All that a mapping asks of a row. Whatever asks a record may raise CannotDraft."""

    keep: Callable[[Record], bool] | None
    company_id: Ask[str | None]
    user_id: Ask[str | None]
    emails: Ask[tuple[str, ...]]
    phones: Ask[tuple[str, ...]]
    urls: Ask[tuple[str, ...]]
    lead: Fields
    contact: Fields


def problems_of(config: Config, account: Account | None, mappings: Iterable[tuple[StreamMapping, Collection[str]]]) -> list[str]:
    """All that is wrong with these mappings of streams with these columns; without an account, all that can be told without."""
    found = id_field_problems(config, account) if account else []
    for mapping, known in mappings:
        found += compile_steps(mapping, config, account, known)[1]
    return list(dict.fromkeys(found))


def id_field_problems(config: Config, account: Account) -> list[str]:
    """What is wrong with the two custom fields that hold the user's own ids."""
    wanted: tuple[tuple[str, ObjectType, str | None], ...] = (
        (COMPANY_FIELD_SETTING, "lead", config.company_field),
        (USER_FIELD_SETTING, "contact", config.user_field),
    )
    found = []
    for setting, object_type, field_id in wanted:
        field = find_field(account, object_type, field_id) if field_id else None
        if isinstance(field, NoField):
            found.append(f"{setting}: {field.problem}")
        elif field and field.type != "text":
            found.append(f'{setting}: "{field.name}" is of type {field.type}; choose a {object_type.title()} custom field of type text')
    return found


def compile_steps(mapping: StreamMapping, config: Config, account: Account | None, known: Collection[str] = ()) -> tuple[Steps, list[str]]:
    """The steps of a mapping, which can be used if the list of problems is empty; `known` are the columns of the stream."""
    compiler = _Compiler(mapping, config, account, known)
    return compiler.steps(), compiler.problems


class _Compiler:
    def __init__(self, mapping: StreamMapping, config: Config, account: Account | None, known: Collection[str]) -> None:
        self._mapping = mapping
        self._config = config
        self._account = account
        self._known = known
        given = config.blank_values
        self._blank_keys = Placeholders() if given is None else Placeholders(given)
        self._blanks = Placeholders(given or ())
        """In all other fields."""

        self.problems: list[str] = []

    def steps(self) -> Steps:
        self._check_keys()
        account = self._account or Account("", "")
        return Steps(
            keep=self._keep(),
            company_id=self._one("lead_company_id"),
            user_id=self._one("contact_user_id"),
            emails=self._emails(),
            phones=self._phones(),
            urls=self._urls(),
            lead=Fields(
                [
                    *self._standard(wishing.standard_lead_fields(account)),
                    *self._custom("lead", self._mapping.lead_custom_fields, self._config.company_field),
                ],
                spreads=self._spreads("lead", self._mapping.lead_custom_fields, self._config.company_field),
                repeated=True,
            ),
            contact=Fields(
                [
                    *self._standard(wishing.standard_contact_fields()),
                    *self._custom("contact", self._mapping.contact_custom_fields, self._config.user_field),
                ],
                spreads=self._spreads("contact", self._mapping.contact_custom_fields, self._config.user_field),
            ),
        )

    def _refuse(self, field: str | None, problem: str) -> None:
        place = self._mapping.place
        self.problems.append(f"{place}, {field}: {problem}" if field else f"{place}: {problem}")

    # --- keys

    def _check_keys(self) -> None:
        mapped = self._mapping.columns
        if self._mapping.needs_key and not any(key in mapped for key in KEY_COLUMNS):
            self._refuse(None, self._no_key())
        if "lead_company_id" in mapped and not self._config.company_field:
            self._refuse("lead_company_id", f"a Company ID needs a custom field to be kept in; fill in {COMPANY_FIELD_SETTING}")
        if "contact_user_id" in mapped and not self._config.user_field:
            self._refuse("contact_user_id", f"a User ID needs a custom field to be kept in; fill in {USER_FIELD_SETTING}")

    def _no_key(self) -> str:
        keys = "lead_company_id, contact_user_id or contact_email"
        if not self._mapping.implicit:
            return f"it has no key, so its rows could never be found again; fill in {keys}"
        near = near_misses(self._mapping.stream, [mapping.stream for mapping in self._config.mappings])
        hint = f" (there is one for {' and '.join(near)})" if near else ""
        return f"no mapping is for it{hint}, and it has no column named {keys}; add a mapping, or name its columns so"

    # --- columns

    def _get(self, field: str, setting: str, blanks: Placeholders | None = None) -> Getter:
        """With `blanks`, a blank that a template joins to text makes all of it blank, and so does one of these."""
        try:
            return columns.compile_column(setting, self._known, blanks)
        except BadTemplate as bad:
            self._refuse(field, f"the template does not work: {bad}")
            return columns.column(setting)

    def _ask(
        self, field: Field, setting: str, make: Callable[[Any], Any], empty: Any = None, blanks: Placeholders | None = None
    ) -> Ask[Any]:
        column = columns.plain(setting, self._known)
        if column is not None:
            return asking_column(field, column, make, empty)
        return asking(field, self._get(field.name, setting, blanks), make, empty)

    def _optional(self, name: str, key: str) -> Field:
        return Field(name, key, self._mapping.on_invalid_value)

    def _keep(self) -> Callable[[Record], bool] | None:
        setting = self._mapping.filter
        if setting is None:
            return None
        try:
            return asking(Field("filter", ""), columns.compile_filter(setting), bool, False)  # type: ignore[return-value]  # never left out
        except BadTemplate as bad:
            self._refuse("filter", f"the template does not work: {bad}")
            return None

    def _one(self, name: str) -> Ask[str | None]:
        setting = self._mapping.columns.get(name)
        if not setting:
            return lambda _: None
        field = Field(name, "")
        return self._ask(field, setting, asking_key(field, coercion.identifier, self._blank_keys), blanks=self._blank_keys)

    # --- lists

    def _emails(self) -> Ask[tuple[str, ...]]:
        setting = self._mapping.columns.get("contact_email")
        if not setting:
            return lambda _: ()
        read = listing.reader(listing.emails(self._blank_keys), email_meaning, self._blank_keys)
        make = asking_list(self._optional("contact_email", "emails"), is_plain_address, read, is_key=True)
        return self._ask(Field("contact_email", "emails"), setting, make, (), self._blank_keys)

    def _urls(self) -> Ask[tuple[str, ...]]:
        setting = self._mapping.columns.get("contact_url")
        if not setting:
            return lambda _: ()
        field = self._optional("contact_url", "urls")
        make = asking_list(field, _is_plain_url, listing.reader(listing.urls, str, self._blanks))
        return self._ask(field, setting, make, (), self._blanks)

    def _phones(self) -> Ask[tuple[str, ...]]:
        setting = self._mapping.columns.get("contact_phone")
        if not setting:
            return lambda _: ()
        of_default = self._phones_of(setting, self._config.default_region)
        named = self._mapping.columns.get(PHONE_REGION)
        if not named:
            return of_default
        of_region = cache(lambda region: self._phones_of(setting, region))
        ask_region = self._ask(self._optional(PHONE_REGION, ""), named, self._region)

        def phones(record: Record) -> tuple[str, ...] | Remarked[tuple[str, ...]]:
            region = ask_region(record)
            if not isinstance(region, Remarked):
                return of_region(region)(record) if region else of_default(record)
            (found,), remarks = separate([of_region(None)(record)])
            return Remarked(found, (*region.remarks, *remarks)) if found or remarks else ()

        return phones

    def _phones_of(self, setting: str, region: str | None) -> Ask[tuple[str, ...]]:
        field = self._optional("contact_phone", "phones")
        make = asking_list(field, is_plain_number, listing.reader(listing.phones(region), phone_meaning, self._blanks))
        return self._ask(field, setting, make, (), self._blanks)

    def _region(self, value: Any) -> str | Invalid | None:
        """The two letters of a country; None for a blank."""
        if is_blank(value) or self._blanks.has(value):
            return None
        named = coercion.text(value)
        return (region_of(named) if isinstance(named, str) else None) or _REGION

    # --- fields

    def _standard(self, fields: Mapping[str, tuple[str, wishing.Make]]) -> Iterable[Step]:
        for field, (key, make) in fields.items():
            if setting := self._mapping.columns.get(field):
                policy = self._mapping.policies.get(field, OVERWRITE)
                yield self._step(key, field, setting, make, policy)

    def _custom(self, object_type: ObjectType, asked: Iterable[CustomColumn], id_field: str | None) -> Iterable[Step]:
        taken: set[str] = set()
        for custom in asked:
            if custom.custom_field == ALL_FIELDS:
                continue
            field = f"{object_type}_custom.{custom.custom_field}"
            definition = self._definition(object_type, custom, id_field, taken)
            if definition and self._account:
                taken.add(definition.id)
                make = wishing.custom_field(definition, self._account)
                yield self._step(definition.key, field, custom.column, make, custom.policy)
            else:
                self._get(field, custom.column)

    def _spreads(self, object_type: ObjectType, asked: Iterable[CustomColumn], id_field: str | None) -> Iterable[Spread]:
        """Of columns that hold an object of custom fields; a field that has a column of its own is filled from that."""
        for custom in asked:
            if custom.custom_field == ALL_FIELDS:
                name = f"{object_type}_custom.{ALL_FIELDS}"
                ask = self._ask(self._optional(name, ""), custom.column, spread_of)
                if self._account:
                    yield self._fields_of(object_type, custom, id_field).spread(name, ask)

    def _fields_of(self, object_type: ObjectType, custom: CustomColumn, id_field: str | None) -> ObjectFields:
        account = self._account or Account("", "")

        def find(named: str) -> tuple[str, Callable[[Any], Any]] | None:
            definition = find_field(account, object_type, named)
            if isinstance(definition, NoField) or definition.id == id_field:
                return None
            field = self._optional(f"{object_type}_custom.{definition.name or definition.id}", definition.key)
            make = asking(field, lambda value: value, self._unless_blank(wishing.custom_field(definition, account)), None)
            return definition.key, lambda value: wishing.under(custom.policy, make(value), damaged=False)

        keys = tuple(field.key for field in account.fields_of(object_type) if field.id != id_field)
        return ObjectFields(object_type, keys, find)

    def _step(self, key: str, name: str, setting: str, make: wishing.Make, policy: Policy) -> Step:
        whole = self._blanks if name == "lead_url" else None
        ask = self._ask(self._optional(name, key), setting, self._unless_blank(make), blanks=whole)
        column = columns.plain(setting, self._known)
        if policy == OVERWRITE:
            return Step(key, column, ask)
        damaged = columns.compile_damage(setting, self._known)
        return Step(key, column, lambda record: wishing.under(policy, ask(record), damaged(record)))

    def _unless_blank(self, make: wishing.Make) -> wishing.Make:
        """The same where the settings name texts that are blank in every field."""
        blanks = self._blanks
        return (lambda value: None if blanks.has(value) else make(value)) if blanks else make

    def _definition(self, object_type: ObjectType, custom: CustomColumn, id_field: str | None, taken: set[str]) -> CustomField | None:
        if self._account is None:
            return None
        field = f"{object_type}_custom.{custom.custom_field}"
        found = find_field(self._account, object_type, custom.custom_field)
        if isinstance(found, NoField):
            self._refuse(field, found.problem)
        elif found.id == id_field:
            own = "lead_company_id" if object_type == "lead" else "contact_user_id"
            self._refuse(field, f"this custom field holds your own ids; map the column as {own} instead")
        elif found.id in taken:
            self._refuse(field, "this custom field is mapped twice; keep one of the two")
        else:
            return found
        return None


def _is_plain_url(value: Any) -> bool:
    return value.__class__ is str and value.isascii() and is_web_address(value)
