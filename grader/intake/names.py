"""Which names of a submission are refused, which are dropped without a word, and which are kept."""

from __future__ import annotations

import re
import unicodedata

JUNK = frozenset(
    {".venv", "venv", "__pycache__", ".ipynb_checkpoints", "node_modules", ".DS_Store", "__MACOSX"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache", ".ladder-hints.json"}
)
MAX_DEPTH = 32
MAX_PART_BYTES = 255
MAX_NAME_BYTES = 1024

# Only what is named here is kept: no configuration, hook, alternate, index or cache of a learner's.
_GIT_KEPT = re.compile(
    r"HEAD|packed-refs|refs/[^/].*|objects/[0-9a-f]{2}/[0-9a-f]{38}|objects/pack/pack-[0-9a-f]{40}\.(pack|idx)"
)
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Refusal(Exception):
    """Why a submission cannot be used; the text completes a sentence that begins with the file's name."""


def shown(name: str) -> str:
    """A hostile name made fit for one line of a terminal."""
    text = name.encode("utf-8", "backslashreplace").decode()
    text = "".join(char if char.isprintable() else "?" for char in text)
    return repr(text if len(text) <= 80 else text[:77] + "...")


def split(name: str) -> tuple[str, ...]:
    """The parts of a member's name; Refusal if it is absolute or climbs out. Empty for the top itself."""
    if name.startswith("/") or _DRIVE.match(name):
        raise Refusal(f"holds the absolute path {shown(name)}")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in parts:
        raise Refusal(f"holds {shown(name)}, which climbs out of it with '..'")
    return parts


def is_junk(parts: tuple[str, ...]) -> bool:
    """True for what a tool left behind: caches, environments, desktop files."""
    last = parts[-1]
    return not JUNK.isdisjoint(parts) or last.endswith((".pyc", ".pyo")) or last.startswith("._")


def is_earlier_pack(path: str) -> bool:
    """True for an archive at the top of a workspace: what `ladder pack` wrote there the last time."""
    return "/" not in path and path.endswith((".tar.gz", ".tgz", ".zip", ".tar"))


def inside_git(parts: tuple[str, ...]) -> bool:
    """True for ``.git`` itself, however it is spelled, and everything below it."""
    return any(part.casefold() == ".git" for part in parts)


def is_dropped_git(parts: tuple[str, ...]) -> bool:
    """True for what is not taken from a ``.git``: all but HEAD, references and objects; odd names."""
    if not inside_git(parts):
        return False
    if ".git" not in parts:
        return True
    rest = "/".join(parts[parts.index(".git") + 1 :])
    return not (rest.isprintable() and _GIT_KEPT.fullmatch(rest))


def checked(parts: tuple[str, ...]) -> str:
    """The path of a member that is kept; Refusal where no computer should be asked to store such a name."""
    path = "/".join(parts)
    try:
        encoded = [part.encode() for part in parts]
    except UnicodeEncodeError:
        raise Refusal(f"holds a name that is not UTF-8: {shown(path)}") from None
    if _CONTROL.search(path) or "\\" in path:
        raise Refusal(f"holds a name with a control character or a backslash: {shown(path)}")
    if len(parts) > MAX_DEPTH:
        raise Refusal(f"is nested deeper than {MAX_DEPTH} folders: {shown(path)}")
    if max(map(len, encoded)) > MAX_PART_BYTES or len(path.encode()) > MAX_NAME_BYTES:
        raise Refusal(f"holds a name that is too long: {shown(path)}")
    return path


def collision_key(path: str) -> str:
    """Equal for two names that one file system or another takes for the same."""
    return unicodedata.normalize("NFC", path).casefold()


def leaves(parts: tuple[str, ...], target: str) -> bool:
    """True if a symbolic link at ``parts`` with this target points out of the submission's top folder."""
    if target.startswith(("/", "\\")) or _DRIVE.match(target):
        return True
    depth = len(parts) - 1
    for part in target.split("/"):
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            return True
    return False
