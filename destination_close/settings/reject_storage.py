"""Where does the user want to keep rejected records? (pure)

The setting `object_storage_config` has the names and structure that Airbyte's platform reads: it finds the bucket there and
links to it next to the count of rejected records.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from destination_close.settings.reject_layout import FILE_NAME_FORMAT, PATH_FORMAT, Layout, pattern_problems
from destination_close.settings.section import Section

SETTING = "object_storage_config"
TYPES = ("None", "S3", "Local")
DEFAULT_LAYOUT = Layout()


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder that the connector can write to, such as a Docker volume."""

    path: str
    layout: Layout = DEFAULT_LAYOUT


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket on S3 or an S3-compatible server."""

    name: str
    region: str | None = None
    endpoint: str | None = None
    """None: Amazon S3."""

    path: str = ""
    """The prefix of every key, without a slash at either end."""

    access_key_id: str | None = field(default=None, repr=False)
    secret_access_key: str | None = field(default=None, repr=False)
    """Without the pair: the default credentials of the process, as in every AWS tool."""

    role_arn: str | None = None
    layout: Layout = DEFAULT_LAYOUT


ObjectStorage = LocalFolder | Bucket


def read_reject_storage(top: Section) -> ObjectStorage | None:
    """What the settings say; None: rejected records are only counted."""
    section = top.section(SETTING)
    if section is None:
        return None
    match section.text("storage_type"):
        case "Local":
            return _local(section)
        case "S3":
            return _bucket(section)
        case None:
            section.refuse_absent("storage_type", f"choose one of {', '.join(TYPES)}")
        case "None":
            pass
        case _:
            section.refuse("storage_type", f"choose one of {', '.join(TYPES)}")
    return None


def _local(section: Section) -> LocalFolder | None:
    path = section.text("local_path")
    if path is None:
        section.refuse_absent("local_path", "enter the folder for rejected records")
        return None
    return LocalFolder(path, _layout(section))


def _bucket(section: Section) -> Bucket | None:
    name = section.text("s3_bucket_name")
    key, secret = section.text("access_key_id"), section.text("secret_access_key")
    if name is None:
        section.refuse_absent("s3_bucket_name", "enter the name of the bucket")
    if bool(key) != bool(secret):
        section.refuse("secret_access_key" if key else "access_key_id", "enter both parts of the access key, or neither")
    layout = _layout(section)
    if name is None:
        return None
    return Bucket(
        name=name,
        region=section.text("s3_bucket_region"),
        endpoint=_with_scheme(section.text("s3_endpoint")),
        path=(section.text("bucket_path") or "").strip("/"),
        access_key_id=key,
        secret_access_key=secret,
        role_arn=section.text("role_arn"),
        layout=layout,
    )


def _with_scheme(endpoint: str | None) -> str | None:
    return f"https://{endpoint}" if endpoint and "://" not in endpoint else endpoint


def _layout(section: Section) -> Layout:
    written = _word(section, "format", "format_type", ("JSONL", "CSV"))
    compression = _word(section, "compression", "compression_type", ("No Compression", "GZIP"))
    layout = Layout(
        format="CSV" if written == "CSV" else "JSONL",
        gzipped=compression == "GZIP",
        path_format=PATH_FORMAT if (path := section.text("path_format")) is None else path,
        file_name_format=FILE_NAME_FORMAT if (name := section.text("file_name_format")) is None else name,
    )
    for setting, problem in pattern_problems(layout):
        section.refuse(setting, problem)
    return layout


def _word(section: Section, name: str, kind: str, known: tuple[str, ...]) -> str | None:
    inner = section.section(name)
    found = inner.text(kind) if inner else None
    if inner and found is not None and found not in known:
        inner.refuse(kind, f"choose one of {', '.join(known)}")
    return found
