"""Does the README name everything there is?"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from integration_tests.close_sandbox import CALM, RECORDED_LIMITS, Close, Fault, Settings
from integration_tests.close_sandbox.control import Control
from integration_tests.close_sandbox.faults import KINDS
from integration_tests.close_sandbox.presets import PRESETS

README = (Path(__file__).resolve().parents[2] / "integration_tests" / "close_sandbox" / "README.md").read_text(encoding="utf-8")
CONTROLS = Control(Close(CALM), "bare").answer("GET", "nonsense", {}, b"")[1]["try"]


def test_the_readme_names_every_setting_fault_preset_group_and_control() -> None:
    names = [*(one.name for one in fields(Settings)), *KINDS, *PRESETS, *CONTROLS]
    assert [name for name in names if f"`{name}`" not in README] == []
    assert [group for group in RECORDED_LIMITS if group not in README] == []


def test_the_readme_lists_the_parts_of_a_fault_in_order() -> None:
    assert f"`Fault({', '.join(one.name for one in fields(Fault))})`" in README
