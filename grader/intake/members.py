"""What a submission is made of: members, and their gathering into memory under limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from grader.intake import names
from grader.intake.names import Refusal, shown

MB = 2**20
MAX_KEPT_BYTES = 64 * MB
MAX_FILE_BYTES = 16 * MB
MAX_PACK_BYTES = 48 * MB  # a git pack holds many files at once
MAX_NOTEBOOK_BYTES = 60 * MB  # a loop that prints leaves tens of megabytes of outputs, and the answers are right
MAX_KEPT_FILES = 20_000
MAX_MEMBERS = 40_000  # junk included; each costs a header
CHUNK = 64 * 1024


class Kind(StrEnum):
    """What a member is; ``SPECIAL`` is a device or a named pipe."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"
    SPECIAL = "special"


def _nothing() -> Iterator[bytes]:
    return iter(())


@dataclass(frozen=True)
class Member:
    """One entry of an archive or a folder. ``chunks`` gives a file's bytes, once, before the next member."""

    name: str  # bytes that are not UTF-8 stand as surrogates
    kind: Kind
    target: str = ""
    executable: bool = False
    chunks: Callable[[], Iterator[bytes]] = _nothing


@dataclass
class Gathered:
    """The files that are kept, by path, and what was left out that the learner may want to know about."""

    files: dict[str, bytes] = field(default_factory=dict)
    executable: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    total: int = 0

    def add(self, path: str, data: bytes, executable: bool) -> None:
        """Keep one file; Refusal beyond the limits or where the name is already taken."""
        if path in self.files:
            raise Refusal(f"holds {shown(path)} twice")
        self.total += len(data)
        if self.total > MAX_KEPT_BYTES:
            raise Refusal(f"unpacks to more than {MAX_KEPT_BYTES // MB} MB")
        if len(self.files) >= MAX_KEPT_FILES:
            raise Refusal(f"holds more than {MAX_KEPT_FILES:,} files")
        self.files[path] = data
        if executable:
            self.executable.add(path)


def gather(members: Iterable[Member]) -> Gathered:
    """Read the members into memory; Refusal with the reason at the first that nobody should unpack."""
    gathered = Gathered()
    for number, member in enumerate(members, 1):
        if number > MAX_MEMBERS:
            raise Refusal(f"holds more than {MAX_MEMBERS:,} files and folders; `ladder pack` leaves most out")
        parts = names.split(member.name)
        if not parts or names.is_junk(parts) or names.is_dropped_git(parts) or member.kind is Kind.FOLDER:
            continue
        path = names.checked(parts)
        match member.kind:
            case Kind.FILE:
                gathered.add(path, _read(path, member, MAX_KEPT_BYTES - gathered.total), member.executable)
            case Kind.HARDLINK:
                _add_hard_link(gathered, path, member)
            case Kind.SYMLINK:
                if names.leaves(parts, member.target):
                    raise Refusal(f"holds the link {shown(path)}, which points out of it")
                gathered.notes.append(f"the link {shown(path)} was left out")
            case Kind.SPECIAL:
                raise Refusal(f"holds {shown(path)}, which is a device or a pipe and no file")
    _refuse_collisions(gathered)
    return gathered


def _read(path: str, member: Member, room: int) -> bytes:
    packed = path.endswith(".pack") and names.inside_git(tuple(path.split("/")))
    limit = MAX_PACK_BYTES if packed else MAX_NOTEBOOK_BYTES if path.endswith(".ipynb") else MAX_FILE_BYTES
    pieces, size = [], 0
    for chunk in member.chunks():
        size += len(chunk)
        if size > limit:
            cure = "; clear its outputs" if path.endswith(".ipynb") else ""
            raise Refusal(f"holds {shown(path)}, which is larger than {limit // MB} MB{cure}")
        if size > room:
            raise Refusal(f"unpacks to more than {MAX_KEPT_BYTES // MB} MB")
        pieces.append(chunk)
    return b"".join(pieces)


def _add_hard_link(gathered: Gathered, path: str, member: Member) -> None:
    """A hard link is the second name of an earlier member: the same bytes again, counted again."""
    target = "/".join(names.split(member.target))
    if target in gathered.files:
        gathered.add(path, gathered.files[target], target in gathered.executable)
    else:
        gathered.notes.append(f"the link {shown(path)} was left out")


def _refuse_collisions(gathered: Gathered) -> None:
    """No two names may be one on another computer, and no name both a file and a folder."""
    seen: dict[str, str] = {}
    for path in gathered.files:
        if names.inside_git(tuple(path.split("/"))):
            continue  # two branches may differ in case; nothing of .git is ever written as it stands
        key = names.collision_key(path)
        if key in seen:
            raise Refusal(f"holds {shown(seen[key])} and {shown(path)}, which differ only in case")
        seen[key] = path
    folders: set[str] = set()
    for path in gathered.files:
        folders.update(path[:at] for at, char in enumerate(path) if char == "/")
    both = folders & gathered.files.keys()
    if both:
        raise Refusal(f"holds {shown(min(both))} both as a file and as a folder")
