"""Does anything that comes from outside crash the connector, hang it, make it talk, or make it run code?

Lines, rows, settings, catalogs, templates and the answers of Close, as odd as hypothesis can make them. More of it:
`FUZZ_EXAMPLES=5000 make test`.
"""

from __future__ import annotations

import base64
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson
import pytest
import requests
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from destination_close.airbyte import catalog, protocol, trace_of
from destination_close.close.complaints import complaints
from destination_close.mapping.constants import constants_of
from destination_close.mapping.template_columns import columns_of_template
from destination_close.model import COLUMNS, ConfigError, RunStopped
from destination_close.pacing.rate_headers import read_limit, read_pause
from destination_close.settings import config
from destination_close.templates import BadTemplate, TemplateFailed, compile_template
from destination_close.values.coercion import EXACT
from integration_tests.close_sandbox.adapter import SandboxAdapter
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close as Sandbox
from integration_tests.close_sandbox.presets import COMPANY_ID, USER_ID, many_fields
from integration_tests.close_sandbox.settings import CALM
from unit_tests.support import harness

N = int(os.environ.get("FUZZ_EXAMPLES", "100"))
PROJECT = Path(__file__).parents[2]

some = settings(max_examples=N, deadline=5000, suppress_health_check=list(HealthCheck))
few = settings(max_examples=max(N // 4, 10), deadline=20000, suppress_health_check=list(HealthCheck))

CANARY = "c4n4rY"
"""Stands in whatever must not be told."""

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.sampled_from([EXACT, EXACT + 1, -0.0, 1e308, 5e-324, 1e21])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["", " ", "\x00", "\u202e", "ﬁ", "İ", "a" * 3000, "0", "-", "null", "2026-02-30", "9999-12-31T23:59:59-23:59"])
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=8
)
objects = st.dictionaries(st.text(max_size=8), values, max_size=5)


@st.composite
def mutations(draw: st.DrawFn, originals: list[Any]) -> Any:
    """One of the originals, with something inside it replaced, dropped or added."""
    mutated = json.loads(json.dumps(draw(st.sampled_from(originals))))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(mutated))
        if not places:
            return mutated
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["replace", "drop", "add"])):
            case "replace":
                holder[key] = draw(values)
            case "drop":
                del holder[key]
            case _ if isinstance(holder, dict):
                holder[draw(st.text(max_size=5))] = draw(values)
            case _:
                holder.append(draw(values))
    return mutated


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, (dict, list)):
        for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield value, key
            yield from _places(inner)


# --- lines -----------------------------------------------------------------------------------------------------------

LINES = [json.loads(line) for line in (PROJECT / "integration_tests/sample_files/messages.jsonl").read_text(encoding="utf-8").splitlines()]
LINES.append({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1, "stream_status": {"status": "COMPLETE"}}})
LINES.append({"type": "STATE", "state": {"type": "GLOBAL", "global": {"shared_state": {}, "stream_states": []}, "id": 8}})


@some
@given(st.binary(max_size=200) | mutations(LINES).map(json.dumps).map(str.encode) | values.map(json.dumps).map(str.encode))
def test_every_line_is_a_row_a_state_or_let_pass(line: bytes) -> None:
    decoded = protocol.decode(line, 3)
    if isinstance(decoded, protocol.Record):
        assert isinstance(decoded.data, dict)
        assert isinstance(decoded.stream.name, str)
    if isinstance(decoded, protocol.State):
        echoed = protocol.encode(protocol.state_out(decoded, 2, 1), str)
        assert orjson.loads(echoed)["state"].keys() >= {"destinationStats"}
    if isinstance(decoded, protocol.Undecodable):
        assert (decoded.size, decoded.number) == (len(line), 3)


@some
@given(st.binary(max_size=60), st.sampled_from(LINES).map(json.dumps).map(str.encode), st.integers(0, 400))
def test_a_line_with_bytes_put_into_it_is_no_worse(noise: bytes, line: bytes, at: int) -> None:
    protocol.decode(line[:at] + noise + line[at:])


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b'{"a":' * 100_000, b'{"type":"RECORD","record":{"stream":"s","data":' + b'{"a":' * 50_000]
)
def test_nesting_without_end_is_a_line_nobody_can_use(line: bytes) -> None:
    assert isinstance(protocol.decode(line), protocol.Undecodable)


# --- settings and catalog --------------------------------------------------------------------------------------------

KEY = "api_4bcd3fGH1jk.s3cr3tS3cr3t"
SETTINGS: dict[str, Any] = {
    "api_key": KEY,
    "lead_custom_field_id_for_company_id": COMPANY_ID,
    "contact_custom_field_id_for_user_id": USER_ID,
    "search_lag_seconds": 0,
    "max_rejected_percent": 100,
    "object_storage_config": {"storage_type": "None"},
    "guards": {"max_new_leads": None},
    "mappings": [
        {
            "stream": "rows",
            **{column: column for column in COLUMNS},
            "contact_name": "{{ record['contact_name'] }}{{ record['more']['inside'] }}",
            "lead_custom_fields": [
                {"custom_field": name, "column": name} for name in ("Plan", "Seats", "Renewal date", "Tags", "Account owner", "Source")
            ],
            "contact_custom_fields": [{"custom_field": name, "column": name} for name in ("Role", "Last seen", "Newsletter")],
            "only_if_empty": ["contact_title"],
            "clear_when_blank": ["lead_description"],
            "filter": "{{ record['skip'] != 'yes' }}",
        }
    ],
}
STORAGES = [
    {"storage_type": "Local", "local_path": "/tmp/x", "format": {"format_type": "CSV"}, "compression": {"compression_type": "GZIP"}},
    {
        "storage_type": "S3",
        "s3_bucket_name": "b",
        "s3_bucket_region": "",
        "bucket_path": "p",
        "file_name_format": "{date:yyyy}{part_number}",
    },
]


@some
@given(values | mutations([SETTINGS, *({**SETTINGS, "object_storage_config": storage} for storage in STORAGES)]))
def test_settings_of_any_shape_are_read_or_their_problems_are_reported(raw: Any) -> None:
    found, problems = config.read_config(raw)
    assert isinstance(found, config.Config)
    assert all(isinstance(problem, str) and problem for problem in problems)
    assert KEY not in repr((found, problems))


CATALOG = json.loads((PROJECT / "integration_tests/sample_files/configured_catalog.json").read_text(encoding="utf-8"))


@some
@given(values | mutations([CATALOG]))
def test_a_catalog_of_any_shape_is_read_or_refused(raw: Any) -> None:
    try:
        streams = catalog.parse_catalog(raw)
    except ConfigError:
        return
    assert all(isinstance(stream, catalog.StreamInfo) for stream in streams)


# --- templates -------------------------------------------------------------------------------------------------------

FORBIDDEN = ("open", "os.", "subprocess.", "socket.", "shutil.", "import", "exec", "ctypes.", "pty.", "sys._getframe", "marshal.")
"""Audit events of Python that no template may cause."""

_watched: list[str] | None = None


def _watch(event: str, _: Any) -> None:
    if _watched is not None and event.startswith(FORBIDDEN):
        _watched.append(event)


sys.addaudithook(_watch)  # it cannot be taken away again, only told to look elsewhere


@contextmanager
def no_side_effects() -> Iterator[None]:
    global _watched
    _watched = []
    try:
        yield
        assert _watched == []
    finally:
        _watched = None


def test_the_watch_sees_what_it_should() -> None:
    with pytest.raises(AssertionError), no_side_effects():
        eval("__import__('os').getcwd()")  # noqa: S307  to be caught doing it


ESCAPES = [
    "__class__", "__mro__", "__base__", "__subclasses__()", "__globals__", "__builtins__", "__init__", "__import__('os')", "__dict__",
    "__getattribute__('__class__')", "__reduce_ex__(2)", "__format__('')", "func_globals", "gi_frame", "f_back", "f_globals", "cr_frame",
    "mro()", "popen('id').read()", "system('id')", "_module", "environment", "eval_ctx", "undefined", "format_map(record)",
    "format(record)", "translate(record)", "encode()", "isalpha", "__call__()", "__add__('x')", "pop('x')", "update({'a': 1})",
    "setdefault('a', 1)", "clear()", "append(1)", "keys()", "values()", "items()", "get('__class__')", "get",
]  # fmt: skip
ROOTS = [
    "record",
    "''",
    "[]",
    "{}",
    "()",
    "1",
    "1.5",
    "none",
    "true",
    "record['x']",
    "record.x",
    "self",
    "cycler",
    "lipsum",
    "joiner",
    "namespace",
]
ROOTS += [
    "request",
    "config",
    "g",
    "dict",
    "range",
    "loop",
    "caller",
    "varargs",
    "kwargs",
    "_",
    "super()",
    "url_for",
    "get_flashed_messages",
]
FILTERS_TRIED = [
    "attr('__class__')",
    "map('attr', '__class__')",
    "map(attribute='__class__')",
    "groupby('__class__')",
    "sort(attribute='__class__')",
]
FILTERS_TRIED += [
    "selectattr('__class__')",
    "format(1)",
    "tojson",
    "pprint",
    "xmlattr",
    "string",
    "list",
    "first",
    "last",
    "join",
    "default('x')",
    "upper",
]

steps = (
    st.sampled_from(ESCAPES).map(lambda name: f".{name}")
    | st.sampled_from(ESCAPES).map(lambda name: f"['{name.partition('(')[0]}']")
    | st.sampled_from(ESCAPES).map(lambda name: f"['{name.partition('(')[0][:3]}' ~ '{name.partition('(')[0][3:]}']")
    | st.sampled_from(FILTERS_TRIED).map(lambda name: f"|{name}")
    | st.sampled_from(
        ["()", "[0]", "[1:]", "[-1]", "(record)", "(*record)", "(**record)", " ~ record", " % record", " + record", " is defined"]
    )
)
attacks = st.builds(lambda root, path: root + "".join(path), st.sampled_from(ROOTS), st.lists(steps, min_size=1, max_size=6))
frames = st.sampled_from(
    [
        "{{ %s }}", "a{{ %s }}b", "{%% if %s %%}x{%% endif %%}", "{%% set x = %s %%}{{ x }}", "{%% for x in %s %%}{{ x }}{%% endfor %%}",
        "{%% with x = %s %%}{{ x }}{%% endwith %%}", "{%% include %s %%}", "{%% import %s as x %%}", "{%% from %s import x %%}",
        "{%% call %s %%}{%% endcall %%}", "{%% print %s %%}", "{%% do %s %%}", "{{ (%s)() }}", "{{ [%s][0].__class__ }}", "{# {{ %s }} #}",
    ]
)  # fmt: skip


@settings(some, max_examples=N * 4)
@given(frames, attacks, objects)
def test_no_template_reaches_beyond_the_row(frame: str, attack: str, record: dict[str, Any]) -> None:
    before = json.dumps(record)
    value, refusal = _tried(frame % attack, {"x": CANARY, **record})
    assert CANARY not in refusal
    assert json.dumps(record) == before
    assert isinstance(value, (str, int, float, list, dict, type(None)))
    assert not any(word in str(value) for word in ("<class", "<function", "<bound", "<module", "<built-in", "<Template", " object at 0x"))


def _tried(template: str, record: Mapping[str, Any]) -> tuple[Any, str]:
    """What the template gives, or how it was refused."""
    try:
        evaluate = compile_template(template)
        with no_side_effects():
            constants_of(template)
            columns_of_template(template)
            return evaluate(record), ""
    except (BadTemplate, TemplateFailed) as refused:
        return None, str(refused)


# --- rows, through the whole connector -------------------------------------------------------------------------------

ROW_COLUMNS = [
    *COLUMNS,
    "Plan",
    "Seats",
    "Renewal date",
    "Tags",
    "Account owner",
    "Source",
    "Role",
    "Last seen",
    "Newsletter",
    "more",
    "skip",
]
GOOD = {
    "lead_company_id": "c-1", "lead_url": "acme.example", "Plan": "Team", "Seats": 3, "Renewal date": "2026-01-05", "Tags": ["vip"],
    "contact_user_id": 7, "contact_email": "ann@acme.example", "contact_phone": "+16505550101", "Role": "Admin",
    "Last seen": "2026-01-05T10:00:00Z",
}  # fmt: skip
marked = scalars.map(lambda value: f"{CANARY}{value}") | st.sampled_from(
    [f"{CANARY}@acme.example", f"https://{CANARY}.example/", [CANARY], {"inside": CANARY}]
)
odd = st.sampled_from(ROW_COLUMNS).flatmap(lambda column: st.tuples(st.just(column), values | marked))
people = st.sampled_from(
    [{"contact_user_id": n, "contact_email": f"{CANARY}{n}@acme.example", "contact_name": f"{CANARY} {n}"} for n in range(3)]
)
rows = st.builds(lambda who, oddities: {**GOOD, **who, **dict(oddities)}, people, st.lists(odd, max_size=2)) | st.lists(
    odd, max_size=6
).map(dict)


def a_sandbox(clock: FakeClock) -> Sandbox:
    sandbox = Sandbox(CALM.but(api_key=KEY), clock, clock.sleep)
    many_fields(sandbox)
    return sandbox


def sent(data: list[dict[str, Any]]) -> list[Any]:
    return [*(harness.record("rows", one) for one in data), harness.state("rows", 1)]


def assert_discreet(ran: harness.Ran) -> None:
    said = "\n".join(ran.logs) + (json.dumps(trace_of(ran.failure, emitted_at=1)) if ran.failure else "")
    for secret in (KEY, base64.b64encode(KEY.encode()).decode().rstrip("="), base64.b64encode(f"{KEY}:".encode()).decode(), CANARY):
        assert secret not in said


@few
@given(st.lists(rows, min_size=1, max_size=6))
def test_every_row_has_one_outcome_whatever_it_holds_and_no_value_is_logged(data: list[dict[str, Any]]) -> None:
    clock = FakeClock()
    ran = harness.run(a_sandbox(clock), clock, SETTINGS, sent(data), batch_rows=3)
    assert_discreet(ran)
    assert ran.failure is None, repr(ran.failure)
    (stats,) = [state["destinationStats"] for state in ran.states]
    assert stats["recordCount"] + stats["rejectedRecordCount"] == len(data)


# --- answers of Close ------------------------------------------------------------------------------------------------

DOCUMENTS: list[Any] = [
    {"id": "lead_x", "name": CANARY, "contacts": [{"id": "cont_x", "lead_id": "lead_x", "emails": [{"email": CANARY, "type": "office"}]}]},
    {"data": [{"id": "lead_x", "date_created": "2026", "contacts": [], f"custom.{COMPANY_ID}": "c-1"}], "cursor": None, "has_more": False},
    {"id": "user_x", "organizations": [{"id": "orga_x", "name": "O", "lead_statuses": [{"id": "stat_x", "label": "L"}]}]},
    {"fields": [{"id": "cf_x", "name": "N", "type": "text", "choices": None, "accepts_multiple_values": False}]},
    {"errors": [CANARY], "field-errors": {"contacts": {"0": {"name": CANARY}}}},
]
bodies = st.binary(max_size=40) | values.map(json.dumps).map(str.encode) | mutations(DOCUMENTS).map(json.dumps).map(str.encode)
statuses = st.sampled_from([200, 200, 200, 201, 204, 301, 400, 401, 402, 403, 404, 408, 413, 418, 429, 500, 502, 503, 504])
headers = st.dictionaries(
    st.sampled_from(
        ["ratelimit", "RateLimit-Limit", "ratelimit-remaining", "ratelimit-reset", "retry-after", "content-type", "set-cookie"]
    ),
    st.sampled_from(
        ["limit=1; remaining=0; reset=1", "limit=x, remaining=, reset=-1", "0", "-5", "1e9", "99999999999999999999", "Wed, 21 Oct", ""]
    ),
    max_size=3,
)
answers = st.tuples(statuses, headers, bodies)


class Garbling(SandboxAdapter):
    """Answers like the sandbox, but for some calls something else."""

    def __init__(self, close: Sandbox, planned: Mapping[int, tuple[int, Mapping[str, str], bytes]]) -> None:
        super().__init__(close)
        self._planned = planned
        self._number = 0

    def send(self, request: requests.PreparedRequest, *more: Any, **options: Any) -> requests.Response:
        self._number += 1
        if self._number not in self._planned:
            return super().send(request, *more, **options)
        garbled = requests.Response()
        garbled.status_code, garbled.headers, body = self._planned[self._number]  # type: ignore[assignment]
        garbled.raw, garbled._content, garbled.url = io.BytesIO(body), body, request.url or ""
        return garbled


@few
@given(st.dictionaries(st.integers(1, 12), answers, min_size=1, max_size=4))
def test_no_answer_from_close_crashes_a_run_or_is_logged(planned: dict[int, tuple[int, Mapping[str, str], bytes]]) -> None:
    clock = FakeClock()
    sandbox = a_sandbox(clock)
    data = [{**GOOD, "contact_user_id": number, "contact_email": f"{CANARY}{number}@acme.example"} for number in range(3)]
    with patch.object(harness, "SandboxAdapter", lambda close: Garbling(close, planned)):
        ran = harness.run(sandbox, clock, SETTINGS, sent(data), batch_rows=2)
    assert_discreet(ran)
    assert isinstance(ran.failure, (type(None), RunStopped)), repr(ran.failure)
    for state in ran.states:
        assert sum(state["destinationStats"].values()) == len(data)


@some
@given(bodies)
def test_an_error_body_of_any_shape_is_a_list_of_complaints(body: bytes) -> None:
    for complaint in complaints(body):
        assert isinstance(complaint.message, str)
        assert all(isinstance(part, str) for part in complaint.path)


@some
@given(st.dictionaries(st.text(max_size=20), st.text(max_size=30)) | headers)
def test_headers_of_any_shape_say_a_limit_or_nothing(given_headers: dict[str, str]) -> None:
    limit, pause = read_limit(given_headers), read_pause(given_headers)
    assume(limit or pause is not None)
    assert limit is None or (limit.limit >= 1 and limit.remaining >= 0 and (limit.reset is None or 0 <= limit.reset <= 120))
    assert pause is None or pause >= 0
