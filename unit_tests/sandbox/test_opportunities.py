"""Do opportunities, their pipelines and their statuses behave as Close's do?"""

from __future__ import annotations

import re
from typing import Any

import pytest

from unit_tests.sandbox.talk import Talk

RECORDED = "Not a valid choice. Please go to Customizations in your organization settings and add"


def a_deal(talk: Talk, **more: Any) -> dict[str, Any]:
    lead = talk.close.add_lead(name="Acme", contacts=[{"name": "Ann"}])
    made: dict[str, Any] = talk.post("/opportunity/", {"lead_id": lead["id"], **more})
    return made


def statuses(talk: Talk) -> dict[str, str]:
    """Of the first pipeline, by label."""
    return {one["label"]: one["id"] for one in talk.get("/pipeline/")["data"][0]["statuses"]}


def test_what_is_sent_reads_back_with_everything_derived_from_it() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("opportunity", "External ID")
    lead = talk.close.add_lead(name="Acme", contacts=[{"name": "Ann"}])
    told = {"lead_id": lead["id"], "value": 50_000, "value_period": "monthly", "confidence": 60, "contact_id": lead["contact_ids"][0]}
    made = talk.post("/opportunity/", {**told, "note": "Renewal", f"custom.{field}": "sub-42"})
    assert re.fullmatch(r"oppo_[0-9A-Za-z]{43}", made["id"])
    assert told.items() <= made.items()
    assert made[f"custom.{field}"] == "sub-42"
    assert (made["value_formatted"], made["annualized_value"]) == ("$500 monthly", 600_000)
    assert (made["expected_value"], made["annualized_expected_value"]) == (30_000, 360_000)
    assert (made["lead_name"], made["contact_name"], made["user_name"]) == ("Acme", "Ann", "Ann Lee")
    assert (made["status_label"], made["status_type"], made["pipeline_name"]) == ("Active", "active", "Sales")
    assert (made["note"], made["note_html"]) == ("Renewal", "<body><p>Renewal</p></body>")
    assert (made["user_id"], made["date_won"], made["date_lost"]) == (talk.close.me, None, None)
    assert talk.get(f"/opportunity/{made['id']}/") == made
    assert talk.get(f"/opportunity/{made['id']}/", _fields="id,value,custom") == {
        "id": made["id"],
        "value": 50_000,
        f"custom.{field}": "sub-42",
    }


@pytest.mark.parametrize(
    ("cents", "period", "shown"), [(300_000, "one_time", "$3,000"), (500, "monthly", "$5 monthly"), (1_250, "annual", "$12.50 annual")]
)
def test_values_are_cents(cents: int, period: str, shown: str) -> None:
    assert a_deal(Talk(), value=cents, value_period=period)["value_formatted"] == shown


def test_without_a_value_nothing_is_derived() -> None:
    made = a_deal(Talk())
    assert [made[key] for key in ("value", "value_formatted", "annualized_value", "expected_value")] == [None] * 4


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"value": 12.5}, "value"),
        ({"value": "500"}, "value"),
        ({"value": True}, "value"),
        ({"value_period": "weekly"}, "value_period"),
        ({"confidence": 101}, "confidence"),
        ({"confidence": -1}, "confidence"),
        ({"user_id": "user_x"}, "user"),
        ({"contact_id": "cont_x"}, "contact"),
        ({"date_won": "soon"}, "date_won"),
        ({"note": 1}, "note"),
        ({"custom.cf_x": 1}, "custom.cf_x"),
        ({"attachments": [{"url": "https://x.example/a"}]}, "attachments"),
        ({"attachments": [{"filename": "a", "url": "https://x.example/a"}]}, "attachments"),
        ({"date_created": "soon"}, "date_created"),
    ],
)
def test_what_does_not_fit_is_refused_under_its_key(told: dict[str, Any], wrong: str) -> None:
    talk = Talk()
    lead = talk.close.add_lead()["id"]
    assert set(talk.field_errors("POST", "/opportunity/", {"lead_id": lead, **told})) == {wrong}
    assert talk.close.children("opportunity") == {}


def test_an_opportunity_without_a_lead_gets_an_untitled_one() -> None:
    talk = Talk()
    made = talk.post("/opportunity/", {"note": "adrift"})
    assert talk.close.lead(made["lead_id"])["display_name"] == "Untitled"
    assert talk.post("/opportunity/", {"lead_id": None})["lead_id"] != made["lead_id"]
    assert talk.close.lead_count == 2
    assert talk.field_errors("POST", "/opportunity/", {"lead_id": "lead_x"}) == {"lead": "Object does not exist."}
    talk.close.change(plan_lead_limit=2)
    talk.refused("POST", "/opportunity/", {}, 402)


# --- statuses --------------------------------------------------------------------------------------------------------


def test_a_pipeline_without_a_status_means_its_first_one() -> None:
    talk = Talk()
    renewals = talk.close.add_pipeline("Renewals", [("Due", "active"), ("Won", "won")])
    made = a_deal(talk, pipeline_id=renewals)
    assert (made["pipeline_name"], made["status_label"]) == ("Renewals", "Due")
    assert a_deal(talk)["pipeline_name"] == "Sales"


def test_a_status_of_another_pipeline_and_unknown_ones_are_refused() -> None:
    talk = Talk()
    renewals = talk.close.add_pipeline("Renewals")
    lead, active = talk.close.add_lead()["id"], statuses(talk)["Active"]

    def errors(**told: str) -> Any:
        return talk.field_errors("POST", "/opportunity/", {"lead_id": lead, **told})

    assert set(errors(pipeline_id=renewals, status_id=active)) == {"status"}
    assert errors(status_id="foo")["status"] == f'{RECORDED} "foo" to the list of opportunity statuses.'
    assert set(errors(pipeline_id="pipe_x")) == {"pipeline"}
    assert talk.close.children("opportunity") == {}


def test_a_status_of_another_pipeline_moves_an_opportunity_there() -> None:
    talk = Talk()
    talk.close.add_pipeline("Renewals", [("Due", "active")])
    due = next(one["id"] for one in talk.get("/status/opportunity/")["data"] if one["label"] == "Due")
    made = a_deal(talk)
    assert talk.put(f"/opportunity/{made['id']}/", {"status_id": due})["pipeline_name"] == "Renewals"


def test_a_label_is_looked_for_in_the_opportunitys_own_pipeline() -> None:
    talk = Talk()
    renewals = talk.close.add_pipeline("Renewals")
    made = a_deal(talk, pipeline_id=renewals)
    path = f"/opportunity/{made['id']}/"
    after = talk.put(path, {"status": "Lost"})
    assert (after["pipeline_name"], after["status_type"]) == ("Renewals", "lost")
    assert set(talk.field_errors("PUT", path, {"status": "Nope"})) == {"status"}
    assert set(talk.field_errors("PUT", path, {"status": "Won", "status_id": after["status_id"]})) == {"status"}


def test_winning_sets_the_date_only_if_there_is_none_and_leaving_keeps_it() -> None:
    talk = Talk()
    by_label = statuses(talk)
    path = f"/opportunity/{a_deal(talk)['id']}/"
    assert talk.put(path, {"status_id": by_label["Won"]})["date_won"] == "2026-01-05"
    talk.clock.advance(86_400)
    assert talk.put(path, {"status_id": by_label["Active"]})["date_won"] == "2026-01-05"
    assert talk.put(path, {"status_id": by_label["Won"]})["date_won"] == "2026-01-05"
    expected = f"/opportunity/{a_deal(talk, date_won='2026-03-01')['id']}/"
    assert talk.put(expected, {"status_id": by_label["Won"]})["date_won"] == "2026-03-01"
    told = f"/opportunity/{a_deal(talk)['id']}/"
    assert talk.put(told, {"status_id": by_label["Won"], "date_won": "2025-12-24"})["date_won"] == "2025-12-24"


@pytest.mark.parametrize(("offset", "day"), [("-12", "2026-01-04"), ("0", "2026-01-05"), ("14", "2026-01-06")])
def test_the_day_of_winning_is_that_of_the_caller(offset: str, day: str) -> None:
    talk = Talk()
    won, path = statuses(talk)["Won"], f"/opportunity/{a_deal(talk)['id']}/"
    answer = talk.ask("PUT", path, {"status_id": won}, headers={"x-tz-offset": offset})
    assert answer.json()["date_won"] == day


def test_losing_is_dated_too() -> None:
    talk = Talk()
    path = f"/opportunity/{a_deal(talk)['id']}/"
    assert talk.put(path, {"status": "Lost"})["date_lost"] == "2026-01-05T10:00:00.000000+00:00"
    assert talk.put(path, {"status": "Active"})["date_lost"] is None


def test_a_moment_of_winning_is_cut_to_its_day_unless_the_switch_refuses_it() -> None:
    talk = Talk()
    assert a_deal(talk, date_won="2026-02-03T23:00:00+00:00")["date_won"] == "2026-02-03"
    talk.close.change(date_won_takes="date")
    lead = talk.close.add_lead()["id"]
    assert set(talk.field_errors("POST", "/opportunity/", {"lead_id": lead, "date_won": "2026-02-03T23:00:00Z"})) == {"date_won"}
    talk.close.change(date_won_takes="datetime")
    assert set(talk.field_errors("POST", "/opportunity/", {"lead_id": lead, "date_won": "2026-02-03"})) == {"date_won"}


# --- what is not known -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("switch", ["ignore", "refuse", "move"])
def test_another_lead_in_a_put_follows_the_switch(switch: str) -> None:
    talk = Talk(lead_id_in_child_put=switch)
    made, other = a_deal(talk), talk.close.add_lead()["id"]
    path = f"/opportunity/{made['id']}/"
    if switch == "refuse":
        assert set(talk.field_errors("PUT", path, {"lead_id": other})) == {"lead"}
        assert talk.put(path, {"lead_id": made["lead_id"], "value": 1})["value"] == 1
    else:
        home = other if switch == "move" else made["lead_id"]
        assert talk.put(path, {"lead_id": other})["lead_id"] == home
        assert list(talk.close.children("opportunity", home)) == [made["id"]]
    if switch != "ignore":
        assert talk.field_errors("PUT", path, {"lead_id": "lead_x"}) == {"lead": "Object does not exist."}


@pytest.mark.parametrize("switch", ["ignore", "refuse", "move"])
def test_another_pipeline_in_a_put_follows_the_switch(switch: str) -> None:
    talk = Talk(pipeline_id_in_opportunity_put=switch)
    made, renewals = a_deal(talk), talk.close.add_pipeline("Renewals")
    path = f"/opportunity/{made['id']}/"
    if switch == "refuse":
        assert set(talk.field_errors("PUT", path, {"pipeline_id": renewals})) == {"pipeline"}
    else:
        assert talk.put(path, {"pipeline_id": renewals})["pipeline_name"] == ("Renewals" if switch == "move" else "Sales")


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_keys_that_no_schema_lists_follow_the_switch(method: str) -> None:
    talk = Talk()
    made = a_deal(talk)
    path = "/opportunity/" if method == "POST" else f"/opportunity/{made['id']}/"
    body = {"lead_id": made["lead_id"], "nonsense": 1} if method == "POST" else {"date_created": "2020-01-01T00:00:00Z", "nonsense": 1}
    answer = talk.ask(method, path, body)
    assert answer.status_code == 200
    assert "nonsense" not in answer.json()
    assert (answer.json()["date_created"] == made["date_created"]) is (method == "PUT")
    talk.close.change(unknown_child_keys="refuse")
    wrong = {"nonsense"} if method == "POST" else {"nonsense", "date_created"}
    assert set(talk.field_errors(method, path, body)) == wrong


def test_defaults_nulls_and_negative_values_follow_their_switches() -> None:
    talk = Talk(default_value_period="annual", default_confidence=0, value_currency="EUR")
    made = a_deal(talk, value=-150)
    assert (made["value_period"], made["confidence"], made["value_formatted"]) == ("annual", 0, "-€1.50 annual")
    path = f"/opportunity/{made['id']}/"
    assert talk.put(path, {"value": None})["value"] is None
    talk.close.change(null_value_in_put="refuse", negative_value="refuse")
    assert set(talk.field_errors("PUT", path, {"value": None})) == {"value"}
    assert set(talk.field_errors("PUT", path, {"value": -1})) == {"value"}


def test_required_custom_fields_bind_by_switch() -> None:
    talk = Talk()
    field = talk.close.add_custom_field("opportunity", "Needed", required=True)
    lead = a_deal(talk)["lead_id"]
    talk.close.change(required_fields_bind=["opportunity"])
    assert talk.field_errors("POST", "/opportunity/", {"lead_id": lead}) == {f"custom.{field}": "This field is required."}
    talk.post("/opportunity/", {"lead_id": lead, f"custom.{field}": "x"})


# --- lists -----------------------------------------------------------------------------------------------------------


def test_the_list_has_totals_of_all_that_match_whatever_the_page() -> None:
    talk = Talk()
    lead = talk.close.add_lead()["id"]
    for value, period in ((500, "monthly"), (1_000, "annual"), (2_000, "one_time")):
        talk.post("/opportunity/", {"lead_id": lead, "value": value, "value_period": period, "confidence": 90})
    a_deal(talk, value=7)
    found = talk.get("/opportunity/", lead_id=lead, _limit=1)
    assert (len(found["data"]), found["has_more"], found["total_results"]) == (1, True, 3)
    assert found["count_by_value_period"] == {"monthly": 1, "annual": 1, "one_time": 1}
    assert (found["total_value_monthly"], found["expected_value_monthly"]) == (500, 450)
    assert (found["total_value_annualized"], found["expected_value_annualized"]) == (9_000, 8_100)
    assert (found["total_value_monthly_formatted"], found["total_value_annualized_formatted"]) == ("$5", "$90")
    empty = talk.get("/opportunity/", lead_id=talk.close.add_lead()["id"])
    assert (empty["total_value_monthly"], empty["total_value_monthly_formatted"]) == (0, None)


def test_the_list_is_filtered_and_ordered() -> None:
    talk = Talk()
    made = []
    for value, status in ((300, "Active"), (100, "Won"), (200, "Lost")):
        talk.clock.advance(60)
        made.append(a_deal(talk, value=value, status_id=statuses(talk)[status])["id"])
    active, won, lost = made

    def found(**query: Any) -> list[str]:
        return [one["id"] for one in talk.get("/opportunity/", **query)["data"]]

    assert found() == [lost, won, active]
    assert found(_order_by="value") == [won, lost, active]
    assert found(_order_by="-value", _limit=2) == [active, lost]
    assert found(status_type="won") == found(status_label="Won") == [won]
    assert found(status_type__in="won,lost") == [lost, won]
    assert found(date_created__gte="2026-01-05T10:02:00Z", date_created__lt="2026-01-05T10:03:00Z") == [won]
    assert found(date_won__gte="2026-01-05") == [won]
    assert set(talk.field_errors("GET", "/opportunity/?_order_by=note")) == {"_order_by"}
    assert set(talk.field_errors("GET", "/opportunity/?date_won__gte=soon")) == {"date_won__gte"}
    assert talk.field_errors("GET", "/opportunity/?_limit=251") == {"_limit": "Input should be less than or equal to 250"}
    talk.close.change(biggest_child_page=2)
    assert len(found()) == 2


@pytest.mark.parametrize("query", ["id__in=oppo_x", "custom.cf_x=1", "query=x", "_group_by=user_id"])
def test_filters_that_are_not_there_are_refused_or_by_switch_ignored(query: str) -> None:
    talk = Talk()
    a_deal(talk)
    assert set(talk.field_errors("GET", f"/opportunity/?{query}")) == {query.partition("=")[0]}
    talk.close.change(unknown_list_filters="ignore")
    assert len(talk.get(f"/opportunity/?{query}")["data"]) == 1


def test_lists_are_not_from_the_index() -> None:
    talk = Talk(index_lag=60)
    made = a_deal(talk)
    assert [one["id"] for one in talk.get("/opportunity/", lead_id=made["lead_id"])["data"]] == [made["id"]]
    assert [one["id"] for one in talk.get(f"/lead/{made['lead_id']}/")["opportunities"]] == [made["id"]]


# --- pipelines -------------------------------------------------------------------------------------------------------


def test_pipelines_are_wherever_close_shows_them() -> None:
    talk = Talk()
    talk.close.add_pipeline("Renewals", [("Due", "active")])
    pipelines = talk.get("/pipeline/")["data"]
    assert [one["name"] for one in pipelines] == ["Sales", "Renewals"]
    assert [one["type"] for one in pipelines[0]["statuses"]] == ["active", "won", "lost"]
    assert talk.get("/me/")["organizations"][0]["pipelines"] == pipelines
    assert talk.get(f"/organization/{talk.close.organization.id}/", _fields="pipelines") == {"pipelines": pipelines}
    flat = talk.get("/status/opportunity/")["data"]
    assert [one["label"] for one in flat] == ["Active", "Won", "Lost", "Due"]
    assert "pipeline_id" not in flat[0]


def test_pipelines_and_statuses_can_be_made_through_the_api() -> None:
    talk = Talk()
    made = talk.created("/pipeline/", {"name": "Partners", "statuses": [{"label": "New", "type": "active"}]})
    status = talk.post("/status/opportunity/", {"label": "Signed", "type": "won", "pipeline_id": made["id"]})
    assert a_deal(talk, pipeline_id=made["id"], status_id=status["id"])["status_type"] == "won"
    assert set(talk.field_errors("POST", "/pipeline/", {"statuses": [{"label": "x"}]})) == {"name", "statuses"}
    assert set(talk.field_errors("POST", "/status/opportunity/", {"type": "x"})) == {"label", "type", "pipeline"}
    with pytest.raises(ValueError, match="a status needs"):
        talk.close.add_opportunity_status("x", "maybe")
