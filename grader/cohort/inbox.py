"""What lies in an inbox: INBOX/<learner>/<level>.tar.gz or a folder in its place, or an nbgrader exchange folder.

Whoever can write the inbox may be a learner, and may do so while it is read: no link is followed, a file is read
once and whole, and what changes meanwhile is read again or left for the next time.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grader import catalog, intake
from grader.errors import InputError
from grader.intake.archive import MAX_ARCHIVE_BYTES
from grader.intake.names import shown
from grader.tree import Tree
from grader.workspace.pack import archive_of

ARCHIVES = (".tar.gz", ".tgz", ".tar", ".zip")
_TRIES = 3
_INBOUND = "inbound"
# <student>+<assignment>+<timestamp>[+<random>]
_HANDED_IN = re.compile(r"(?P<learner>.+?)\+(?P<level>[^+]+)\+(?P<when>\d{4}-\d\d-\d\d [^+]+?)(\+[^+]*)?")
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True)
class Taken:
    """A submission as it was read: an archive, and when it was last changed (seconds since 1970)."""

    data: bytes
    modified: float


@dataclass(frozen=True)
class Found:
    """One submission in an inbox. ``level`` is what its name says, if anything; ``name`` is for messages.

    ``take`` reads it; InputError, one line, if it cannot be read. ``misplaced`` says why nobody can tell whose it is.
    """

    learner: str
    level: str | None
    source: str  # where in the inbox
    name: str
    take: Callable[[], Taken]
    misplaced: str = ""

    def read(self) -> Taken:
        """Take it; InputError also for what nobody foresaw, so that no submission ends the reading of the others."""
        if self.misplaced:
            raise InputError(f"{shown(self.source)} {self.misplaced}")
        with intake.faults_of(self.name):
            return self.take()


def found_in(inbox: Path) -> Iterator[Found]:
    """Every submission in a folder, by learner and name; the learner is the folder's name, nothing else.

    InputError if there is no such folder or nothing in it.
    """
    nothing = True
    for found in _found(inbox):
        nothing = nothing and bool(found.misplaced)
        yield found
    if nothing:
        raise InputError(f"{inbox}: holds no submission; expected {inbox}/<learner>/<level>.tar.gz")


def _found(inbox: Path) -> Iterator[Found]:
    exchange = _exchange(inbox)
    if exchange is not None:
        yield from _handed_in(exchange)
        return
    for learner in _entries(inbox):
        yield from _looked_at(learner.name, learner, _learners(learner))


def _looked_at(learner: str, place: Path, found: Iterator[Found]) -> list[Found]:
    """What is found in one learner's place. Who shuts it is told so, and nobody else has to wait for that."""
    try:
        return list(found)
    except FileNotFoundError:
        return []  # gone again
    except OSError as error:
        return [Found(learner, None, place.name, str(place), _refusing(_unreadable(place, error)))]


def _learners(learner: Path) -> Iterator[Found]:
    if learner.is_symlink() or learner.name.startswith("."):
        return
    if learner.name.endswith(ARCHIVES) and learner.is_file():
        why = f"lies in no learner's folder; put it into {learner.parent}/<learner>/"
        yield Found("", None, learner.name, str(learner), _archive(learner), why)
    if not learner.is_dir():
        return
    for path in sorted(learner.iterdir()):
        if path.is_symlink() or path.name.startswith("."):
            continue
        source = f"{learner.name}/{path.name}"
        if path.name.endswith(ARCHIVES):
            yield Found(learner.name, level_named(_stem(path.name)), source, str(path), _archive(path))
        elif path.is_dir():
            yield Found(learner.name, level_named(path.name), source, str(path), _folder(path, lambda tree: tree))


def level_named(name: str) -> str | None:
    """The id of the level that a file or folder is named after (``1``, ``01``, ``01-intern``), or None."""
    for level_id in catalog.level_ids():
        number = level_id.split("-", 1)[0]
        if name in (level_id, number, str(int(number))):
            return level_id
    return None


def _exchange(inbox: Path) -> Path | None:
    """The folder of an nbgrader exchange that submissions come into: INBOX itself, INBOX/inbound, COURSE/inbound."""
    try:
        if inbox.name == _INBOUND and inbox.is_dir():
            return inbox
        if (inbox / _INBOUND).is_dir() and (inbox / "outbound").is_dir():
            return inbox / _INBOUND
        courses = [one for one in inbox.glob(f"*/{_INBOUND}") if (one.parent / "outbound").is_dir()]
    except OSError as error:
        raise _unreadable(inbox, error) from None
    if len(courses) > 1:
        names = ", ".join(sorted(one.parent.name for one in courses))
        raise InputError(f"{inbox}: is an exchange of several courses ({names}); name one of them")
    return courses[0] if courses else None


def _handed_in(inbound: Path) -> Iterator[Found]:
    for path in _entries(inbound):
        said = _HANDED_IN.fullmatch(path.name)
        if said is not None:
            yield from _looked_at(said["learner"], path, _assignment(path, said["learner"], said["level"]))


def _assignment(path: Path, learner: str, level: str) -> Iterator[Found]:
    if not path.is_symlink() and path.is_dir():
        yield Found(learner, level_named(level), path.name, str(path), _folder(path, _as_workspace))


def _as_workspace(tree: Tree) -> Tree:
    """nbgrader hands in the notebooks alone, without the folder that a workspace has them in."""
    loose = Tree({path: data for path, data in tree.files.items() if "/" not in path and path.endswith(".ipynb")})
    rest = Tree({path: data for path, data in tree.files.items() if path not in loose.files}, tree.executable)
    return loose.placed("notebooks").laid_over(rest)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        raise InputError(f"{folder}: there is no such folder") from None
    except OSError as error:
        raise _unreadable(folder, error) from None


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path}: cannot be read: {error.strerror or error}")


def _refusing(problem: InputError) -> Callable[[], Taken]:
    def take() -> Taken:
        raise problem

    return take


def _stem(name: str) -> str:
    return next(name.removesuffix(suffix) for suffix in ARCHIVES if name.endswith(suffix))


def _archive(path: Path) -> Callable[[], Taken]:
    def take() -> Taken:
        for _ in range(_TRIES):
            try:
                with open(os.open(path, _FLAGS), "rb") as file:  # noqa: PTH123 - Path cannot open a descriptor
                    before = os.fstat(file.fileno())
                    if not stat.S_ISREG(before.st_mode):
                        raise InputError(f"{path}: is neither a file nor a folder")
                    data = file.read(MAX_ARCHIVE_BYTES + 1)
                    after = os.fstat(file.fileno())
            except OSError as error:
                raise _unreadable(path, error) from None
            if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
                return Taken(data, after.st_mtime)
        raise _changing(path)

    return take


def _folder(path: Path, shaped: Callable[[Tree], Tree]) -> Callable[[], Taken]:
    def take() -> Taken:
        for _ in range(_TRIES):
            before, modified = _fingerprint(path)
            tree = intake.read_submission(path).tree
            if _fingerprint(path)[0] == before:
                return Taken(archive_of(shaped(tree).placed("workspace")), modified)
        raise _changing(path)

    return take


def _fingerprint(top: Path) -> tuple[str, float]:
    """Changes when a file below ``top`` does; and when the newest of them was changed."""
    hasher = hashlib.sha256()
    newest = 0.0
    for folder, folders, files in os.walk(top):
        folders.sort()
        for name in sorted(files):
            try:
                found = os.lstat(f"{folder}/{name}")
            except OSError:
                continue  # gone again: the other fingerprint, or what is read, will tell
            hasher.update(f"{folder}/{name}\0{found.st_size}\0{found.st_mtime_ns}\0".encode("utf-8", "surrogatepass"))
            newest = max(newest, found.st_mtime)
    return hasher.hexdigest(), newest


def _changing(path: Path) -> InputError:
    return InputError(f"{path}: was being changed while it was read; it is taken the next time")


def learners_name(text: str) -> str | None:
    """What is wrong with a learner's name, or None. Any one line of text will do that a folder could be called."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return f"{shown(text)} is not UTF-8"
    if "/" in text:
        return f"{shown(text)} holds a /, and a learner's name is a folder's"
    if not text.strip() or not text.isprintable() or len(text) > 200 or text in (".", ".."):
        return f"{shown(text)} is not one line of text of at most 200 characters"
    return None
