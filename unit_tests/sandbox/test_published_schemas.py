"""Do the sandbox's answers hold against the schemas and examples that Close publishes?

Close's document is not part of this repository; without it beside the checkout these tests are skipped.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from unit_tests.sandbox.talk import Talk

DOCUMENT = Path(__file__).resolve().parents[2].parent / "shared" / "close-openapi.yaml"
pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason="Close's published OpenAPI document is not beside this checkout")

DEVIATIONS = {
    "Contact": {
        "lead_suggestions_operation_id": "of Close's assistant, which the sandbox does not have",
        "recent_calls": "no calls here",
        "subscriptions": "no workflows here",
        "timezone": "only when it was set",
        "timezone_source": "nothing guesses time zones here",
    },
    "ContactPhone": {
        "outbound_sms_blocked": "no SMS here; older recordings lack it as well",
        "tz_ids": "nothing guesses time zones here",
    },
    "Lead": {
        "contacts_summary": "a newer reading aid; recordings of 2022 lack it, and no connector should need it",
        "localtime": "as above",
        "primary_address_summary": "as above",
        "primary_email": "as above",
        "primary_phone": "as above",
        "recent_calls": "no calls here",
        "source": "a newer reading aid",
        "summaries": "of Close's assistant",
    },
}
"""Published properties that the sandbox leaves out, and why. None of them is required."""


@cache
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return loaded


def holds(answer: Any, reference: str) -> None:
    """Validate against `#/...` of the document, dates and references included."""
    registry: Registry[Any] = Registry().with_resource("urn:close", Resource.from_contents(document(), DRAFT202012))
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator({"$ref": f"urn:close{reference}"}, registry=registry, format_checker=checker).validate(answer)


def component(name: str) -> str:
    return f"#/components/schemas/{name}"


def example(path: str, method: str) -> Any:
    """The answer that the document gives as an example."""
    return document()["paths"][path][method]["responses"]["200"]["content"]["application/json"]["example"]


def a_full_world() -> tuple[Talk, dict[str, Any]]:
    talk = Talk()
    text, tags = talk.close.add_custom_field("lead", "Id"), talk.close.add_custom_field("lead", "Tags", "choices", choices="ab", many=True)
    talk.close.add_custom_field(("lead", "contact"), "Owner", "user", description="Who cares")
    person = {
        "name": "Ann",
        "title": "CEO",
        "emails": [{"email": "ann@acme.example"}],
        "phones": [{"phone": "+33142685300"}, {"phone": "1234", "type": "fax"}],
        "urls": [{"url": "https://ann.example"}],
    }
    lead = talk.post(
        "/lead/",
        {
            "name": "Acme",
            "url": "https://acme.example",
            "addresses": [{"city": "Paris"}],
            "contacts": [person, {}],
            f"custom.{text}": "ext-42",
            f"custom.{tags}": ["a"],
        },
    )
    return talk, lead


def test_leads_hold_as_created_read_changed_and_listed() -> None:
    talk, lead = a_full_world()
    path = f"/lead/{lead['id']}/"
    for answer in (lead, talk.get(path), talk.put(path, {"name": None, "url": None}), talk.post("/lead/", {})):
        holds(answer, component("Lead"))
    holds(talk.get("/lead/"), component("leads_list_Response_200"))


def test_contacts_hold_as_created_read_changed_and_listed() -> None:
    talk, lead = a_full_world()
    path = f"/contact/{lead['contact_ids'][0]}/"
    for answer in (*lead["contacts"], talk.get(path), talk.put(path, {"title": None, "emails": []}), talk.post("/contact/", {})):
        holds(answer, component("Contact"))
    holds(talk.get("/contact/"), component("contacts_list_Response_200"))


@pytest.mark.parametrize(
    ("path", "method", "shared"),
    [
        ("/me/", "get", False),
        ("/status/lead/", "get", False),
        ("/custom_field/lead/", "get", False),
        ("/custom_field/shared/", "get", True),
        ("/custom_field_schema/{object_type}/", "get", False),
    ],
)
def test_where_only_an_example_is_published_every_key_of_it_is_there(path: str, method: str, shared: bool) -> None:
    talk, _ = a_full_world()
    published = example(path, method)
    assert missing_keys(published, talk.get(path.replace("{object_type}", "lead"))) == set()


def missing_keys(published: Any, answer: Any, at: str = "") -> set[str]:
    """Keys of the example that the answer lacks; of lists, the items are compared in turn as far as both go."""
    if isinstance(published, dict) and isinstance(answer, dict):
        lacking = {f"{at}.{key}" for key in published if key not in answer}
        return lacking.union(*(missing_keys(value, answer.get(key), f"{at}.{key}") for key, value in published.items() if key in answer))
    if isinstance(published, list) and isinstance(answer, list) and published and answer:
        pairs = zip(published, answer, strict=False) if at == ".data" else [(published[0], answer[0])]
        return set().union(*(missing_keys(one, other, f"{at}[]") for one, other in pairs))
    return set()


def test_answers_without_a_published_schema_are_at_least_well_formed() -> None:
    talk, lead = a_full_world()
    other = talk.post("/lead/", {})["id"]
    merged = talk.post("/lead/merge/", {"source": other, "destination": lead["id"]})
    organization = talk.get(f"/organization/{talk.close.organization.id}/")
    for answer, name in (
        (merged, "leads_merge_Response_200"),
        (talk.delete(f"/contact/{lead['contact_ids'][0]}/"), "contacts_delete_Response_200"),
        (talk.get("/event/"), "events_list_Response_200"),
        (talk.get("/user/"), "users_list_Response_200"),
        (organization, "organizations_get_Response_200"),
    ):
        holds(answer, component(name))


def test_every_published_property_is_answered_or_listed_as_a_deviation() -> None:
    _, lead = a_full_world()
    contact = lead["contacts"][0]
    answered = {"Lead": lead, "Contact": contact, "ContactPhone": contact["phones"][0], "ContactEmail": contact["emails"][0]}
    schemas = document()["components"]["schemas"]
    for name, answer in answered.items():
        left_out = set(schemas[name]["properties"]) - set(answer)
        assert left_out == set(DEVIATIONS.get(name, {})), name
        assert not left_out & set(schemas[name]["required"])


@pytest.mark.parametrize("name", ["CreateContact", "UpdateContact"])
def test_the_sandbox_allows_and_refuses_what_the_published_request_schemas_do(name: str) -> None:
    talk = Talk(unknown_contact_keys="refuse")
    field = talk.close.add_custom_field("contact", "Id")
    lead = talk.post("/lead/", {"contacts": [{}]})
    bodies: list[dict[str, Any]] = [
        {"lead_id": lead["id"], "name": None, "title": "CEO", "timezone": "Europe/Paris", f"custom.{field}": "x"},
        {"emails": None, "phones": None, "urls": None},
        {
            "emails": [{"email": "a@x.example", "type": "home"}],
            "phones": [{"phone": "+16505551234"}],
            "urls": [{"url": "https://a.example"}],
        },
        {"nonsense": 1},
        {"display_name": "x"},
        {"date_created": "2020-01-01T00:00:00Z"},
        {"name": "x" * 1001},
        {"emails": [{"type": "home"}]},
        {"emails": [{"email": f"a{i}@x.example"} for i in range(101)]},
    ]
    method, path = ("POST", "/contact/") if name == "CreateContact" else ("PUT", f"/contact/{lead['contact_ids'][0]}/")
    for body in bodies:
        validator = jsonschema.Draft202012Validator(document()["components"]["schemas"][name])
        allowed = validator.is_valid(body)
        assert (talk.ask(method, path, body).status_code == 200) is allowed, body


def test_the_published_example_of_a_lead_is_accepted_as_it_stands() -> None:
    body = document()["paths"]["/lead/"]["post"]["requestBody"]["content"]["application/json"]["example"]
    talk = Talk()
    talk.close.add_status("Example", id=body["status_id"])
    text, choices = (key.removeprefix("custom.") for key in body if key.startswith("custom."))
    talk.close.add_custom_field("lead", "Source", id=text)
    talk.close.add_custom_field("lead", "Choices", "choices", choices=body[f"custom.{choices}"], many=True, id=choices)
    published, answer = example("/lead/", "post"), talk.post("/lead/", body)
    assert missing_keys(published, answer) == set()
    for key in ("name", "url", "description", "status_id", "addresses", "opportunities", "tasks", f"custom.{text}", f"custom.{choices}"):
        assert answer[key] == published[key]
    theirs, ours = published["contacts"][0], answer["contacts"][0]
    assert ours["emails"] == theirs["emails"]
    assert theirs["phones"][0].items() <= ours["phones"][0].items()
