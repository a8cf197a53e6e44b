"""The committed data files: what they are, whether they still are that, and how to make them again."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grader.errors import InputError, NotHeld
from grader.stamp import Kept
from grader.table import Table, read_toml

MANIFEST = "manifest.toml"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*\.parquet")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_digests: Kept[str] = Kept()


@dataclass(frozen=True)
class DataFile:
    """One file of ``datasets/``. ``sha256`` is 64 hex digits; ``recipe`` names a script of ``recipes/``."""

    name: str
    about: str
    source: str
    licence: str
    sha256: str
    rows: int
    recipe: str


def folder() -> Path:
    """The folder of the data files, beside the grader package in the checkout."""
    return Path(__file__).resolve().parent.parent / "datasets"


def load_manifest(root: Path | None = None) -> tuple[DataFile, ...]:
    """Every file the manifest names, in its order; InputError with one line if the manifest is broken."""
    manifest = read_toml((root or folder()) / MANIFEST, f"datasets/{MANIFEST}")
    if manifest.whole("format") != 1:
        raise manifest.fault("format must be 1")
    files = tuple(_data_file(table) for table in manifest.tables("file"))
    manifest.close()
    names = [file.name for file in files]
    for name in names:
        if names.count(name) > 1:
            raise manifest.fault(f"{name} is named twice")
    return files


def verify(root: Path | None = None) -> list[str]:
    """What is wrong with the data files, one line each; an empty list if all is as the manifest says."""
    root = root or folder()
    files = load_manifest(root)
    problems = [problem for file in files if (problem := _problem(file, root / file.name))]
    known = {file.name for file in files} | {MANIFEST}
    for path in sorted(root.iterdir()):
        if path.is_file() and path.name not in known and not path.name.startswith("."):
            problems.append(f"{path.name}: not in the manifest")
    return problems


def build(out: Path, root: Path | None = None) -> None:
    """Run every recipe and write into ``out`` what it makes; NotHeld if that is not what the manifest says.

    A recipe fetches its source from the configured package index. The message has, between semicolons, each recipe
    that failed (with its last line), each file that was not made, and each that has other bytes.
    """
    root = root or folder()
    files = load_manifest(root)
    out.mkdir(parents=True, exist_ok=True)
    problems = []
    for recipe in dict.fromkeys(file.recipe for file in files):
        with tempfile.TemporaryDirectory(prefix="ladder-data-") as scratch:
            made = Path(scratch)
            script = root / "recipes" / f"{recipe}.py"
            done = subprocess.run([sys.executable, str(script), str(made)], capture_output=True, text=True)
            if done.returncode != 0:
                last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
                problems.append(f"recipe {recipe}: failed: {last}")
                continue
            for file in (file for file in files if file.recipe == recipe):
                if problem := _problem(file, made / file.name):
                    problems.append(problem)
                if (made / file.name).is_file():
                    shutil.copyfile(made / file.name, out / file.name)
    if problems:
        raise NotHeld("; ".join(problems))


def digest(names: Iterable[str] | None = None, root: Path | None = None) -> str:
    """``sha256:…`` over the names and the present bytes of the data files (all, or the named ones).

    InputError if a name is not in the manifest or a file is missing.
    """
    root = root or folder()
    wanted = None if names is None else tuple(sorted(set(names)))
    return _digests.of((root, wanted), (root,), lambda: _digest(wanted, root))


def _digest(names: tuple[str, ...] | None, root: Path) -> str:
    known = {file.name for file in load_manifest(root)}
    wanted = sorted(known) if names is None else names
    hasher = hashlib.sha256()
    for name in wanted:
        if name not in known:
            raise InputError(f"datasets/{MANIFEST}: there is no data file {name}")
        path = root / name
        if not path.is_file():
            raise InputError(f"datasets/{name}: the file is missing; `ladder data build` makes it again")
        hasher.update(f"{name}\0{_sha256(path)}\0".encode())
    return "sha256:" + hasher.hexdigest()


def _data_file(table: Table) -> DataFile:
    file = DataFile(
        name=table.text("name"),
        about=table.text("about"),
        source=table.text("source"),
        licence=table.text("licence"),
        sha256=table.text("sha256"),
        rows=table.whole("rows", least=1),
        recipe=table.slug("recipe"),
    )
    table.close()
    if not _NAME.fullmatch(file.name):
        raise table.fault("name must be a plain file name that ends in .parquet")
    if not _SHA256.fullmatch(file.sha256):
        raise table.fault("sha256 must be 64 hex digits")
    return file


def _problem(file: DataFile, path: Path) -> str | None:
    if not path.is_file():
        return f"{file.name}: the file is missing"
    found = _sha256(path)
    if found == file.sha256:
        # The rows are the manifest's own claim: with the right bytes, a wrong number is the manifest's fault.
        rows = _rows(path)
        return None if rows == file.rows else f"{file.name}: {rows} rows, not the {file.rows} of the manifest"
    return f"{file.name}: sha256 is {found}, not the {file.sha256} of the manifest"


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _rows(path: Path) -> int:
    from pyarrow import parquet  # a third of a second: only who verifies pays it

    return int(parquet.read_metadata(path).num_rows)
