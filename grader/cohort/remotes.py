"""A CSV of git remotes as an inbox: ``learner,level,remote[,ref]``, one submission a row.

A remote holds either a workspace (``notebooks/`` or ``.ladder.toml`` at its top) or, for a level with exactly one
starter repo, that repo; its history then is the repo's history. Anything else is refused in one line.

Whoever owns a remote decides what git reads there. So git gets no configuration but ours, no hook, no credentials,
three protocols, a bound on size and one on time; and what it fetched goes through intake like any archive.
"""

from __future__ import annotations

import contextlib
import csv
import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from grader import catalog
from grader.cohort.inbox import Found, Taken, level_named
from grader.errors import InputError
from grader.intake.archive import MAX_ARCHIVE_BYTES
from grader.intake.label import FILE as LABEL_FILE
from grader.intake.members import MAX_KEPT_BYTES, MAX_KEPT_FILES
from grader.intake.names import shown
from grader.tree import Tree
from grader.workspace.pack import archive_of

SECONDS = 120.0  # for one remote
_COLUMNS = (("learner", "level", "remote"), ("learner", "level", "remote", "ref"))
_PROTOCOLS = "file:https:ssh"
_CONFIGURATION = "[safe]\n\tdirectory = *\n[core]\n\thooksPath = /dev/null\n[gc]\n\tauto = 0\n"
_LAST_WORDS = 4000  # bytes of what git complains
_FILE_MODES = ("100644", "100755", "100664")


def found_in(file: Path) -> Iterator[Found]:
    """Every row as a submission; InputError names the line that cannot be used."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.reader(opened, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file}: cannot be read as CSV: {error}") from None
    if not rows or tuple(rows[0]) not in _COLUMNS:
        raise InputError(f"{file}: the first line must be learner,level,remote or learner,level,remote,ref")
    found = []
    for number, row in enumerate(rows[1:], 2):
        if not any(row):
            continue
        if len(row) != len(rows[0]) or not all(cell.strip() for cell in row[:3]):
            raise InputError(f"{file}, line {number}: a learner, a level and a remote are needed")
        learner, named, remote, *rest = (cell.strip() for cell in row)
        level = level_named(named)
        if level is None:
            raise InputError(f"{file}, line {number}: there is no level {named!r}")
        ref = rest[0] if rest and rest[0] else "HEAD"
        if remote.startswith("-") or ref.startswith("-") or not (remote + ref).isprintable():
            raise InputError(f"{file}, line {number}: {shown(remote)} at {shown(ref)} is no remote")
        where = remote if "://" in remote or _is_ssh(remote) else str(file.parent / remote)
        source = f"{remote} at {ref}"
        found.append(Found(learner, level, source, f"{file}, line {number} ({source})", _clone(where, ref, level)))
    if not found:
        raise InputError(f"{file}: names no remote")
    yield from found


def _is_ssh(remote: str) -> bool:
    """``git@host:path``, which has a colon before any slash."""
    return ":" in remote.split("/", 1)[0]


def _clone(remote: str, ref: str, level: str) -> Callable[[], Taken]:
    def take() -> Taken:
        with tempfile.TemporaryDirectory(prefix="ladder-remote-") as scratch:
            git = _Git(Path(scratch), remote)
            git.run("clone", "--bare", "--quiet", "--no-local", "--", remote, str(git.folder))
            commit = git.run("-C", str(git.folder), "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
            name = commit.decode().strip()
            # It arrives when it is first fetched: the dates in a commit are whatever its author says.
            return Taken(archive_of(_submission(git, name, ref, level).placed("workspace")), time.time())

    return take


def _submission(git: _Git, commit: str, ref: str, level_id: str) -> Tree:
    tree = git.tree(commit)
    if LABEL_FILE in tree.files or tree.under("notebooks").files:
        return tree
    repos = [exercise.id for exercise in catalog.find_level(level_id).exercises if exercise.kind == "repo"]
    if len(repos) == 1:
        return tree.placed(repos[0]).laid_over(git.history(commit, ref).placed(f"{repos[0]}/.git"))
    wanted = f"a workspace of {level_id} (notebooks/ at its top)"
    raise InputError(f"{git.remote}: is not {wanted}, and the level has {len(repos)} starter repos to choose from")


class _Git:
    """git in a folder of ours, with nothing of this account's and nothing of the remote's to configure it."""

    def __init__(self, scratch: Path, remote: str) -> None:
        self.remote = remote
        self.folder = scratch / "clone"
        configuration = scratch / "configuration"
        configuration.write_text(_CONFIGURATION)
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(scratch),
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(configuration),
            "GIT_ALLOW_PROTOCOL": _PROTOCOLS,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
            # A key agent is how a mentor lets this fetch from private remotes.
            **{name: os.environ[name] for name in ("SSH_AUTH_SOCK",) if name in os.environ},
        }

    def run(self, *words: str, stdin: bytes = b"") -> bytes:
        """What a git command prints; InputError with its last line if it fails, takes too long or grows too large."""
        # Into files: what git prints is the remote's too (a few nested trees list a thousand million paths), and the
        # bound on a file's size holds for it there.
        with tempfile.TemporaryFile(dir=self.folder.parent) as out, tempfile.TemporaryFile() as said:
            try:
                process = subprocess.Popen(
                    ["git", *words], stdin=subprocess.PIPE, stdout=out, stderr=said,
                    env=self._environment, cwd=self.folder.parent, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise InputError(f"{self.remote}: git cannot be started: {error.strerror}") from None
            with process:
                with contextlib.suppress(ProcessLookupError):
                    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (MAX_ARCHIVE_BYTES, MAX_ARCHIVE_BYTES))
                try:
                    process.communicate(stdin, timeout=SECONDS)
                except subprocess.TimeoutExpired:
                    # It and all it started: a transport of its own would go on.
                    os.killpg(process.pid, signal.SIGKILL)
                    process.communicate()
                    raise InputError(f"{self.remote}: was not fetched within {SECONDS:.0f} seconds") from None
            out.seek(0)
            said.seek(0)
            if not process.returncode:
                return out.read()
            if process.returncode == -signal.SIGXFSZ:
                raise InputError(f"{self.remote}: holds more than {MAX_ARCHIVE_BYTES // 2**20} MB")
            lines = said.read()[-_LAST_WORDS:].decode("utf-8", "replace").strip().splitlines()
            why = shown(lines[-1].removeprefix("fatal: ")) if lines else "there is no such commit"
            raise InputError(f"{self.remote}: cannot be fetched: {why}")

    def tree(self, commit: str) -> Tree:
        """The files of a commit, as they lie in it; links and submodules are passed over."""
        listing = self.run("-C", str(self.folder), "ls-tree", "-r", "-z", "--long", commit)
        if listing.count(b"\0") > MAX_KEPT_FILES:
            raise InputError(f"{self.remote}: holds more than {MAX_KEPT_FILES:,} files")
        wanted: list[tuple[str, str]] = []
        executable = set()
        total = 0
        for line in listing.decode("utf-8", "surrogateescape").split("\0"):
            if not line:
                continue
            facts, _, path = line.partition("\t")
            mode, _, blob, size = facts.split()
            if mode in _FILE_MODES:
                wanted.append((path, blob))
                total += int(size)
                if mode == "100755":
                    executable.add(path)
        if total > MAX_KEPT_BYTES:
            raise InputError(f"{self.remote}: unpacks to more than {MAX_KEPT_BYTES // 2**20} MB")
        asked = "".join(f"{blob}\n" for _, blob in wanted).encode()
        answer = memoryview(self.run("-C", str(self.folder), "cat-file", "--batch", stdin=asked))
        files: dict[str, bytes] = {}
        place = 0
        for path, _ in wanted:
            head = bytes(answer[place : place + 128]).split(b"\n", 1)[0]
            start = place + len(head) + 1
            end = start + int(head.split()[2])
            files[path] = bytes(answer[start:end])
            place = end + 1
        return Tree(files, frozenset(executable))

    def history(self, commit: str, ref: str) -> Tree:
        """What a ``.git`` of the clone holds, with HEAD where the submission is."""
        kept = Tree.read(self.folder)
        files = {path: data for path, data in kept.files.items() if path.startswith(("objects/", "refs/"))}
        files["packed-refs"] = kept.files.get("packed-refs", b"")
        branch = self.folder / "refs" / "heads" / ref
        named = f"refs/heads/{ref}".encode() in files["packed-refs"] or branch.is_file()
        head = kept.files["HEAD"] if ref == "HEAD" else f"ref: refs/heads/{ref}\n".encode()
        files["HEAD"] = head if named or ref == "HEAD" else f"{commit}\n".encode()
        return Tree(files)
