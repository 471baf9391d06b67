"""What is in a JSON file that we were given, and if nothing can be had of it, why?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from destination_close.model import ConfigError


def read_json(path: str) -> Any:
    """The value in the file; raises ConfigError, which never quotes what stands in it."""
    file = Path(path)
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"There is no file {path}.") from None
    except (OSError, ValueError) as failure:  # a name with a null byte cannot be a name
        reason = failure.strerror if isinstance(failure, OSError) and failure.strerror else "it has no name that a file can have"
        raise ConfigError(f"The file {path} cannot be read: {reason}.", internal=type(failure).__name__) from None
    if not content.strip():
        raise ConfigError(f"The file {path} is empty; it must be JSON.")
    try:
        return json.loads(content)
    except json.JSONDecodeError as broken:
        where = f"line {broken.lineno}, column {broken.colno}"
        raise ConfigError(f"The file {path} is not JSON: {where}: {_worded(broken.msg)}.") from None
    except UnicodeDecodeError as odd:
        before = content[: odd.start]
        where = f"line {before.count(10) + 1}, byte {len(before) - before.rfind(10)} of it"
        raise ConfigError(f"The file {path} is not JSON: {where}: no text in UTF-8.") from None
    except RecursionError:
        raise ConfigError(f"The file {path} is not JSON that can be read: it is nested too deep.") from None
    except ValueError as odd:
        raise ConfigError(f"The file {path} is not JSON that can be read.", internal=type(odd).__name__) from None


def _worded(message: str) -> str:
    """Python's own words, which end with a position that is given already."""
    return message[:1].lower() + message[1:].removesuffix(" at").removesuffix(" starting")


def kind_of(value: Any) -> str:
    """What a JSON value is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
    return "an object"
