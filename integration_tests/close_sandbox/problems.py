"""In which words does Close refuse?

Wordings and nesting are those that were recorded; where none is public the sentence is ours, and nobody may depend on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Errors = dict[str, Any]
"""From field to a message, or to the nested form of a list."""

REQUIRED = "This field is required."
NO_OBJECT = "Object does not exist."
LIST_TOO_LONG = "List is too long."


class Problem(Exception):
    """The call ends with this status and body."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


class BadValue(Exception):
    """A value that its field does not take; `message` is a sentence or the nested form."""

    def __init__(self, message: Any) -> None:
        super().__init__("bad value")
        self.message = message


def form(field_errors: Errors) -> dict[str, Any]:
    """The shape of every validation error; note the hyphen."""
    return {"errors": [], "field-errors": field_errors}


def invalid(field_errors: Errors) -> Problem:
    return Problem(400, form(field_errors))


def in_list(errors: Mapping[int, Errors]) -> dict[str, Any]:
    """Errors of the items of a list, by position, each in the whole shape again."""
    return {"errors": {str(position): form(found) for position, found in errors.items()}}


def wrong_type(expected: str) -> str:
    return f"Value must be of {expected} type."


def too_long(longest: int) -> str:
    return f"The value must be no longer than {longest} characters."


def too_large(most: int) -> str:
    """Close's newer endpoints speak pydantic."""
    return f"Input should be less than or equal to {most}"


def unknown_custom_field(name: str) -> str:
    return f'The Custom Field "{name}" does not exist.'


def unknown_status(status: str) -> str:
    return f'Not a valid choice. Please go to Customizations in your organization settings and add "{status}" to the list of lead statuses.'


def missing(what: str) -> Problem:
    """404 for an id that is unknown or malformed: Lead, Contact, Status, ..."""
    return Problem(404, {"error": f"Empty query: {what} matching query does not exist."})


def unauthorized() -> Problem:
    return Problem(401, {"error": "Unauthorized"})


def no_such_url() -> Problem:
    told = "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again."
    return Problem(404, {"error": told})


def bad_json() -> Problem:
    return Problem(400, {"error": "The request contains invalid JSON."})


def not_json() -> Problem:
    return Problem(415, {"error": "Unsupported Media Type"})


def chunked() -> Problem:
    return Problem(415, {"error": "Chunked request bodies are not supported."})


def plan_limit() -> Problem:
    return Problem(402, {"error": "You have reached the lead limit of your plan. Please upgrade to add more leads."})


def not_allowed(methods: tuple[str, ...]) -> Problem:
    return Problem(405, {"error": "The method is not allowed for the requested URL."}, {"Allow": ", ".join(methods)})
