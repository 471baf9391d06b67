"""What does the body of a lead or contact ask for, and will Close have it?

Everything here turns a body into changes: a map from stored key to stored value, None for "unset". Nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from integration_tests.close_sandbox import values
from integration_tests.close_sandbox.clock import iso, seconds_of
from integration_tests.close_sandbox.organization import CustomField, Organization
from integration_tests.close_sandbox.problems import (
    LIST_TOO_LONG,
    REQUIRED,
    BadValue,
    Errors,
    Problem,
    form,
    in_list,
    invalid,
    unknown_custom_field,
    unknown_status,
    wrong_type,
)
from integration_tests.close_sandbox.settings import Settings

Doc = dict[str, Any]
"""A lead or contact as stored: Close's own keys. Never changed in place, since the index and the events hold on to it."""

Changes = dict[str, Any]

MOST_ITEMS = 100
_ADDRESS_KEYS = ("label", "address_1", "address_2", "city", "state", "zipcode", "country")
_CONTACT_KEYS = frozenset(("lead_id", "name", "title", "emails", "phones", "urls", "timezone"))
_ON_CREATE = frozenset(("created_by", "date_created"))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads bodies for one organization under its settings."""

    organization: Organization
    settings: Settings
    role_id: str | None
    """Of the user who writes; None may do everything."""

    def lead(self, body: Any, old: Doc | None, contacts: Collection[str] = ()) -> tuple[Changes, list[Changes]]:
        """Changes of the lead, and of the contacts to be created in it. `contacts` are the ids it already has."""
        body = _mapping(body)
        nested = body.get("contacts") or [] if old is None else []
        self._forbid(self._lead_forbidden(body, nested))
        reading = _Reading()
        reading.take(body, "name", values.text)
        reading.take(body, "description", lambda value: values.text(value, self.settings.longest_text))
        reading.take(body, "url", self._lead_url)
        reading.take(body, "addresses", _addresses)
        self._status(body, old, reading)
        if old is None:
            self._origin(body, reading)
        elif "contacts" in body and self.settings.contacts_in_lead_put == "refuse":
            reading.errors["contacts"] = "Contacts cannot be updated through a lead."
        self._custom(body, "lead", old or {}, reading, contacts)
        if old is None:
            self._required("lead", reading)
        drafts = self._nested(nested, reading)
        reading.check()
        return reading.changes, drafts

    def contact(self, body: Any, old: Doc | None, siblings: Collection[str] = ()) -> Changes:
        """Changes of a contact; `lead_id` is the caller's. `siblings` are the ids of its lead's contacts."""
        body = _mapping(body)
        self._forbid(self._forbidden(body, "contact"))
        reading = self._contact(body, old, siblings)
        reading.check()
        return reading.changes

    # --- parts -------------------------------------------------------------------------------------------------------

    def _contact(self, body: Mapping[str, Any], old: Doc | None, siblings: Collection[str]) -> _Reading:
        reading = _Reading()
        for key in ("name", "title"):
            reading.take(body, key, lambda value: values.text(value, values.LONGEST_NAME))
        reading.take(body, "emails", self._emails)
        reading.take(body, "phones", self._phones)
        reading.take(body, "urls", self._urls)
        reading.take(body, "timezone", lambda value: value if value is None else values.text(value))
        if old is None:
            self._origin(body, reading)
        if self.settings.unknown_contact_keys == "refuse":
            known = _CONTACT_KEYS | _ON_CREATE if old is None else _CONTACT_KEYS
            unknown = (key for key in body if key not in known and not key.startswith("custom."))
            reading.errors.update(dict.fromkeys(unknown, "Extra inputs are not permitted"))
        self._custom(body, "contact", old or {}, reading, siblings)
        if old is None:
            self._required("contact", reading)
        return reading

    def _nested(self, told: Any, reading: _Reading) -> list[Changes]:
        if not isinstance(told, list):
            reading.errors["contacts"] = wrong_type("list")
            return []
        if self.settings.most_nested_contacts is not None and len(told) > self.settings.most_nested_contacts:
            reading.errors["contacts"] = LIST_TOO_LONG
            return []
        errors: dict[int, Errors] = {}
        drafts = []
        for position, body in enumerate(told):
            if not isinstance(body, dict):
                reading.errors["contacts"] = wrong_type("dict")
                return []
            found = self._contact(body, None, ())
            drafts.append(found.changes)
            if found.errors:
                errors[position] = found.errors
        if errors:
            reading.errors["contacts"] = in_list(errors)
        return drafts

    def _lead_url(self, value: Any) -> str | None:
        return None if value is None else values.url(value, self.settings)

    def _status(self, body: Mapping[str, Any], old: Doc | None, reading: _Reading) -> None:
        sent = [key for key in ("status_id", "status") if key in body and (body[key] is not None or old is not None)]
        if not sent:
            if old is None:
                reading.changes["status_id"] = next(iter(self.organization.statuses))
            return
        if len(sent) == 2:
            reading.errors["status"] = "Send either status or status_id, not both."
            return
        told = body[sent[0]]
        if not isinstance(told, str):
            reading.errors["status"] = REQUIRED if told is None else wrong_type("str")
            return
        known = told if sent[0] == "status_id" and told in self.organization.statuses else None
        known = self.organization.status_with_label(told) if sent[0] == "status" else known
        if known is None:
            reading.errors["status"] = unknown_status(told)
        else:
            reading.changes["status_id"] = known

    def _origin(self, body: Mapping[str, Any], reading: _Reading) -> None:
        """Imports may say who created an object and when."""
        if body.get("date_created") is not None:
            reading.take(body, "date_created", _date_created)
        if body.get("created_by") is not None:
            if body["created_by"] in self.organization.users:
                reading.changes["created_by"] = body["created_by"]
            else:
                reading.errors["created_by"] = "Object does not exist."

    # --- lists -------------------------------------------------------------------------------------------------------

    def _emails(self, value: Any) -> list[Doc]:
        def item(told: Mapping[str, Any]) -> Doc:
            return {"email": values.email(told.get("email"), self.settings), "type": _type(told, "office"), "is_unsubscribed": False}

        found = _items(value, "email", item)
        if self.settings.duplicate_emails_in_contact == "dedupe":
            first = {one["email"].lower(): one for one in reversed(found)}
            found = [one for one in found if first[one["email"].lower()] is one]
        return found

    def _phones(self, value: Any) -> list[Doc]:
        def item(told: Mapping[str, Any]) -> Doc:
            stored, shown, country = values.read_phone(values.text(told.get("phone")), self.settings.region)
            return {"phone": stored, "phone_formatted": shown, "type": _type(told, "office"), "country": country}

        return _items(value, "phone", item)

    def _urls(self, value: Any) -> list[Doc]:
        def item(told: Mapping[str, Any]) -> Doc:
            address = values.url(told.get("url"), self.settings)
            if not address:
                raise BadValue(REQUIRED)
            return {"url": address, "type": _type(told, "url")}

        return _items(value, "url", item)

    # --- custom fields -----------------------------------------------------------------------------------------------

    def _custom(self, body: Mapping[str, Any], place: str, old: Doc, reading: _Reading, contacts: Collection[str]) -> None:
        if isinstance(body.get("custom"), dict):
            body = {**self._legacy(body["custom"], place, old), **body}
        for key, value in body.items():
            if not key.startswith("custom."):
                continue
            name, verb = _split(key)
            found = self.organization.field_of(place, name)
            if found is None:
                reading.errors[f"custom.{name}"] = unknown_custom_field(name)
                continue
            stored = f"custom.{name}"
            now = reading.changes.get(stored, old.get(stored))
            try:
                reading.changes[stored] = self._custom_value(found, verb, value, now, contacts)
            except BadValue as bad:
                reading.errors[stored] = bad.message

    def _required(self, place: str, reading: _Reading) -> None:
        if self.settings.required_binds:
            needed = [f"custom.{found.id}" for found in self.organization.fields_of(place) if place in found.required]
            reading.errors |= {key: REQUIRED for key in needed if reading.changes.get(key) is None and key not in reading.errors}

    def _legacy(self, told: Mapping[str, Any], place: str, old: Doc) -> Changes:
        """The retired `custom` map by name: it replaces all custom values of the object."""
        by_name = {found.name: found.id for found in self.organization.fields_of(place)}
        cleared: Changes = dict.fromkeys(key for key in old if key.startswith("custom."))
        return {**cleared, **{f"custom.{by_name.get(name, name)}": value for name, value in told.items()}}

    def _custom_value(self, found: CustomField, verb: str, value: Any, now: Any, contacts: Collection[str]) -> Any:
        def one(single: Any) -> Any:
            if isinstance(single, str) and found.type == "text":
                single = values.text(single, self.settings.longest_text)
            return values.custom(single, found, self.organization, contacts)

        if verb:
            return _added_or_removed(found, verb, one(value), now)
        if value is None or value == "" or value == []:
            return None
        if not found.many:
            if isinstance(value, list | dict):
                raise BadValue("This field takes one value.")
            return one(value)
        if not isinstance(value, list):
            if self.settings.scalar_for_many == "refuse":
                raise BadValue(wrong_type("list"))
            value = [value]
        return list(dict.fromkeys(one(single) for single in value))

    # --- rights ------------------------------------------------------------------------------------------------------

    def _lead_forbidden(self, body: Mapping[str, Any], nested: Any) -> Errors:
        errors = self._forbidden(body, "lead")
        if isinstance(nested, list):
            found = {i: self._forbidden(contact, "contact") for i, contact in enumerate(nested) if isinstance(contact, dict)}
            if found := {position: wrong for position, wrong in found.items() if wrong}:
                errors["contacts"] = in_list(found)
        return errors

    def _forbidden(self, body: Mapping[str, Any], place: str) -> Errors:
        if self.role_id is None:
            return {}
        return {self._plain(key): "You do not have permission to edit this field." for key in body if self._is_restricted(key, place)}

    def _is_restricted(self, key: str, place: str) -> bool:
        plain = self._plain(key)
        if plain in self.settings.restricted_fields or f"{place}.{plain}" in self.settings.restricted_fields:
            return True
        found = self.organization.field_of(place, plain.removeprefix("custom."))
        return found is not None and bool(found.roles) and self.role_id not in found.roles

    @staticmethod
    def _plain(key: str) -> str:
        return f"custom.{_split(key)[0]}" if key.startswith("custom.") else key

    def _forbid(self, errors: Errors) -> None:
        if errors and self.settings.restricted_fields_named:
            raise Problem(403, form(errors))
        if errors:
            raise Problem(403, {"error": "You do not have permission to perform this action."})


@dataclass(slots=True)
class _Reading:
    """What was understood of a body so far, and what was not."""

    changes: Changes = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)

    def take(self, body: Mapping[str, Any], key: str, read: Callable[[Any], Any]) -> None:
        if key not in body:
            return
        try:
            self.changes[key] = read(body[key])
        except BadValue as bad:
            self.errors[key] = bad.message

    def check(self) -> None:
        if self.errors:
            raise invalid(self.errors)


def _mapping(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise Problem(400, {"errors": [wrong_type("dict")], "field-errors": {}})
    return body


def _split(key: str) -> tuple[str, str]:
    """`custom.cf_x.add` is cf_x and `add`; without a verb the verb is empty."""
    name = key.removeprefix("custom.")
    for verb in ("add", "remove"):
        if name.endswith(f".{verb}"):
            return name[: -len(verb) - 1], verb
    return name, ""


def _added_or_removed(found: CustomField, verb: str, value: Any, now: Any) -> Any:
    if not found.many:
        raise BadValue(f"This field does not accept multiple values: .{verb} cannot be used.")
    kept = [one for one in now or [] if one != value]
    if verb == "add":
        return list(now) if value in (now or []) else [*kept, value]
    return kept or None


def _items(value: Any, key: str, read: Callable[[Mapping[str, Any]], Doc]) -> list[Doc]:
    """The items of emails, phones or urls; problems in Close's nested form, by position."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadValue(wrong_type("list"))
    if len(value) > MOST_ITEMS:
        raise BadValue(LIST_TOO_LONG)
    errors: dict[int, Errors] = {}
    found = []
    for position, told in enumerate(value):
        try:
            found.append(read(_dict(told)))
        except BadValue as bad:
            errors[position] = {key: bad.message}
    if errors:
        raise BadValue(in_list(errors))
    return found


def _dict(told: Any) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise BadValue(wrong_type("dict"))
    return told


def _type(told: Mapping[str, Any], default: str) -> str:
    return values.text(told.get("type")) or default


def _addresses(value: Any) -> list[Doc]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise BadValue(wrong_type("list"))
    return [{**{key: values.text(one.get(key)) for key in _ADDRESS_KEYS}, "label": one.get("label") or "business"} for one in value]


def _date_created(value: Any) -> str:
    try:
        return iso(seconds_of(value))
    except (ValueError, TypeError, AttributeError):
        raise BadValue("Invalid ISO 8601 datetime.") from None
