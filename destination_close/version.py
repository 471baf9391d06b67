"""Which version is this?"""

from pathlib import Path

VERSION = (Path(__file__).parent / "VERSION").read_text(encoding="ascii").strip()
