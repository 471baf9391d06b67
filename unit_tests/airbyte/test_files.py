"""Does a file that cannot be read say why and where, without quoting it?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from destination_close.airbyte import kind_of, read_json
from destination_close.model import ConfigError

SECRET = "s3cretS3cret"


def refusal(file: Path | str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_json(str(file))
    assert SECRET not in caught.value.message
    assert SECRET not in str(caught.value.internal)
    return caught.value.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_is_read_in_the_encodings_that_it_comes_in(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"name": "Söhne"}\n', encoding=encoding)
    assert read_json(str(file)) == {"name": "Söhne"}


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    assert refusal(tmp_path / "config.json") == f"There is no file {tmp_path / 'config.json'}."
    assert refusal(tmp_path / "no folder" / "config.json") == f"There is no file {tmp_path / 'no folder' / 'config.json'}."


def test_a_folder_and_a_name_that_is_none_are_told_so(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"The file {tmp_path} cannot be read: Is a directory."
    assert refusal("a\0b").endswith("cannot be read: it has no name that a file can have.")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_that_may_not_be_read_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.touch(mode=0o000)
    assert refusal(file) == f"The file {file} cannot be read: Permission denied."


@pytest.mark.parametrize("content", ["", " \n"])
def test_an_empty_file_is_told_so(tmp_path: Path, content: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(content)
    assert refusal(file) == f"The file {file} is empty; it must be JSON."


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ('{\n  "api_key": "s3cretS3cret"\n  "mappings": []\n}', "line 3, column 3: expecting ',' delimiter"),
        ('{"api_key": "s3cretS3cret', "line 1, column 13: unterminated string"),
        ('{"api_key": s3cretS3cret}', "line 1, column 13: expecting value"),
        ("{'api_key': 's3cretS3cret'}", "line 1, column 2: expecting property name enclosed in double quotes"),
        ('{"api_key": "s3cretS3cret"}}', "line 1, column 28: extra data"),
        ('{"api_key": "s3cretS3\ncret"}', "line 1, column 22: invalid control character"),
        ("api_key: s3cretS3cret\n", "line 1, column 1: expecting value"),
    ],
)
def test_broken_json_is_told_by_line_and_column(tmp_path: Path, content: str, where: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(content)
    assert refusal(file) == f"The file {file} is not JSON: {where}."


def test_bytes_that_are_no_text_are_told_by_line_and_byte(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_bytes(b'{"api_key":\n "s3cretS3cret\xff"}')
    assert refusal(file) == f"The file {file} is not JSON: line 2, byte 15 of it: no text in UTF-8."


@pytest.mark.parametrize("content", ["[" * 200_000, "1" * 5_000])
def test_what_python_cannot_take_is_told_so(tmp_path: Path, content: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(content)
    assert "is not JSON that can be read" in refusal(file)


def test_every_kind_of_value_has_a_word() -> None:
    assert [kind_of(value) for value in (None, True, 1, 1.5, "x", [], {})] == [
        *("null", "true or false", "a number", "a number", "text", "a list", "an object")
    ]
