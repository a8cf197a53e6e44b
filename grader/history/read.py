"""A submitted git history, read as data: no git command, no configuration, no hook."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import TypeVar

from dulwich.objects import Commit as GitCommit
from dulwich.objects import ShaFile, Tag
from dulwich.objects import Tree as GitTree

from grader.history.objects import BrokenHistory, GitObject, read_objects
from grader.tree import Tree

__all__ = ["BrokenHistory", "Commit", "History"]

MAX_DEPTH = 64  # folders in folders; also references to references
MAX_TREE_ENTRIES = 50_000  # one commit's files and folders
MAX_WALKED_ENTRIES = 2_000_000  # all trees that are unfolded in a history's life
_NAME = re.compile(r"[0-9a-f]{40}")
_LONG_NAME = re.compile(r"[0-9a-f]{64}")
_FOLDER, _GITLINK = 0o040000, 0o160000
_Parsed = TypeVar("_Parsed", bound=ShaFile)


@dataclass(frozen=True)
class Commit:
    """One commit. ``author`` is ``Name <address>``; ``parents`` are ids, first that of its own branch."""

    id: str
    message: str
    author: str
    parents: tuple[str, ...]
    tree_id: str
    time: int  # committer's clock, seconds since 1970
    _history: History = field(repr=False, compare=False)

    def tree(self) -> dict[str, bytes]:
        """Every file of this commit: path to bytes (a symbolic link's bytes are its target)."""
        return self._history.files(self.tree_id)


class History:
    """Branches and commits of a ``.git``; where it is damaged, lacks a part or is too large: BrokenHistory."""

    def __init__(self, git: Tree, start_ids: Collection[str] = ()) -> None:
        """``git``: what intake keeps of a ``.git``, by paths relative to it; ``start_ids``: the starter's commits."""
        if not git.files:
            raise BrokenHistory("There is no git history; hand in the repository with its .git folder.")
        self._start_ids = frozenset(start_ids)
        self._references = _references(git.files)
        self._objects = read_objects(git.files)
        self._walked = 0
        self._unfolded: dict[str, dict[str, bytes]] = {}
        self._commits: dict[str, Commit] = {}
        self._head = git.files.get("HEAD", b"").decode("utf-8", "replace").strip()

    @property
    def problem(self) -> str | None:
        """One sentence about what is wrong with the history, or None if every commit and file can be read."""
        try:
            for _ in self.blobs():
                pass
        except BrokenHistory as broken:
            return str(broken)
        return None

    @property
    def head(self) -> str:
        """The name of the branch that is checked out, or a commit's id if none is."""
        return self._head.removeprefix("ref: ").strip().removeprefix("refs/heads/")

    @property
    def branches(self) -> dict[str, str]:
        """Branch name to commit id, by name."""
        heads = sorted(name for name in self._references if name.startswith("refs/heads/"))
        return {name.removeprefix("refs/heads/"): self._peeled(name) for name in heads}

    def commits(self, ref: str = "HEAD") -> list[Commit]:
        """All commits that ``ref`` (HEAD, a branch, a tag or an id) leads to; none before its children."""
        return self._newest_first([self._resolve(ref)])

    @property
    def commits_since_start(self) -> list[Commit]:
        """The commits of HEAD that are not in the starter's own history, newest first."""
        return [commit for commit in self.commits() if commit.id not in self._start_ids]

    def blobs(self) -> Iterator[bytes]:
        """The bytes of every blob that any reference leads to, each once."""
        starts = [self._peeled(name) for name in self._references]
        if _NAME.fullmatch(self._head):
            starts.append(self._peeled(self._head))
        trees = [commit.tree_id for commit in self._newest_first(starts)]
        seen = set(trees)
        while trees:
            for _, mode, name in self._entries(trees.pop()):
                if mode & 0o170000 == _GITLINK or name in seen:
                    continue
                seen.add(name)
                if mode & 0o170000 == _FOLDER:
                    trees.append(name)
                else:
                    yield self._object(name, "blob").data

    def commit(self, name: str) -> Commit:
        """The commit with this id."""
        if name not in self._commits:
            self._commits[name] = self._parse_commit(name)
        return self._commits[name]

    def _parse_commit(self, name: str) -> Commit:
        parsed = _parsed(GitCommit, name, self._object(name, "commit").data)
        return Commit(
            id=name,
            message=parsed.message.decode("utf-8", "replace"),
            author=parsed.author.decode("utf-8", "replace"),
            parents=tuple(parent.decode("ascii", "replace") for parent in parsed.parents),
            tree_id=parsed.tree.decode("ascii", "replace"),
            time=parsed.commit_time,
            _history=self,
        )

    def files(self, tree_id: str) -> dict[str, bytes]:
        """The files below a tree object; one that unfolds into too many is refused."""
        if tree_id not in self._unfolded:
            files: dict[str, bytes] = {}
            count = 0
            stack = [(tree_id, "", 0)]
            while stack:
                name, prefix, depth = stack.pop()
                if depth > MAX_DEPTH:
                    raise BrokenHistory(f"A commit of the history nests more than {MAX_DEPTH} folders.")
                for entry, mode, child in self._entries(name):
                    count += 1
                    if count > MAX_TREE_ENTRIES:
                        raise BrokenHistory(f"A commit holds more than {MAX_TREE_ENTRIES:,} files.")
                    if mode & 0o170000 == _FOLDER:
                        stack.append((child, f"{prefix}{entry}/", depth + 1))
                    elif mode & 0o170000 != _GITLINK:
                        files[prefix + entry] = self._object(child, "blob").data
            self._unfolded[tree_id] = dict(sorted(files.items()))
        return dict(self._unfolded[tree_id])

    def _newest_first(self, starts: list[str]) -> list[Commit]:
        """Children before parents, then the later first; ids are digests, so there is no cycle."""
        commits: dict[str, Commit] = {}
        children: dict[str, int] = {}
        todo = list(dict.fromkeys(starts))
        while todo:
            name = todo.pop()
            if name in commits:
                continue
            commit = commits[name] = self.commit(name)
            for parent in commit.parents:
                children[parent] = children.get(parent, 0) + 1
                if parent not in self._objects:
                    raise BrokenHistory(f"Commit {name[:12]} names a parent that is not there; was only a part cloned?")
                todo.append(parent)
        ready = [commits[name] for name in dict.fromkeys(starts) if not children.get(name)]
        ordered = []
        heap = [(-commit.time, number, commit) for number, commit in enumerate(ready)]
        heapify(heap)
        number = len(heap)
        while heap:
            commit = heappop(heap)[2]
            ordered.append(commit)
            for parent in commit.parents:
                children[parent] -= 1
                if not children[parent]:
                    number += 1
                    heappush(heap, (-commits[parent].time, number, commits[parent]))
        return ordered

    def _resolve(self, ref: str) -> str:
        if ref == "HEAD":
            name = self._head.removeprefix("ref: ").strip()
            if not _NAME.fullmatch(name) and name not in self._references:
                raise BrokenHistory("The history has no commit on the branch that is checked out.")
            return self._peeled(name)
        for name in (ref, f"refs/heads/{ref}", f"refs/tags/{ref}", f"refs/remotes/{ref}"):
            if name in self._references:
                return self._peeled(name)
        if _NAME.fullmatch(ref):
            return self._peeled(ref)
        raise BrokenHistory(f"The history has no branch {ref!r}.")

    def _peeled(self, name: str) -> str:
        """The commit a reference or an id stands for; tags and references to references are followed."""
        for _ in range(MAX_DEPTH):
            if name in self._references:
                name = self._references[name]
                continue
            found = self._objects.get(name)
            if found is None:
                raise BrokenHistory(f"The history refers to {name[:40]!r}, which is not in it.")
            if found.kind != "tag":
                return name
            name = _parsed(Tag, name, found.data).object[1].decode("ascii", "replace")
        raise BrokenHistory("A reference of the history leads round in a circle.")

    def _object(self, name: str, kind: str) -> GitObject:
        found = self._objects.get(name)
        if found is None:
            raise BrokenHistory(f"The history refers to object {name[:12]}, which is not in it.")
        if found.kind != kind:
            raise BrokenHistory(f"Object {name[:12]} is a {found.kind} where the history needs a {kind}.")
        return found

    def _entries(self, tree_id: str) -> list[tuple[str, int, str]]:
        parsed = _parsed(GitTree, tree_id, self._object(tree_id, "tree").data)
        entries = [
            (entry.path.decode("utf-8", "surrogateescape"), entry.mode, entry.sha.decode("ascii"))
            for entry in parsed.items()
        ]
        self._walked += len(entries) + 1
        if self._walked > MAX_WALKED_ENTRIES:
            raise BrokenHistory("The history holds more folders and files than any honest one.")
        if any(path in ("", ".", "..", ".git") or "/" in path for path, _, _ in entries):
            raise BrokenHistory(f"Folder {tree_id[:12]} of the history holds an impossible name.")
        return entries


def _parsed(kind: type[_Parsed], name: str, data: bytes) -> _Parsed:
    """A hostile object through dulwich's parser, which stumbles in ways of its own over damaged ones."""
    try:
        parsed = kind.from_string(data)
        if isinstance(parsed, GitCommit):
            _ = parsed.tree, parsed.message, parsed.author, parsed.parents, parsed.commit_time + 0
        elif isinstance(parsed, Tag):
            _ = parsed.object
        return parsed
    except Exception:  # noqa: BLE001 - whatever a parser says about hostile bytes, the history is damaged
        raise BrokenHistory(f"Object {name[:12]} of the history is damaged.") from None


def _references(git: Mapping[str, bytes]) -> dict[str, str]:
    """Full reference name to an id or another reference; a loose one goes before a packed one."""
    found: dict[str, str] = {}
    for line in git.get("packed-refs", b"").decode("utf-8", "replace").splitlines():
        name, _, reference = line.partition(" ")
        if reference.startswith("refs/") and not line.startswith(("#", "^")):
            found[reference] = name
    for path, data in git.items():
        if path.startswith("refs/"):
            found[path] = data[:1024].decode("utf-8", "replace").strip().removeprefix("ref: ").strip()
    if any(_LONG_NAME.fullmatch(name) for name in found.values()):
        raise BrokenHistory("The repository uses SHA-256; make it with `git init --object-format=sha1`.")
    return found
