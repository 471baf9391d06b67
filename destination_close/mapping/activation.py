"""What do rows want that were mapped on Airbyte's data activation screen? (pure)

Such a stream names the object it becomes, and its columns are already the fields of our own settings. Only what `discovering`
offered is accepted: any other object, mode, key or field is reported before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from destination_close.mapping.columns import Data
from destination_close.mapping.compiler import compile_steps, problems_of
from destination_close.mapping.discovery import DELETION_MARKER, OBJECTS, ObjectName, fields_of, matching_keys
from destination_close.mapping.mapper import DELETED_AT, Filtered, Mapper, compile_mappings
from destination_close.mapping.remarking import separate
from destination_close.mapping.routing import mapping_of_itself, mappings_of
from destination_close.model import (
    COLUMNS,
    CONTACT,
    LEAD,
    OBJECT_TYPES,
    Account,
    ConfigError,
    Draft,
    Rejection,
    Row,
    StreamInfo,
    StreamKey,
    near_misses,
    no_matching_key,
    nothing_to_insert,
    object_type_named,
)
from destination_close.settings import Config, StreamMapping, as_message

Operation = Literal["upsert", "insert", "update"]

OPERATIONS: Mapping[str, Operation] = {"append": "insert", "append_dedup": "upsert", "update": "update"}
"""By destination sync mode."""

NOT_OURS = ("_ab_", "_airbyte_")
"""Prefixes of columns that Airbyte adds itself."""


@dataclass(frozen=True, slots=True)
class Activated(Mapper):
    """What every row of the stream is for."""

    object_name: ObjectName = "contact"
    operation: Operation = "upsert"
    key: str | None = None
    """The chosen matching key; None for an insert, which searches for nothing."""

    deletion_markers: tuple[str, ...] = (DELETED_AT, DELETION_MARKER)

    refusal: str | None = None
    """Why no row of this stream can be accepted."""

    def _draft(self, row: Row, record: Data) -> Draft | Rejection | Filtered:
        if self.refusal:
            raise ConfigError(self.refusal)
        steps = self.steps
        keys_read = (steps.own_ids[LEAD](record), steps.own_ids[CONTACT](record), steps.emails(record))
        (company_id, user_id, emails), on_keys = separate(keys_read)
        keys = {"lead_company_id": company_id, "contact_user_id": user_id, "contact_email": emails or None}
        if self.key and keys[self.key] is None:
            return no_matching_key(row, self.key, remarks=on_keys)
        (lead, contact), on_fields = separate((steps.wanted(LEAD, record), steps.wanted(CONTACT, record, emails)))
        draft = Draft(
            row=row,
            company_id=company_id,
            user_id=user_id,
            email=emails[0] if emails else None,
            wants={LEAD: lead, CONTACT: contact},
            operation=self.operation,
            match=_match(self.key),
            lead_alone=self.object_name == "lead",
            remarks=(*on_keys, *on_fields),
        )
        return draft if self.key or _asks_for_something(draft) else self._nothing(draft)

    def _nothing(self, draft: Draft) -> Rejection:
        return nothing_to_insert(draft.row, object_type_named(self.object_name), remarks=draft.remarks)


def _match(key: str | None) -> Literal["user", "email"] | None:
    return "user" if key == "contact_user_id" else "email" if key == "contact_email" else None


def _asks_for_something(draft: Draft) -> bool:
    """Whether an insert would make more than an empty object."""
    if draft.lead_alone:
        return bool(draft.wants[LEAD].fields) or draft.company_id is not None
    contact = draft.wants[CONTACT]
    return bool(contact.fields or contact.lists) or draft.user_id is not None


# --- before the first row --------------------------------------------------------------------------------------------


def compile_streams(config: Config, account: Account, streams: Iterable[StreamInfo]) -> dict[StreamKey, tuple[Mapper, ...]]:
    """The mappers of every stream, however it is mapped; a single ConfigError lists everything that keeps them from working."""
    streams = tuple(streams)
    by_settings = {stream.key: stream.properties for stream in streams if stream.destination_object_name is None}
    compilers = [_Compiler(config, account, stream) for stream in streams if stream.destination_object_name is not None]
    activated: dict[StreamKey, tuple[Mapper, ...]] = {compiler.stream.key: (compiler.mapper(),) for compiler in compilers}
    problems = [problem for compiler in compilers for problem in compiler.problems]
    if problems:
        routed = ((mapping, columns) for key, columns in by_settings.items() for mapping in mappings_of(config, key, columns))
        raise ConfigError(as_message(list(dict.fromkeys([*problems_of(config, account, routed), *problems]))))
    return {**compile_mappings(config, account, by_settings), **activated}


def intentions(mappers: Mapping[StreamKey, Sequence[Mapper]]) -> Iterable[str]:
    """What will be done with the streams mapped on the screen, for the log."""
    for stream, those in mappers.items():
        for mapper in those:
            if isinstance(mapper, Activated) and not mapper.refusal:
                by = f" by {mapper.key}" if mapper.key else ""
                yield f"Rows of stream {stream} {mapper.operation} {mapper.object_name}s{by}, as mapped on Airbyte's screen."


class _Compiler:
    def __init__(self, config: Config, account: Account, stream: StreamInfo) -> None:
        self._config = config
        self._account = account
        self.stream = stream
        self.problems: list[str] = []

    def mapper(self) -> Activated:
        """May be used if there are no problems."""
        if self.stream.destination_sync_mode == "overwrite":
            return self._refusing()
        name, operation = self._object_name(), self._operation()
        if name is None or operation is None:
            return self._refusing()
        mapping = self._mapping(name)
        steps, problems = compile_steps(mapping, self._config, self._account, self._columns(name))
        self.problems += problems
        return Activated(steps, object_name=name, operation=operation, key=None if operation == "insert" else self._key(name))

    def _refusing(self) -> Activated:
        """For no rows: a stream arrives this way when it is cleared, and nothing is ever deleted."""
        steps, _ = compile_steps(StreamMapping(self.stream.key.name, needs_key=False), self._config, self._account)
        refusal = f'stream "{self.stream.key}": the mode "overwrite" is not supported, because nothing is ever deleted; choose another'
        return Activated(steps, refusal=refusal)

    def _refuse(self, field: str | None, problem: str) -> None:
        place = f'stream "{self.stream.key}"'
        self.problems.append(f"{place}, {field}: {problem}" if field else f"{place}: {problem}")

    # --- what is done with which object

    def _object_name(self) -> ObjectName | None:
        named = self.stream.destination_object_name
        found = next((name for name in OBJECTS if name == named), None)
        if found is None:
            self._refuse(None, f'unknown object "{named}"; choose {" or ".join(OBJECTS)}')
        return found

    def _operation(self) -> Operation | None:
        mode = self.stream.destination_sync_mode
        if mode not in OPERATIONS:
            self._refuse(None, f'the mode "{mode}" is not supported; choose append (insert), append_dedup (upsert) or update')
        return OPERATIONS.get(mode)

    # --- fields

    def _columns(self, name: ObjectName) -> Sequence[str]:
        """The stream's columns; for a stream that does not name its columns, all that may arrive."""
        named = tuple(column for column in self.stream.properties if not column.startswith(NOT_OURS))
        return named or tuple(fields_of(self._config, self._account, name))

    def _mapping(self, name: ObjectName) -> StreamMapping:
        columns = self._columns(name)
        for column in columns:
            if column == DELETION_MARKER:
                continue
            if column not in COLUMNS and not _is_custom(column):
                self._refuse(column, f"a {name} has no such field{self._hint(name, column)}")
            elif name == "lead" and not column.startswith("lead_"):
                self._refuse(column, "a lead has only company fields; for people, choose the object contact")
        return replace(mapping_of_itself(self.stream.key, columns), needs_key=False)

    def _hint(self, name: ObjectName, column: str) -> str:
        near = near_misses(column, list(fields_of(self._config, self._account, name)))
        return f"; did you mean {' or '.join(near)}?" if near else ""

    # --- the matching key

    def _key(self, name: ObjectName) -> str | None:
        offered = matching_keys(self._config, name)
        chosen = [".".join(path) for path in self.stream.primary_key] or (list(offered) if len(offered) == 1 else [])
        if len(chosen) != 1:
            self._refuse(None, f"choose one matching key: {' or '.join(offered) or self._no_key_at_all()}")
        elif chosen[0] not in offered:
            self._refuse(chosen[0], f"this is not a matching key of a {name}; choose {' or '.join(offered) or self._no_key_at_all()}")
        elif chosen[0] not in self._columns(name):
            self._refuse(chosen[0], "no column is mapped to the matching key, so no row could be matched")
        else:
            return chosen[0]
        return None

    def _no_key_at_all(self) -> str:
        return "lead_company_id, which requires lead_custom_field_id_for_company_id to be set"


def _is_custom(column: str) -> bool:
    return any(column.startswith(one.prefix) and column != one.prefix for one in OBJECT_TYPES)
