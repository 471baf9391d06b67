"""In which steps does a mapping read a row, and what keeps it from working in this account?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeVar

from destination_close import values
from destination_close.mapping import columns, wishes
from destination_close.mapping.columns import Data, Getter
from destination_close.mapping.constants import constants_of
from destination_close.mapping.naming import compile_absence
from destination_close.mapping.remarking import Remarked, Target, asking, asking_key, asking_list, separate
from destination_close.mapping.spreading import ALL_FIELDS, ObjectFields, Spread, object_in
from destination_close.model import (
    CONTACT,
    KEY_COLUMNS,
    OBJECT_TYPES,
    PHONE_REGION,
    Account,
    CustomField,
    ListField,
    NoField,
    ObjectType,
    Placeholders,
    StreamKey,
    Wanted,
    Wish,
    find_field,
    is_blank,
    near_misses,
    nearest,
    quoted,
)
from destination_close.settings import (
    OVERWRITE,
    Config,
    CustomColumn,
    Policy,
    StreamMapping,
)
from destination_close.templates import BadTemplate
from destination_close.values import Invalid

T = TypeVar("T")
Ask = Callable[[Data], T | Remarked[T]]
"""May raise CannotDraft."""

_REGION = Invalid("an ISO code such as DE, or the English name of a country")


class Step(NamedTuple):
    """One field that a row may fill."""

    key: str
    """In Close."""

    wish: Ask[Wish | None]


class ListStep(NamedTuple):
    """One list to which a row may add."""

    key: str
    """In Close."""

    values: Ask[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Steps:
    """Everything that a mapping reads from a row. Any of its getters may raise CannotDraft."""

    keep: Callable[[Data], bool] | None
    own_ids: Mapping[ObjectType, Ask[str | None]]
    emails: Ask[tuple[str, ...]]
    fields: Mapping[ObjectType, tuple[Step, ...]]
    lists: Mapping[ObjectType, tuple[ListStep, ...]]
    """But for emails."""

    spreads: Mapping[ObjectType, tuple[Spread, ...]]
    """Columns that fill several fields at once; a field that has a step of its own is filled by that."""

    def keys(self, object_type: ObjectType) -> tuple[str, ...]:
        """Of every field that a row may fill."""
        spread = (key for each in self.spreads[object_type] for key in each.keys)
        return tuple(dict.fromkeys([*(step.key for step in self.fields[object_type]), *spread]))

    def wanted(self, object_type: ObjectType, record: Data, emails: tuple[str, ...] = ()) -> Wanted | Remarked[Wanted]:
        """What the row wants an object of the type to hold."""
        fields: dict[str, Any] = {key: found for key, wish in self.fields[object_type] if (found := wish(record)) is not None}
        lists: dict[str, Any] = {"emails": emails} if emails else {}
        for key, several in self.lists[object_type]:
            if listed := several(record):
                lists[key] = listed
        if spreads := self.spreads[object_type]:
            return _with_remarks(fields, lists, [spread.wishes(record) for spread in spreads])
        for each in (fields, lists):
            for value in each.values():
                if value.__class__ is Remarked:
                    return _with_remarks(fields, lists, ())
        return Wanted(fields, lists)


def _with_remarks(fields: Mapping[str, Any], lists: Mapping[str, Any], spreads: Iterable[Any]) -> Wanted | Remarked[Wanted]:
    own, on_fields = separate(fields.values())
    several, on_lists = separate(lists.values())
    spread, on_spreads = separate(spreads)
    wished = {key: wish for key, wish in zip(fields, own, strict=True) if wish is not None}
    wanted = Wanted(
        {key: wish for each in (*spread, wished) for key, wish in each.items()},
        {key: found for key, found in zip(lists, several, strict=True) if found},
    )
    remarks = (*on_fields, *on_spreads, *on_lists)
    return Remarked(wanted, remarks) if remarks else wanted


def problems_of(config: Config, account: Account | None, mappings: Iterable[tuple[StreamMapping, Collection[str]]]) -> list[str]:
    """Everything that is wrong with these mappings of streams with these columns; without an account, what can be found without one."""
    found = id_field_problems(config, account) if account else []
    for mapping, known in mappings:
        found += compile_steps(mapping, config, account, known)[1]
    return list(dict.fromkeys(found))


def id_field_problems(config: Config, account: Account) -> list[str]:
    """What is wrong with the two custom fields that hold the user's own ids."""
    found = []
    for one in OBJECT_TYPES:
        field_id = config.id_fields.get(one)
        field = find_field(account, one, field_id) if field_id else None
        if isinstance(field, NoField):
            found.append(f"{one.own_id.setting}: {field.problem}")
        elif field and field.type != "text":
            found.append(f'{one.own_id.setting}: "{field.name}" is of type {field.type}; choose a {one.label} custom field of type text')
    return found


def compile_steps(mapping: StreamMapping, config: Config, account: Account | None, known: Collection[str] = ()) -> tuple[Steps, list[str]]:
    """The steps of a mapping, usable only if the list of problems is empty; `known` are the columns of the stream."""
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
        return Steps(
            keep=self._keep(),
            own_ids={one: self._one(one.own_id.column) for one in OBJECT_TYPES},
            emails=self._emails(),
            fields={one: (*self._standard(one), *self._custom(one)) for one in OBJECT_TYPES},
            lists={one: tuple(self._lists(one)) for one in OBJECT_TYPES},
            spreads={one: tuple(self._spreads(one)) for one in OBJECT_TYPES},
        )

    def _refuse(self, field: str | None, problem: str) -> None:
        place = self._mapping.place
        self.problems.append(f"{place}, {field}: {problem}" if field else f"{place}: {problem}")

    # --- keys

    def _check_keys(self) -> None:
        mapped = self._mapping.columns
        if self._mapping.needs_key and not any(key in mapped for key in KEY_COLUMNS):
            self._refuse(None, self._no_key())
        for one in OBJECT_TYPES:
            own_id = one.own_id
            if own_id.column in mapped and one not in self._config.id_fields:
                self._refuse(own_id.column, f"a {own_id.label} needs a custom field to store it; fill in {own_id.setting}")

    def _no_key(self) -> str:
        keys = "lead_company_id, contact_user_id or contact_email"
        if not self._mapping.implicit:
            return f"it has no key, so its rows could never be found again; fill in {keys}"
        near = near_misses(self._mapping.stream, [mapping.stream for mapping in self._config.mappings])
        whole = [StreamKey(mapping.namespace, mapping.stream) for mapping in self._config.mappings]
        named = [quoted(str(key)) for name in near for key in whole if key.name.casefold() == name.strip('"').casefold()]
        hint = f" (did you mean {' or '.join(dict.fromkeys(named))}?)" if named else ""
        return f"no mapping names this stream{hint}, and it has no column called {keys}; add a mapping or rename a column"

    # --- columns

    def _get(self, field: str, setting: str, blanks: Placeholders | None = None) -> Getter:
        """With `blanks`, a template that joins text to a blank or to one of these is blank as a whole."""
        try:
            return columns.compile_column(setting, self._known, blanks)
        except BadTemplate as bad:
            self._refuse(field, f"the template does not work: {bad}")
            return columns.column(setting)

    def _ask(
        self, target: Target, setting: str, make: Callable[[Any], Any], empty: Any = None, blanks: Placeholders | None = None
    ) -> Ask[Any]:
        return asking(target, self._get(target.name, setting, blanks), make, empty)

    def _optional(self, name: str, key: str = "") -> Target:
        """A field that a row can do without, unless the mapping says otherwise."""
        return Target(name, key, self._mapping.on_invalid_value)

    def _keep(self) -> Callable[[Data], bool] | None:
        setting = self._mapping.filter
        if setting is None:
            return None
        try:
            return asking(Target("filter"), columns.compile_filter(setting), bool, False)  # type: ignore[return-value]  # never left out
        except BadTemplate as bad:
            self._refuse("filter", f"the template does not work: {bad}")
            return None

    def _one(self, name: str) -> Ask[str | None]:
        setting = self._mapping.columns.get(name)
        if not setting:
            return lambda _: None
        target = Target(name)
        return self._ask(target, setting, asking_key(target, values.identifier, self._blank_keys), blanks=self._blank_keys)

    # --- lists

    def _emails(self) -> Ask[tuple[str, ...]]:
        each = next(each for each in CONTACT.lists if each.finds)
        setting = self._mapping.columns.get(each.column)
        if not setting:
            return lambda _: ()
        read = values.reader(values.emails(self._blank_keys), each.meaning, self._blank_keys)
        make = asking_list(self._optional(each.column, each.key), values.is_plain_address, read, is_key=True)
        return self._ask(Target(each.column, each.key), setting, make, (), self._blank_keys)

    def _lists(self, object_type: ObjectType) -> Iterable[ListStep]:
        compile_list = {"phone": self._phones, "url": self._urls}
        for each in object_type.lists:
            if not each.finds and (setting := self._mapping.columns.get(each.column)):
                yield ListStep(each.key, compile_list[each.item](each, setting))

    def _urls(self, each: ListField, setting: str) -> Ask[tuple[str, ...]]:
        read = values.reader(values.urls, each.meaning, self._blanks)
        make = asking_list(self._optional(each.column, each.key), values.is_plain_web_address, read)
        return self._ask(self._optional(each.column, each.key), setting, make, (), self._blanks)

    def _phones(self, each: ListField, setting: str) -> Ask[tuple[str, ...]]:
        of_default = self._phones_of(each, setting, self._config.default_region)
        named = self._mapping.columns.get(PHONE_REGION.column)
        if not named:
            return of_default
        of_region = cache(lambda region: self._phones_of(each, setting, region))
        ask_region = self._ask(self._optional(PHONE_REGION.column), named, self._region)

        def phones(record: Data) -> tuple[str, ...] | Remarked[tuple[str, ...]]:
            region = ask_region(record)
            if not isinstance(region, Remarked):
                return of_region(region)(record) if region else of_default(record)
            (found,), remarks = separate([of_region(None)(record)])
            return Remarked(found, (*region.remarks, *remarks)) if found or remarks else ()

        return phones

    def _phones_of(self, each: ListField, setting: str, region: str | None) -> Ask[tuple[str, ...]]:
        target = self._optional(each.column, each.key)
        make = asking_list(target, values.is_plain_number, values.reader(values.phones(region), each.meaning, self._blanks))
        return self._ask(target, setting, make, (), self._blanks)

    def _region(self, value: Any) -> str | Invalid | None:
        """The two letters of a country; None for a blank."""
        if is_blank(value) or self._blanks.has(value):
            return None
        named = values.text(value)
        return (values.region_of(named) if isinstance(named, str) else None) or _REGION

    # --- fields

    def _standard(self, object_type: ObjectType) -> Iterable[Step]:
        account = self._account or Account("", "")
        make = wishes.standard_fields(account)
        for field in object_type.fields:
            if setting := self._mapping.columns.get(field.column):
                policy = self._mapping.policies.get(field.column, OVERWRITE)
                labels = [status.label for status in account.statuses] if field.value == "lead_status" else None
                self._check_words(field.column, setting, make[field.value], labels)
                # an address without its end leads nowhere, while a name without its middle part is still a name
                whole = self._blanks if field.value == "url" else None
                yield self._step(self._optional(field.column, field.key), setting, make[field.value], policy, whole)

    def _custom(self, object_type: ObjectType) -> Iterable[Step]:
        taken: set[str] = set()
        for custom in self._mapping.custom_fields.get(object_type, ()):
            if custom.custom_field == ALL_FIELDS:
                continue
            field = f"{object_type.prefix}{custom.custom_field}"
            definition = self._definition(object_type, custom, taken)
            if definition and self._account:
                taken.add(definition.id)
                make = wishes.custom_field(definition, self._account)
                if definition.type != "user" or self._account.users is not None:
                    self._check_words(field, custom.column, make, definition.choices if definition.type == "choices" else None)
                yield self._step(self._optional(field, definition.key), custom.column, make, custom.policy)
            else:
                self._get(field, custom.column)

    def _spreads(self, object_type: ObjectType) -> Iterable[Spread]:
        for custom in self._mapping.custom_fields.get(object_type, ()):
            if custom.custom_field == ALL_FIELDS:
                name = f"{object_type.prefix}{ALL_FIELDS}"
                ask = self._ask(self._optional(name), custom.column, object_in)
                if self._account:
                    yield self._fields_of(object_type, custom, self._account).spread(name, ask)

    def _fields_of(self, object_type: ObjectType, custom: CustomColumn, account: Account) -> ObjectFields:
        own_id = self._config.id_fields.get(object_type)

        def find(named: str) -> tuple[str, Callable[[Any], Any]] | None:
            definition = find_field(account, object_type, named)
            if isinstance(definition, NoField) or definition.id == own_id:
                return None
            target = self._optional(f"{object_type.prefix}{definition.name or definition.id}", definition.key)
            make = asking(target, lambda value: value, self._unless_blank(wishes.custom_field(definition, account)), None)
            return definition.key, lambda value: wishes.under(custom.policy, make(value), damaged=False)

        keys = tuple(field.key for field in account.fields_of(object_type) if field.id != own_id)
        return ObjectFields(object_type, keys, find)

    def _check_words(self, field: str, setting: str, make: wishes.Make, among: Sequence[str] | None) -> None:
        """What a template produces whatever the row holds; for fields that accept anything `among` a list, also what it may produce."""
        found = constants_of(setting)
        if self._account is None or setting in self._known or not (found.complete or among):
            return
        for word in found.words:
            made = make(word)
            if isinstance(made, Invalid):
                near = nearest(str(word), among or ())
                hint = f"; did you mean {quoted(near)}?" if near else f"; expected {made.expected}"
                self._refuse(field, f"the template produces {quoted(str(word))}, which the field does not accept{hint}")

    def _step(self, target: Target, setting: str, make: wishes.Make, policy: Policy, whole: Placeholders | None = None) -> Step:
        ask = self._ask(target, setting, self._unless_blank(make), blanks=whole)
        if policy == OVERWRITE:
            return Step(target.key, ask)
        damaged, absent = columns.compile_damage(setting, self._known), compile_absence(setting, self._known)
        return Step(target.key, lambda record: wishes.under(policy, ask(record), damaged(record) or absent(record)))

    def _unless_blank(self, make: wishes.Make) -> wishes.Make:
        """The same, if the settings name no texts that are blank in every field."""
        blanks = self._blanks
        return (lambda value: None if blanks.has(value) else make(value)) if blanks else make

    def _definition(self, object_type: ObjectType, custom: CustomColumn, taken: set[str]) -> CustomField | None:
        if self._account is None:
            return None
        field = f"{object_type.prefix}{custom.custom_field}"
        found = find_field(self._account, object_type, custom.custom_field)
        if isinstance(found, NoField):
            self._refuse(field, found.problem)
        elif found.id == self._config.id_fields.get(object_type):
            self._refuse(field, f"this custom field holds your own IDs; map the column as {object_type.own_id.column} instead")
        elif found.id in taken:
            self._refuse(field, "this custom field is mapped twice; keep one of the two")
        else:
            return found
        return None
