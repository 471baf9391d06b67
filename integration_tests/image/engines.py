"""Which program builds and runs images here?

Docker, where an engine answers. Else buildah, which needs neither a daemon nor a kernel that allows containers inside one:
it keeps images as plain folders and runs them in a chroot.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

PROJECT = Path(__file__).parents[2]
IMAGE = "airbyte/destination-close"
LOCAL_BASE = "localhost/python-connector-base:local"

DEBIAN = "bookworm"
DEBIAN_PACKAGES = ("python3", "python3-venv", "python3-pip", "ca-certificates")
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
"""Those of this machine hold while pip runs inside: it may have some of its own."""

Binds = Mapping[Path, str]
"""What of this machine is seen inside, and where; read-only."""


class Engine(Protocol):
    """Builds images and runs programs in them."""

    def build(self, tag: str, version: str) -> str:
        """The image of the project; gives the base it stands on."""

    def size(self, image: str) -> int:
        """Bytes of the image."""

    def settings(self, image: str) -> Mapping[str, object]:
        """The OCI settings of the image: Env, Labels, User, Entrypoint."""

    def run(
        self, image: str, command: Sequence[str], *, given: bytes = b"", env: Mapping[str, str] | None = None, binds: Binds | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command in the image as uid 1000, in the network of this machine."""


def find_engine() -> Engine:
    """The engine of this machine; buildah is installed where it can be."""
    if shutil.which("docker") and _succeeds(["docker", "info"]):
        return Docker()
    install_packages(*(name for name in ("buildah", "debootstrap") if not shutil.which(name)))
    return Buildah()


def install_packages(*names: str) -> None:
    """With apt; says what to do where that is not possible."""
    if not names:
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise SystemExit(f"There is no Docker engine. Start one, or install {' and '.join(names)}.")
    print(f"Installing {' and '.join(names)} ...", flush=True)
    subprocess.run(["apt-get", "update", "-qq"], check=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "install", "-y", "-qq", *names], check=True, env=quiet, stdout=subprocess.DEVNULL)


# --- docker ----------------------------------------------------------------------------------------------------------


class Docker:
    """With the base image that the Dockerfile names."""

    def build(self, tag: str, version: str) -> str:
        base = os.environ.get("BASE_IMAGE") or base_image()
        arguments = ["--build-arg", f"BASE_IMAGE={base}", "--build-arg", f"VERSION={version}"]
        subprocess.run(["docker", "build", *arguments, "--tag", tag, "."], cwd=PROJECT, check=True)
        # no image of its own is left of the base where it was pulled for the build alone
        subprocess.run(["docker", "pull", "--quiet", base], check=False, stdout=subprocess.DEVNULL)
        return base

    def size(self, image: str) -> int:
        return int(_output(["docker", "image", "inspect", "--format", "{{.Size}}", image]))

    def settings(self, image: str) -> Mapping[str, object]:
        found: Mapping[str, object] = json.loads(_output(["docker", "image", "inspect", "--format", "{{json .Config}}", image]))
        return found

    def run(
        self, image: str, command: Sequence[str], *, given: bytes = b"", env: Mapping[str, str] | None = None, binds: Binds | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        options = ["--rm", "--interactive", "--network=host", "--user=1000:1000", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
        options += [f"--env={name}={value}" for name, value in (env or {}).items()]
        options += [f"--volume={path}:{inside}:ro" for path, inside in (binds or {}).items()]
        return subprocess.run(
            ["docker", "run", *options, f"--entrypoint={command[0]}", image, *command[1:]], input=given, capture_output=True, check=False
        )


def base_image() -> str:
    """The base image that the Dockerfile names."""
    line = next(line for line in (PROJECT / "Dockerfile").read_text().splitlines() if line.startswith("ARG BASE_IMAGE="))
    return line.partition("=")[2]


# --- buildah ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Buildah:
    """Where Airbyte's base image cannot be had, with a small Debian of the same shape."""

    env: Mapping[str, str] = field(
        default_factory=lambda: {**os.environ, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot", "BUILDAH_FORMAT": "docker"}
    )

    def build(self, tag: str, version: str) -> str:
        base = os.environ.get("BASE_IMAGE") or self._local_base()
        options = ["--build-arg", f"BASE_IMAGE={base}", "--build-arg", f"VERSION={version}", "--layers=false", "--tag", tag]
        options += ["--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro"] if Path(CERTIFICATES).exists() else []
        self._do("bud", *options, ".", cwd=PROJECT)
        return base

    def size(self, image: str) -> int:
        return int(json.loads(self._ask("inspect", "--type=image", image)).get("Docker", {}).get("size", 0)) or self._folder_size(image)

    def settings(self, image: str) -> Mapping[str, object]:
        found: Mapping[str, object] = json.loads(self._ask("inspect", "--type=image", image))["Docker"]["config"]
        return found

    def run(
        self, image: str, command: Sequence[str], *, given: bytes = b"", env: Mapping[str, str] | None = None, binds: Binds | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        container = self._ask("from", "--pull-never", image)
        try:
            options = ["--user=1000:1000", "--cap-drop=ALL"]
            options += [f"--env={name}={value}" for name, value in (env or {}).items()]
            options += [f"--volume={path}:{inside}:ro" for path, inside in (binds or {}).items()]
            return subprocess.run(
                ["buildah", "run", *options, container, "--", *command], input=given, capture_output=True, check=False, env=self.env
            )
        finally:
            self._ask("rm", container)

    def _local_base(self) -> str:
        """Made once; `buildah rmi` of it makes it anew."""
        if not _succeeds(["buildah", "inspect", "--type=image", LOCAL_BASE], self.env):
            folder = PROJECT / ".tmp" / "base"
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(exist_ok=True)
            try:
                self._bootstrap(folder)
                self._commit(folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        return LOCAL_BASE

    def _bootstrap(self, folder: Path) -> None:
        print(f"Making a base image of Debian {DEBIAN} (once; two minutes) ...", flush=True)
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={','.join(DEBIAN_PACKAGES)}", DEBIAN, str(folder)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        for leftovers in ("var/cache/apt", "var/lib/apt/lists"):
            shutil.rmtree(folder / leftovers, ignore_errors=True)
        # as in Airbyte's base image
        subprocess.run(["chroot", str(folder), "useradd", "--uid", "1000", "--create-home", "airbyte"], check=True)

    def _commit(self, folder: Path) -> None:
        container = self._ask("from", "scratch")
        try:
            self._do("add", "--quiet", container, str(folder), "/")
            self._do("commit", "--quiet", container, LOCAL_BASE)
        finally:
            self._ask("rm", container)

    def _folder_size(self, image: str) -> int:
        """What the image holds, unpacked."""
        container = self._ask("from", "--pull-never", image)
        try:
            return int(_output(["du", "--summarize", "--bytes", self._ask("mount", container)]).split()[0])
        finally:
            self._ask("rm", container)

    def _do(self, *arguments: str, cwd: Path | None = None) -> None:
        subprocess.run(["buildah", *arguments], check=True, env=self.env, cwd=cwd)

    def _ask(self, *arguments: str) -> str:
        return _output(["buildah", *arguments], self.env)


# --- processes -------------------------------------------------------------------------------------------------------


def _output(command: Sequence[str], env: Mapping[str, str] | None = None) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout.strip()


def _succeeds(command: Sequence[str], env: Mapping[str, str] | None = None) -> bool:
    return subprocess.run(command, capture_output=True, check=False, env=env).returncode == 0
