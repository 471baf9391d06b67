"""Does the image do what Airbyte's platform asks of it?

Each trial gives nothing where all is well, else what is wrong.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from destination_close.settings import packaged_spec
from destination_close.version import VERSION
from integration_tests.close_sandbox.close import Close
from integration_tests.close_sandbox.server import Running, running_server
from integration_tests.image.engines import IMAGE, PROJECT, Engine

Json = dict[str, Any]

CODE = "/airbyte/integration_code"
SAMPLES = PROJECT / "integration_tests" / "sample_files"
GIVEN = "/dest"
"""Where the platform puts the files of a verb, and starts from."""

SEARCH_LAG_SECONDS = 5
"""Far more than the sandbox's; a second run waits for as long."""

PEOPLE = ["Ann Lee", "Bob Okafor", "Chloé García"]
"""Who is in Close after the sample messages."""

UNWELCOME = (
    "find / -xdev '(' -name .git -o -name unit_tests -o -name integration_tests -o -name secrets ')' -not -path '/proc/*' 2>/dev/null"
)
COMPILERS = "for name in cc gcc g++ clang make ld; do command -v $name; done; true"
PACKAGE = f"{CODE}/venv/lib/python3*/site-packages/destination_close"
UNCOMPILED = f"cd {PACKAGE} && for f in *.py; do ls __pycache__/${{f%.py}}.*.pyc >/dev/null || echo $f; done"
WRITABLE = f"find {CODE} -writable -not -type l 2>/dev/null | head -3"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one run of the image printed."""

    exit_code: int
    out: str
    err: str

    @property
    def messages(self) -> list[Json]:
        return [json.loads(line) for line in self.out.splitlines()]

    def of_type(self, kind: str) -> list[Json]:
        return [message for message in self.messages if message["type"] == kind]


@dataclass(frozen=True, slots=True)
class Image:
    """The image, with the sample files beside it and a sandbox to write to."""

    engine: Engine
    tag: str
    folder: Path
    server: Running

    @property
    def close(self) -> Close:
        return self.server.close

    def run(self, *command: str, given: bytes = b"") -> Answer:
        files = {self.folder / name: f"{GIVEN}/{name}" for name in ("config.json", "configured_catalog.json")}
        done = self.engine.run(self.tag, command, given=given, env={"CLOSE_API_BASE_URL": self.server.api_url}, binds=files)
        return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())

    def verb(self, verb: str, *options: str, given: bytes = b"") -> Answer:
        return self.run(f"{CODE}/venv/bin/destination-close", verb, *options, given=given)


def try_image(engine: Engine, tag: str) -> Iterator[tuple[str, str]]:
    """Each trial by name, with what is wrong."""
    with running_server(preset="empty") as server, tempfile.TemporaryDirectory() as folder:
        image = Image(engine, tag, Path(folder), server)
        config = {**json.loads((SAMPLES / "config.json").read_bytes()), "search_lag_seconds": SEARCH_LAG_SECONDS}
        (image.folder / "config.json").write_text(json.dumps(config))
        shutil.copyfile(SAMPLES / "configured_catalog.json", image.folder / "configured_catalog.json")
        image.folder.chmod(0o755)
        for trial in TRIALS:
            yield trial.__name__.replace("_", " "), trial(image)


def its_settings_are_those_the_platform_reads(image: Image) -> str:
    settings: Mapping[str, Any] = image.engine.settings(image.tag)
    env = dict(entry.split("=", 1) for entry in settings["Env"])
    labels = settings["Labels"]
    found = {
        "AIRBYTE_ENTRYPOINT": env.get("AIRBYTE_ENTRYPOINT"),
        "Entrypoint": " ".join(settings["Entrypoint"]),
        "PYTHONUNBUFFERED": env.get("PYTHONUNBUFFERED"),
        "PYTHONDONTWRITEBYTECODE": env.get("PYTHONDONTWRITEBYTECODE"),
        "User": settings["User"].split(":")[0],
        "name": labels.get("io.airbyte.name"),
        "version": labels.get("io.airbyte.version"),
    }
    program = f"{CODE}/venv/bin/destination-close"
    wanted = {
        "AIRBYTE_ENTRYPOINT": program,
        "Entrypoint": program,
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": None,
        "User": "1000",
        "name": IMAGE,
        "version": VERSION,
    }
    return _differs(found, wanted)


def it_runs_as_uid_1000_and_may_not_write_its_code(image: Image) -> str:
    return _differs(image.run("/bin/sh", "-c", f"id -u; {WRITABLE}; touch {CODE}/x 2>/dev/null || echo no").out.split(), ["1000", "no"])


def it_has_the_programs_of_the_platforms_wrapper(image: Image) -> str:
    missing = image.run("/bin/sh", "-c", "for name in sh sleep mv kill; do command -v $name >/dev/null || echo $name; done").out
    return f"missing: {missing.split()}" if missing else ""


def it_holds_no_secrets_tests_or_compilers(image: Image) -> str:
    return _differs(image.run("/bin/sh", "-c", f"{UNWELCOME}; {COMPILERS}; ls -A {CODE}").out.split(), ["venv"])


def its_code_is_compiled(image: Image) -> str:
    return _differs(image.run("/bin/sh", "-c", UNCOMPILED), Answer(0, "", ""))


def spec_is_answered_at_once(image: Image) -> str:
    timed = "import subprocess, sys, time; a = time.time(); subprocess.run(sys.argv[1:], stdout=2); print(time.time() - a)"
    answer = image.run(f"{CODE}/venv/bin/python", "-c", timed, f"{CODE}/venv/bin/destination-close", "spec")
    spec = json.loads(answer.err.splitlines()[0])["spec"]
    took = float(answer.out)
    return _differs(spec, packaged_spec()) or (f"it took {took:.1f} s" if took > 1 else "")


def check_succeeds(image: Image) -> str:
    (message,) = image.verb("check", "--config", f"{GIVEN}/config.json").of_type("CONNECTION_STATUS")
    return _differs(message["connectionStatus"]["status"], "SUCCEEDED")


def discover_offers_contacts_and_leads(image: Image) -> str:
    (message,) = image.verb("discover", "--config", f"{GIVEN}/config.json").of_type("DESTINATION_CATALOG")
    return _differs({operation["object_name"] for operation in message["destination_catalog"]["operations"]}, {"contact", "lead"})


def write_through_the_platforms_shell_lands_in_close(image: Image) -> str:
    write = f'cd {GIVEN} && eval "$AIRBYTE_ENTRYPOINT write --config {GIVEN}/config.json --catalog {GIVEN}/configured_catalog.json"'
    answer = image.run("/bin/sh", "-c", write, given=_messages())
    return _written(image, answer)


def write_again_changes_nothing(image: Image) -> str:
    before = len(image.close.events)
    answer = image.verb("write", "--config", f"{GIVEN}/config.json", "--catalog", f"{GIVEN}/configured_catalog.json", given=_messages())
    return _written(image, answer) or _differs(len(image.close.events), before)


def its_start_takes_a_second_or_two(image: Image) -> str:
    started = time.monotonic()
    image.verb("spec")
    around = time.monotonic() - started
    started = time.monotonic()
    image.verb("check", "--config", f"{GIVEN}/config.json")
    took = time.monotonic() - started - around
    return f"check took {took:.1f} s" if took > 5 else ""


TRIALS = (
    its_settings_are_those_the_platform_reads,
    it_runs_as_uid_1000_and_may_not_write_its_code,
    it_has_the_programs_of_the_platforms_wrapper,
    it_holds_no_secrets_tests_or_compilers,
    its_code_is_compiled,
    spec_is_answered_at_once,
    check_succeeds,
    discover_offers_contacts_and_leads,
    write_through_the_platforms_shell_lands_in_close,
    write_again_changes_nothing,
    its_start_takes_a_second_or_two,
)


def _messages() -> bytes:
    return (SAMPLES / "messages.jsonl").read_bytes()


def _written(image: Image, answer: Answer) -> str:
    traces, states = answer.of_type("TRACE"), answer.of_type("STATE")
    people = sorted(contact["name"] for contact in image.close.contacts.values())
    return _differs((answer.exit_code, len(traces), bool(states), people), (0, 0, True, PEOPLE))


def _differs(found: object, wanted: object) -> str:
    return "" if found == wanted else f"found {found!r}, not {wanted!r}"[:2000]
