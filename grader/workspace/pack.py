"""``ladder pack``: a workspace as one archive, holding exactly what is graded."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

from grader.catalog import find_level
from grader.errors import InputError
from grader.intake import Submission, read_archive, read_submission
from grader.intake.label import FILE as LABEL_FILE
from grader.model import Level
from grader.tree import Tree

LARGE_NOTEBOOK = 2 * 2**20


def pack(folder: Path, out_dir: Path) -> tuple[Path, tuple[str, ...]]:
    """Write ``<dir>-<level>.tar.gz`` into ``out_dir``; its path, and what the learner may want to put right.

    The archive holds what intake keeps of the folder, git histories included, below one top folder; the same
    work gives the same bytes. Warnings are a line each and keep nobody from packing. InputError if the folder is
    no workspace, holds what intake refuses, or the archive cannot be written.
    """
    submission, level = _read(folder)
    name = folder.resolve().name or "workspace"
    target = out_dir / f"{name}-{level.id}.tar.gz"
    earlier = [path for path in submission.tree.files if path.endswith(f"-{level.id}.tar.gz")]
    tree = Tree(
        {path: data for path, data in submission.tree.files.items() if path not in earlier}, submission.tree.executable
    )
    partial = target.with_name(f".{target.name}.part")
    try:
        partial.write_bytes(_taken(tree, name))
        partial.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise InputError(f"{target}: cannot be written: {error.strerror}") from None
    notes = [f"{path} is an earlier pack, and was left out" for path in earlier]
    return target, (*notes, *_warnings(folder, submission, level))


def _taken(tree: Tree, name: str) -> bytes:
    """The archive, below a folder of the workspace's name if intake takes that: what is in a `venv` it passes over."""
    data = archive_of(tree.placed(name))
    try:
        read_archive(data, name)
    except InputError:
        return archive_of(tree.placed("workspace"))
    return data


def _warnings(folder: Path, submission: Submission, level: Level) -> tuple[str, ...]:
    found = list(submission.notes)
    for exercise in level.exercises:
        if exercise.kind == "notebook":
            found += _notebook(f"notebooks/{exercise.id}.ipynb", submission.tree)
        else:
            found += _repo(folder, exercise.id, submission.tree)
    return tuple(found)


def _read(folder: Path) -> tuple[Submission, Level]:
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    if not (folder / LABEL_FILE).is_file():
        raise InputError(f"{folder}: is not a workspace: it has no {LABEL_FILE} (`ladder start` makes one)")
    submission = read_submission(folder)
    assert submission.level_id is not None  # the label is there, and it names a level or was refused
    return submission, find_level(submission.level_id)


def archive_of(tree: Tree) -> bytes:
    raw = io.BytesIO()
    # No time, name or owner in it: two packs of the same work are the same file.
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in sorted(tree.files):
            entry = tarfile.TarInfo(path)
            entry.size = len(tree.files[path])
            entry.mode = 0o755 if path in tree.executable else 0o644
            archive.addfile(entry, io.BytesIO(tree.files[path]))
    return raw.getvalue()


def _notebook(path: str, tree: Tree) -> list[str]:
    if path not in tree.files:
        return [f"{path} is missing: its checks will fail"]
    data = tree.files[path]
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return [f"{path} is not a notebook any more (not JSON): its checks will fail"]
    if len(data) > LARGE_NOTEBOOK:
        return [f"{path} is {len(data) / 2**20:.0f} MB, most of it outputs: clear them before you pack"]
    return []


def _repo(folder: Path, repo: str, tree: Tree) -> list[str]:
    if not tree.under(repo).files:
        return [f"{repo}/ is missing: its checks will fail"]
    if f"{repo}/.git/HEAD" not in tree.files:
        return [f"{repo}/ has no git history of its own: checks of the history will fail"]
    try:
        # The learner's own folder on the learner's own machine; hooks and watchers are still not started.
        done = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}"]
            + ["status", "--porcelain", "--untracked-files=no"],
            cwd=folder / repo, capture_output=True, text=True, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        return [f"git is not on this machine, so nobody looked for uncommitted changes in {repo}/"]
    if done.returncode:
        return [f"git cannot read {repo}/: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}"]
    changed = len(done.stdout.splitlines())
    if changed:
        files = "1 file has" if changed == 1 else f"{changed} files have"
        return [f"{repo}/: {files} changes that are not committed; the history is graded without them"]
    return []
