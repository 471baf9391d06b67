"""What does this account hold that the settings name?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, NamedTuple, Protocol, get_args

from destination_close.config import bare_field_id
from destination_close.errors import ProtocolError

ObjectType = Literal["lead", "contact"]


@dataclass(frozen=True, slots=True)
class CustomField:
    """The definition of a custom field."""

    id: str
    """Bare: `cf_...`."""

    name: str
    type: str
    choices: tuple[str, ...] = ()
    accepts_multiple_values: bool = False

    @property
    def key(self) -> str:
        """Its key on a lead or contact."""
        return f"custom.{self.id}"

    @property
    def full_name(self) -> str:
        """Tells it from others of the same name."""
        return f"{self.name} ({self.id})"


class Status(NamedTuple):
    """A lead status."""

    id: str
    label: str


class User(NamedTuple):
    """A user of the organization."""

    id: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Account:
    """What the settings may refer to, as it was at the start of the run."""

    organization_name: str
    user_id: str
    lead_fields: tuple[CustomField, ...] = ()
    contact_fields: tuple[CustomField, ...] = ()
    statuses: tuple[Status, ...] = ()
    users: tuple[User, ...] | None = None
    """None: not asked for."""

    @property
    def first_status(self) -> str | None:
        """The id of the status that new leads get."""
        return self.statuses[0].id if self.statuses else None

    def fields_of(self, object_type: ObjectType) -> tuple[CustomField, ...]:
        return self.lead_fields if object_type == "lead" else self.contact_fields


class AnswersAboutAccount(Protocol):
    """The part of the client that reads an account."""

    def me(self) -> Mapping[str, Any]: ...

    def field_schema(self, object_type: ObjectType, /) -> Iterable[Mapping[str, Any]]: ...

    def lead_statuses(self) -> Iterable[Mapping[str, Any]]: ...

    def users(self) -> Iterable[Mapping[str, Any]]: ...


def read_account(client: AnswersAboutAccount, need_users: bool) -> Account:
    """Reads the account with as few calls as it takes; users only if they are needed and there is a field to hold one."""
    try:
        return _account(client, need_users)
    except (KeyError, TypeError, AttributeError) as odd:
        message = "Close described the account in a form that this connector does not know. Update the connector, or report this."
        raise ProtocolError(message, internal=type(odd).__name__) from odd


def _account(client: AnswersAboutAccount, need_users: bool) -> Account:
    me = client.me()
    lead_fields, contact_fields = (_custom_fields(client.field_schema(object_type)) for object_type in get_args(ObjectType))
    organization: Mapping[str, Any] = next(iter(me.get("organizations") or ()), {})
    has_user_field = any(field.type == "user" for field in lead_fields + contact_fields)
    return Account(
        organization_name=organization.get("name") or "",
        user_id=me.get("id") or "",
        lead_fields=lead_fields,
        contact_fields=contact_fields,
        # they come along with /me/; the call of their own is for an answer that lacks them
        statuses=_statuses(organization.get("lead_statuses") or client.lead_statuses()),
        users=_users(client.users()) if need_users and has_user_field else None,
    )


def _custom_fields(definitions: Iterable[Mapping[str, Any]]) -> tuple[CustomField, ...]:
    return tuple(
        CustomField(
            id=bare_field_id(one["id"]) or one["id"],
            name=(one.get("name") or "").strip(),
            type=one.get("type") or "text",
            choices=tuple(one.get("choices") or ()),
            accepts_multiple_values=bool(one.get("accepts_multiple_values")),
        )
        for one in definitions
    )


def _statuses(listed: Iterable[Mapping[str, Any]]) -> tuple[Status, ...]:
    return tuple(Status(one["id"], one.get("label") or "") for one in listed)


def _users(listed: Iterable[Mapping[str, Any]]) -> tuple[User, ...]:
    return tuple(User(one["id"], one.get("email") or "", _full_name(one)) for one in listed)


def _full_name(user: Mapping[str, Any]) -> str:
    return " ".join(part for part in (user.get("first_name"), user.get("last_name")) if part)


# --- naming a custom field -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoField:
    """A custom field cannot be told from what the user named."""

    problem: str


def find_field(account: Account, object_type: ObjectType, named: str) -> CustomField | NoField:
    """The custom field of that id (`cf_x`, `custom.cf_x`) or full name or, if it is the only one so called, of exactly that name."""
    fields = account.fields_of(object_type)
    wanted = bare_field_id(named) or named
    for field in fields:
        if wanted in (field.id, field.full_name):
            return field
    called = [field for field in fields if field.name == named]
    if len(called) == 1:
        return called[0]
    if called:
        ids = " or ".join(field.id for field in called)
        return NoField(f'{len(called)} {object_type.title()} custom fields are named "{named}"; use the id instead of the name: {ids}')
    return NoField(f'Close has no {object_type.title()} custom field "{named}"{_hint(account, object_type, wanted)}')


def _hint(account: Account, object_type: ObjectType, wanted: str) -> str:
    other: ObjectType = "contact" if object_type == "lead" else "lead"
    if any(wanted in (field.id, field.name) for field in account.fields_of(other)):
        return f"; it is a {other.title()} custom field"
    near = near_misses(wanted, [name for field in account.fields_of(object_type) for name in (field.name, field.id)])
    return f"; did you mean {' or '.join(near)}?" if near else ""


def near_misses(wanted: str, names: Sequence[str]) -> list[str]:
    """Those of the names that somebody who typed `wanted` may have meant, quoted, best first."""
    by_fold = {name.casefold(): name for name in reversed(names)}
    return [f'"{by_fold[fold]}"' for fold in get_close_matches(wanted.casefold(), by_fold, n=3, cutoff=0.75)]
