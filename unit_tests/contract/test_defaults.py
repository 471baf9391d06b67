"""Do the sandbox's defaults follow what was found out of the real Close?"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from integration_tests.close_sandbox import facts, settings
from integration_tests.close_sandbox.settings import Settings


@pytest.fixture
def with_findings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of the settings, as it would be with these findings on record."""
    name = "settings_with_findings"

    def load(found: Mapping[str, Any]) -> ModuleType:
        monkeypatch.setattr(facts, "FOUND", found)
        monkeypatch.setattr(facts, "ASKED", {})
        spec = importlib.util.spec_from_file_location(name, str(settings.__file__))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module

    yield load
    sys.modules.pop(name, None)


def test_a_finding_is_the_default_and_what_was_not_found_stays(with_findings: Any) -> None:
    found = {"index_lag": 4.2, "nested_contact_fields": "no_custom", "edge_limit": [60, 100], "limits": {"post": 100}, "words": {"odd": []}}
    made = with_findings(found)
    fresh = made.Settings()
    assert (fresh.index_lag, fresh.nested_contact_fields, fresh.edge_limit, fresh.limit("post")) == (4.2, "no_custom", (60, 100), 100)
    assert fresh.schemeless_url == Settings().schemeless_url
    assert made.CALM.index_lag == 0.0


def test_without_findings_the_defaults_are_those_of_the_recordings(with_findings: Any) -> None:
    fresh = with_findings({}).Settings()
    assert (fresh.window, fresh.window_start, fresh.shared_groups, fresh.nested_contact_fields) == (8.0, "grid", True, "asked")


def test_every_finding_on_record_is_a_value_that_the_sandbox_knows() -> None:
    hints = get_type_hints(Settings)
    odd = {
        name: value for name, value in facts.FOUND.items() if get_origin(hints.get(name)) is Literal and value not in get_args(hints[name])
    }
    assert odd == {}
