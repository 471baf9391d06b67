"""In which steps does a mapping read a row, and what keeps it from working in this account?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from destination_close.mapping import coercion, columns
from destination_close.mapping import wishes as wishing
from destination_close.mapping.coercion import Invalid
from destination_close.mapping.columns import Data, Getter
from destination_close.mapping.constants import constants_of
from destination_close.mapping.fields import Fields, Step
from destination_close.mapping.naming import compile_absence
from destination_close.mapping.templates import BadTemplate, TemplateFailed
from destination_close.model import Account, CustomField, NoField, ObjectType, StreamKey, find_field, near_misses, nearest, quoted
from destination_close.settings import (
    COMPANY_FIELD_SETTING,
    KEY_COLUMNS,
    OVERWRITE,
    USER_FIELD_SETTING,
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


@dataclass(frozen=True, slots=True)
class Steps:
    """Everything that a mapping reads from a row. Any of its getters may raise CannotDraft."""

    keep: Callable[[Data], bool] | None
    company_id: Callable[[Data], str | None]
    user_id: Callable[[Data], str | None]
    emails: Callable[[Data], tuple[str, ...]]
    phones: Callable[[Data], tuple[str, ...]]
    urls: Callable[[Data], tuple[str, ...]]
    lead: Fields
    contact: Fields


def problems_of(config: Config, account: Account | None, mappings: Iterable[tuple[StreamMapping, Collection[str]]]) -> list[str]:
    """Everything that is wrong with these mappings of streams with these columns; without an account, what can be found without one."""
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
        account = self._account or Account("", "")
        return Steps(
            keep=self._keep(),
            company_id=self._one("lead_company_id"),
            user_id=self._one("contact_user_id"),
            emails=self._several("contact_email", coercion.email, str.lower),
            phones=self._several("contact_phone", coercion.phone(self._config.default_region), str),
            urls=self._several("contact_url", coercion.url, str),
            lead=Fields(
                [
                    *self._standard(wishing.standard_lead_fields(account), account),
                    *self._custom("lead", self._mapping.lead_custom_fields, self._config.company_field),
                ],
                repeated=True,
            ),
            contact=Fields(
                [
                    *self._standard(wishing.standard_contact_fields(), account),
                    *self._custom("contact", self._mapping.contact_custom_fields, self._config.user_field),
                ]
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
            self._refuse("lead_company_id", f"a Company ID needs a custom field to store it; fill in {COMPANY_FIELD_SETTING}")
        if "contact_user_id" in mapped and not self._config.user_field:
            self._refuse("contact_user_id", f"a User ID needs a custom field to store it; fill in {USER_FIELD_SETTING}")

    def _no_key(self) -> str:
        keys = "lead_company_id, contact_user_id or contact_email"
        if not self._mapping.implicit:
            return f"it has no key, so its rows could never be found again; fill in {keys}"
        near = near_misses(self._mapping.stream, [mapping.stream for mapping in self._config.mappings])
        whole = [StreamKey(mapping.namespace, mapping.stream) for mapping in self._config.mappings]
        named = [quoted(str(key)) for name in near for key in whole if key.name.casefold() == name.strip('"').casefold()]
        hint = f" (there is one for {' and '.join(dict.fromkeys(named))})" if named else ""
        return f"no mapping names this stream{hint}, and it has no column called {keys}; add a mapping or rename a column"

    # --- columns

    def _get(self, field: str, setting: str) -> Getter:
        try:
            return columns.compile_column(setting, self._known)
        except BadTemplate as bad:
            self._refuse(field, f"the template does not work: {bad}")
            return columns.column(setting)

    def _ask(self, field: str, setting: str, make: Callable[[Any], T | Invalid]) -> Callable[[Data], T]:
        column = columns.plain(setting, self._known)
        return _asking(field, self._get(field, setting), make) if column is None else _asking_column(field, column, make)

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

    def _several(self, field: str, coerce: coercion.CoerceText, meaning: Callable[[str], str]) -> Callable[[Data], tuple[str, ...]]:
        setting = self._mapping.columns.get(field)
        if not setting:
            return lambda _: ()
        coerce_all = coercion.several(coerce)

        def make(value: Any) -> tuple[str, ...] | Invalid:
            if value.__class__ is str:  # true of most rows
                only = coerce(value)
                return only if isinstance(only, Invalid) else () if only is None else (only,)
            found = coerce_all(value)
            return found if isinstance(found, Invalid) or len(found) < 2 else _distinct(found, meaning)

        return self._ask(field, setting, make)

    # --- fields

    def _standard(self, fields: Mapping[str, tuple[str, wishing.Make]], account: Account) -> Iterable[Step]:
        for field, (key, make) in fields.items():
            if setting := self._mapping.columns.get(field):
                policy = self._mapping.policies.get(field, OVERWRITE)
                labels = [status.label for status in account.statuses] if field == "lead_status_id" else None
                self._check_words(field, setting, make, labels)
                yield self._step(key, field, setting, make, policy)

    def _custom(self, object_type: ObjectType, asked: Iterable[CustomColumn], id_field: str | None) -> Iterable[Step]:
        taken: set[str] = set()
        for custom in asked:
            field = f"{object_type}_custom.{custom.custom_field}"
            definition = self._definition(object_type, custom, id_field, taken)
            if definition and self._account:
                taken.add(definition.id)
                make = wishing.custom_field(definition, self._account)
                if definition.type != "user" or self._account.users is not None:
                    self._check_words(field, custom.column, make, definition.choices if definition.type == "choices" else None)
                yield self._step(definition.key, field, custom.column, make, custom.policy)
            else:
                self._get(field, custom.column)

    def _check_words(self, field: str, setting: str, make: wishing.Make, among: Sequence[str] | None) -> None:
        """What a template gives whatever the row holds; of fields that take anything `among` a list also what it may give."""
        found = constants_of(setting)
        if self._account is None or setting in self._known or not (found.complete or among):
            return
        for word in found.words:
            made = make(word)
            if isinstance(made, Invalid):
                near = nearest(str(word), among or ())
                hint = f"; did you mean {quoted(near)}?" if near else f"; expected {made.expected}"
                self._refuse(field, f"the template produces {quoted(str(word))}, which the field does not accept{hint}")

    def _step(self, key: str, field: str, setting: str, make: wishing.Make, policy: Policy) -> Step:
        column, ask = columns.plain(setting, self._known), self._ask(field, setting, make)
        if policy == OVERWRITE:
            return Step(key, column, ask)
        damaged, absent = columns.compile_damage(setting, self._known), compile_absence(setting, self._known)
        return Step(key, column, lambda record: wishing.under(policy, ask(record), damaged(record) or absent(record)))

    def _definition(self, object_type: ObjectType, custom: CustomColumn, id_field: str | None, taken: set[str]) -> CustomField | None:
        if self._account is None:
            return None
        field = f"{object_type}_custom.{custom.custom_field}"
        found = find_field(self._account, object_type, custom.custom_field)
        if isinstance(found, NoField):
            self._refuse(field, found.problem)
        elif found.id == id_field:
            own = "lead_company_id" if object_type == "lead" else "contact_user_id"
            self._refuse(field, f"this custom field holds your own IDs; map the column as {own} instead")
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


def _asking_column(field: str, column: str, make: Callable[[Any], T | Invalid]) -> Callable[[Data], T]:
    """Gets the value of a column and converts it for the field: like `_asking` but faster, for what every row needs."""

    def ask(record: Data) -> T:
        made = make(record.get(column))
        if isinstance(made, Invalid):
            raise CannotDraft(field, made.expected)
        return made

    return ask


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
