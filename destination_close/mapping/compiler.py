"""In which steps does a mapping read a row, and what keeps it from working in this account?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from destination_close.mapping import coercion, columns, wishes
from destination_close.mapping.coercion import Invalid
from destination_close.mapping.columns import Data, Getter
from destination_close.mapping.constants import constants_of
from destination_close.mapping.naming import compile_absence
from destination_close.mapping.templates import BadTemplate, TemplateFailed
from destination_close.model import (
    CONTACT,
    KEY_COLUMNS,
    OBJECT_TYPES,
    Account,
    CustomField,
    ListField,
    NoField,
    ObjectType,
    StreamKey,
    Wanted,
    Wish,
    find_field,
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

T = TypeVar("T")


class CannotDraft(Exception):
    """A value of the row cannot be converted to what its field needs."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field = field
        self.expected = expected


class Step(NamedTuple):
    """One field that a row may fill."""

    key: str
    """In Close."""

    wish: Callable[[Data], Wish | None]
    """May raise CannotDraft."""


class ListStep(NamedTuple):
    """One list to which a row may add."""

    key: str
    """In Close."""

    values: Callable[[Data], tuple[str, ...]]
    """May raise CannotDraft."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Everything that a mapping reads from a row. Any of its getters may raise CannotDraft."""

    keep: Callable[[Data], bool] | None
    own_ids: Mapping[ObjectType, Callable[[Data], str | None]]
    emails: Callable[[Data], tuple[str, ...]]
    fields: Mapping[ObjectType, tuple[Step, ...]]
    lists: Mapping[ObjectType, tuple[ListStep, ...]]
    """But for emails."""

    def wanted(self, object_type: ObjectType, record: Data, emails: tuple[str, ...] = ()) -> Wanted:
        """What the row wants an object of the type to hold."""
        fields = {key: found for key, wish in self.fields[object_type] if (found := wish(record)) is not None}
        lists = {"emails": emails} if emails else {}
        for key, values in self.lists[object_type]:
            if several := values(record):
                lists[key] = several
        return Wanted(fields, lists)


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
        self.problems: list[str] = []

    def steps(self) -> Steps:
        self._check_keys()
        return Steps(
            keep=self._keep(),
            own_ids={one: self._one(one.own_id.column) for one in OBJECT_TYPES},
            emails=self._emails(),
            fields={one: (*self._standard(one), *self._custom(one)) for one in OBJECT_TYPES},
            lists={one: tuple(self._lists(one)) for one in OBJECT_TYPES},
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

    def _get(self, field: str, setting: str) -> Getter:
        try:
            return columns.compile_column(setting, self._known)
        except BadTemplate as bad:
            self._refuse(field, f"the template does not work: {bad}")
            return columns.column(setting)

    def _ask(self, field: str, setting: str, make: Callable[[Any], T | Invalid]) -> Callable[[Data], T]:
        return _asking(field, self._get(field, setting), make)

    def _keep(self) -> Callable[[Data], bool] | None:
        setting = self._mapping.filter
        if setting is None:
            return None
        try:
            return _asking("filter", columns.compile_filter(setting), lambda kept: kept)
        except BadTemplate as bad:
            self._refuse("filter", f"the template does not work: {bad}")
            return None

    def _one(self, field: str) -> Callable[[Data], str | None]:
        setting = self._mapping.columns.get(field)
        return self._ask(field, setting, coercion.identifier) if setting else lambda _: None

    def _emails(self) -> Callable[[Data], tuple[str, ...]]:
        each = next(each for each in CONTACT.lists if each.finds)
        setting = self._mapping.columns.get(each.column)
        return self._several(each, setting, coercion.email) if setting else lambda _: ()

    def _lists(self, object_type: ObjectType) -> Iterable[ListStep]:
        coercions: Mapping[str, coercion.CoerceText] = {"phone": coercion.phone(self._config.default_region), "url": coercion.url}
        for each in object_type.lists:
            if not each.finds and (setting := self._mapping.columns.get(each.column)):
                yield ListStep(each.key, self._several(each, setting, coercions[each.item]))

    def _several(self, each: ListField, setting: str, coerce: coercion.CoerceText) -> Callable[[Data], tuple[str, ...]]:
        coerce_all = coercion.several(coerce)

        def make(value: Any) -> tuple[str, ...] | Invalid:
            if value.__class__ is str:  # true of most rows
                only = coerce(value)
                return only if isinstance(only, Invalid) else () if only is None else (only,)
            found = coerce_all(value)
            return found if isinstance(found, Invalid) or len(found) < 2 else _distinct(found, each.meaning)

        return self._ask(each.column, setting, make)

    # --- fields

    def _standard(self, object_type: ObjectType) -> Iterable[Step]:
        account = self._account or Account("", "")
        make = wishes.standard_fields(account)
        for field in object_type.fields:
            if setting := self._mapping.columns.get(field.column):
                policy = self._mapping.policies.get(field.column, OVERWRITE)
                labels = [status.label for status in account.statuses] if field.value == "lead_status" else None
                self._check_words(field.column, setting, make[field.value], labels)
                yield self._step(field.key, field.column, setting, make[field.value], policy)

    def _custom(self, object_type: ObjectType) -> Iterable[Step]:
        taken: set[str] = set()
        for custom in self._mapping.custom_fields.get(object_type, ()):
            field = f"{object_type.prefix}{custom.custom_field}"
            definition = self._definition(object_type, custom, taken)
            if definition and self._account:
                taken.add(definition.id)
                make = wishes.custom_field(definition, self._account)
                if definition.type != "user" or self._account.users is not None:
                    self._check_words(field, custom.column, make, definition.choices if definition.type == "choices" else None)
                yield self._step(definition.key, field, custom.column, make, custom.policy)
            else:
                self._get(field, custom.column)

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

    def _step(self, key: str, field: str, setting: str, make: wishes.Make, policy: Policy) -> Step:
        ask = self._ask(field, setting, make)
        if policy == OVERWRITE:
            return Step(key, ask)
        damaged, absent = columns.compile_damage(setting, self._known), compile_absence(setting, self._known)
        return Step(key, lambda record: wishes.under(policy, ask(record), damaged(record) or absent(record)))

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


def _distinct(values: Iterable[str], meaning: Callable[[str], str]) -> tuple[str, ...]:
    """Each once by meaning, keeping the first spelling, in order."""
    by_meaning: dict[str, str] = {}
    for value in values:
        by_meaning.setdefault(meaning(value), value)
    return tuple(by_meaning.values())


def _asking(field: str, get: Getter, make: Callable[[Any], T | Invalid]) -> Callable[[Data], T]:
    """Gets the value and converts it for the field."""

    def ask(record: Data) -> T:
        try:
            made = make(get(record))
        except TemplateFailed as failed:
            raise CannotDraft(field, f"a template that works for the values of the row ({failed})") from None
        if isinstance(made, Invalid):
            raise CannotDraft(field, made.expected)
        return made

    return ask
