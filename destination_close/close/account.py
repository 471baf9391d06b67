"""What does this account have that the settings refer to?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, get_args

from destination_close.model import Account, CustomField, ObjectType, ProtocolError, Status, User, bare_field_id


class AnswersAboutAccount(Protocol):
    """The part of the client that reads an account."""

    def me(self) -> Mapping[str, Any]: ...

    def field_schema(self, object_type: ObjectType, /) -> Iterable[Mapping[str, Any]]: ...

    def lead_statuses(self) -> Iterable[Mapping[str, Any]]: ...

    def users(self) -> Iterable[Mapping[str, Any]]: ...


def read_account(client: AnswersAboutAccount, need_users: bool) -> Account:
    """Reads the account in as few calls as possible; users only if they are needed and there is a field to hold one."""
    try:
        return _account(client, need_users)
    except (KeyError, TypeError, AttributeError) as odd:
        message = "Close returned account data in a format that this connector does not recognize. Update the connector, or report this."
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
        # /me/ includes them; the separate call is for an answer without them
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
