"""What did the user ask for?

Reads the config of a connection, names everything that is wrong with it at once, and holds `spec.json`.
Exports: `Config` and its parts, `parse_config`, `read_config`, `packaged_spec`.
"""

from __future__ import annotations

from destination_close.settings.config import Config, CustomColumn, OnInvalidValue, StreamMapping, as_message, parse_config, read_config
from destination_close.settings.guards import GUARD_WORDS, GUARDS_SETTING, Guards
from destination_close.settings.policies import OVERWRITE, Policy, WritePolicy
from destination_close.settings.reject_layout import DATE_WORDS, MOMENTS, PATTERN_VARIABLE, UNSAFE_CHARACTERS, Layout
from destination_close.settings.reject_storage import Bucket, LocalFolder, ObjectStorage
from destination_close.settings.spec import packaged_spec, spec_message

__all__ = [
    "DATE_WORDS",
    "GUARDS_SETTING",
    "GUARD_WORDS",
    "MOMENTS",
    "OVERWRITE",
    "PATTERN_VARIABLE",
    "UNSAFE_CHARACTERS",
    "Bucket",
    "Config",
    "CustomColumn",
    "Guards",
    "Layout",
    "LocalFolder",
    "ObjectStorage",
    "OnInvalidValue",
    "Policy",
    "StreamMapping",
    "WritePolicy",
    "as_message",
    "packaged_spec",
    "parse_config",
    "read_config",
    "spec_message",
]
