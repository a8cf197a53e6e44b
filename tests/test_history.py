import hashlib
import os
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

from grader.errors import GraderFault, InputError
from grader.history import (
    BrokenHistory,
    History,
    Plan,
    Step,
    build,
    objects,
    read,
    read_steps,
    start_commits,
    starter_plan,
)
from grader.tree import Tree

STEPS = """
[[step]]
commit = "Begin"
take = ["README.md", "pkg"]
from = "steps/begin"
[[step]]
branch = "teammate/airports"
[[step]]
commit = "Name the airports"
take = ["pkg/sum.py"]
from = "steps/theirs"
author = "A teammate <teammate@delay-desk.invalid>"
[[step]]
switch = "main"
[[step]]
commit = "Count flights"
take = ["pkg/sum.py"]
from = "steps/ours"
"""
MERGE = """
[[step]]
merge = "teammate/airports"
take = ["pkg/sum.py"]
message = "Merge both"
[[step]]
commit = "Drop the notes"
remove = ["pkg/notes.txt"]
"""


@pytest.fixture
def level(tmp_path: Path) -> Path:
    """A level's folder whose starter has a branch that conflicts with main."""
    files = {
        "starter/counter/README.md": "read me\n",
        "starter/counter/pkg/sum.py": "flights = 1\n",
        "starter/counter/pkg/notes.txt": "notes\n",
        "starter/counter/loose.txt": "in no commit\n",
        "starter/counter.history.toml": STEPS,
        "starter/steps/begin/README.md": "read me\n",
        "starter/steps/begin/pkg/sum.py": "sums = 0\n",
        "starter/steps/begin/pkg/notes.txt": "notes\n",
        "starter/steps/theirs/pkg/sum.py": "airports = 1\n",
        "starter/steps/ours/pkg/sum.py": "flights = 1\n",
        "solution/counter.history.toml": MERGE,
    }
    for name, text in files.items():
        path = tmp_path / "level" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "level"


def solved(level: Path) -> Plan:
    plan = starter_plan(level, "counter")
    files = {**plan.final.files, "pkg/sum.py": b"airports = flights = 1\n"}
    del files["pkg/notes.txt"]
    final = Tree({**files, "pkg/notes.txt": b"notes\n"})
    return plan.then(read_steps(level / "solution" / "counter.history.toml", final), Tree(files))


def git(folder: Path, *argv: str) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.invalid"]
    done = subprocess.run(["git", *identity, *argv], cwd=folder, env=environment, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


def submitted(folder: Path, start: frozenset[str] = frozenset()) -> History:
    return History(Tree.read(folder / ".git"), start)


def test_steps_become_the_history_they_describe(level: Path, tmp_path: Path) -> None:
    solved(level).build(tmp_path / "repo")
    history = submitted(tmp_path / "repo", start_commits(level, "counter"))
    assert history.problem is None
    assert history.head == "main"
    assert list(history.branches) == ["main", "teammate/airports"]
    assert [commit.message for commit in history.commits()] == [
        "Drop the notes\n", "Merge both\n", "Count flights\n", "Name the airports\n", "Begin\n",
    ]  # fmt: skip
    assert [commit.message for commit in history.commits_since_start] == ["Drop the notes\n", "Merge both\n"]
    merge = history.commits()[1]
    assert merge.parents == (history.commits()[2].id, history.branches["teammate/airports"])
    assert merge.tree()["pkg/sum.py"] == b"airports = flights = 1\n"
    assert history.commits("teammate/airports")[0].author == "A teammate <teammate@delay-desk.invalid>"
    assert set(history.commits()[0].tree()) == {"README.md", "pkg/sum.py"}
    assert [commit.message for commit in history.commits(merge.parents[1])] == ["Name the airports\n", "Begin\n"]
    assert sorted(history.blobs()) == [
        b"airports = 1\n", b"airports = flights = 1\n", b"flights = 1\n", b"notes\n", b"read me\n", b"sums = 0\n",
    ]  # fmt: skip
    assert git(tmp_path / "repo", "status", "--short") == "?? loose.txt\n"
    assert not (tmp_path / "repo" / "pkg" / "notes.txt").exists()
    assert git(tmp_path / "repo", "fsck", "--strict", "--no-dangling") == ""


def test_the_same_steps_give_the_same_ids_whatever_the_machine_is_set_to(
    level: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starter_plan(level, "counter").build(tmp_path / "one")
    config = tmp_path / "gitconfig"
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    config.write_text(
        f"[user]\nname = X\n[init]\ndefaultBranch = trunk\n[core]\nhooksPath = {hooks}\nautocrlf = true\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    starter_plan(level, "counter").build(tmp_path / "two")
    ids = [{c.id for c in submitted(tmp_path / name).commits()} for name in ("one", "two")]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 2
    assert not (tmp_path / "elsewhere").exists()


def test_line_ends_stay_as_they_were_written_whatever_git_is_set_to(level: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    starter_plan(level, "counter").build(made)
    (made / "notes.txt").write_bytes(b"one\r\ntwo\r\n")
    turning = ["git", "-c", "user.name=x", "-c", "user.email=x", "-C", str(made)]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig")}
    (tmp_path / "gitconfig").write_text("[core]\n\tautocrlf = true\n")
    for words in (["add", "-A"], ["commit", "-qm", "notes"]):
        subprocess.run([*turning, *words], check=True, env=environment)
    assert subprocess.check_output([*turning, "show", "HEAD:notes.txt"], env=environment) == b"one\r\ntwo\r\n"


def test_a_starter_without_steps_is_one_commit(level: Path, tmp_path: Path) -> None:
    (level / "starter" / "counter.history.toml").unlink()
    starter_plan(level, "counter").build(tmp_path / "repo")
    (commit,) = submitted(tmp_path / "repo").commits()
    assert set(commit.tree()) == {"README.md", "loose.txt", "pkg/sum.py", "pkg/notes.txt"}
    assert git(tmp_path / "repo", "status", "--short") == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[step]]\ncommit = 'x'\nswitch = 'main'", "step 1: needs exactly one of"),
        ("[[step]]\ncomit = 'x'", "step 1: does not know comit"),
        ("[[step]]\nswitch = 'main'\n[[step]]\ncommit = 'x'\ntake = ['nowhere.py']", "step 2: nothing to take"),
        ("[[step", "history.toml:"),
    ],
)
def test_a_fault_in_a_history_file_is_one_line(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "history.toml").write_text(text)
    with pytest.raises(InputError, match=reason) as caught:
        read_steps(tmp_path / "history.toml", Tree({}))
    assert "\n" not in str(caught.value)


def test_a_conflict_that_nobody_resolves_is_our_fault(level: Path, tmp_path: Path) -> None:
    plan = starter_plan(level, "counter")
    with pytest.raises(GraderFault, match="conflict in pkg/sum.py"):
        plan.then([Step("merge", "teammate/airports", "Merge\n")], plan.final).build(tmp_path / "repo")
    with pytest.raises(GraderFault, match="nowhere cannot be merged"):
        plan.then([Step("merge", "nowhere", "Merge\n")], plan.final).build(tmp_path / "other")


def test_without_git_the_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="git is not on this machine"):
        build(tmp_path / "repo", Tree({"a": b""}), [], Tree({"a": b""}))


def a_busy_repo(folder: Path) -> Path:
    """Many versions of one long file (so that git makes deltas), a tag, a link, an odd name; then packed."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    lines = [f"line {number}\n" for number in range(400)]
    for version in range(12):
        lines[version * 7] = f"changed in {version}\n"
        (folder / "long.txt").write_text("".join(lines))
        git(folder, "add", ".")
        git(folder, "commit", "-qm", f"Version {version}")
    (folder / "link").symlink_to("long.txt")
    (folder / "caf\u00e9.txt").write_text("")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "Sch\u00f6n")
    git(folder, "tag", "-am", "first", "v1")
    return folder


def test_packs_read_the_same_as_loose_objects(tmp_path: Path) -> None:
    folder = a_busy_repo(tmp_path / "repo")
    loose = submitted(folder)
    expected = (loose.commits(), sorted(loose.blobs()), loose.branches, loose.commits()[0].tree())
    git(folder, "gc", "-q", "--aggressive")
    assert not list((folder / ".git" / "refs" / "heads").iterdir())
    (pack,) = (folder / ".git" / "objects" / "pack").glob("*.pack")
    assert "chain length" in git(folder, "verify-pack", "-v", str(pack))  # there are deltas to resolve
    packed = submitted(folder)
    assert (packed.commits(), sorted(packed.blobs()), packed.branches, packed.commits()[0].tree()) == expected
    assert packed.problem is None
    assert packed.commits("v1") == packed.commits()
    assert packed.commits()[0].tree()["link"] == b"long.txt"
    assert "caf\u00e9.txt" in packed.commits()[0].tree()
    assert [c.id for c in packed.commits()] == git(folder, "rev-list", "HEAD").split()
    git(folder, "-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq")  # deltas that name their base
    assert submitted(folder).commits() == expected[0]
    git(folder, "checkout", "-q", "--detach", "HEAD~2")
    assert submitted(folder).head == expected[0][2].id == submitted(folder).commits()[0].id


def test_a_branch_may_have_any_name_that_git_allows(tmp_path: Path) -> None:
    folder = a_busy_repo(tmp_path / "repo")
    git(folder, "checkout", "-qb", "ticket/\u00fcbergabe-17")
    loose = submitted(folder)
    assert loose.head == "ticket/\u00fcbergabe-17"
    assert loose.commits() == loose.commits("ticket/\u00fcbergabe-17") == loose.commits(loose.commits()[0].id)
    git(folder, "pack-refs", "--all")
    assert submitted(folder).branches == loose.branches


def test_damage_anywhere_is_one_sentence(tmp_path: Path) -> None:
    folder = a_busy_repo(tmp_path / "repo")
    git(folder, "gc", "-q", "--aggressive")
    whole = Tree.read(folder / ".git")
    (name,) = (path for path in whole.files if path.endswith(".pack"))
    pack = whole.files[name]
    damaged = 0
    for at in range(0, len(pack) - 20, max(1, len(pack) // 120)):
        for changed in (pack[:at] + bytes([pack[at] ^ 0x55]) + pack[at + 1 :], pack[:at]):
            problem = None
            try:
                problem = History(Tree({**whole.files, name: changed})).problem
            except BrokenHistory as broken:
                problem = str(broken)
            if problem is not None:
                damaged += 1
                assert "\n" not in problem and problem.endswith((".", "?"))
    assert damaged > 200


def loose(kind: str, data: bytes) -> tuple[str, dict[str, bytes]]:
    raw = f"{kind} {len(data)}\0".encode() + data
    name = hashlib.sha1(raw).hexdigest()
    return name, {f"objects/{name[:2]}/{name[2:]}": zlib.compress(raw)}


def commit_of(tree: str, *parents: str) -> tuple[str, dict[str, bytes]]:
    who = "Ada <ada@example.invalid> 1389000000 +0000"
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {who}", "", "x"]
    return loose("commit", "\n".join(lines).encode())


def tree_of(*entries: tuple[str, str, str]) -> tuple[str, dict[str, bytes]]:
    return loose("tree", b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(sha) for mode, name, sha in entries))


def history_of(head: str, *parts: dict[str, bytes]) -> History:
    files = {"HEAD": b"ref: refs/heads/main\n", "refs/heads/main": head.encode()}
    for part in parts:
        files |= part
    return History(Tree(files))


def broken(head: str, *parts: dict[str, bytes]) -> str:
    with pytest.raises(BrokenHistory) as caught:
        history_of(head, *parts).commits()[0].tree()
    return str(caught.value)


def test_what_is_missing_is_named() -> None:
    empty, tree = tree_of()
    lost = "12" * 20
    head, commit = commit_of(empty, lost)
    assert "names a parent that is not there" in broken(head, tree, commit)
    head, commit = commit_of(lost)
    assert "refers to object 121212121212" in broken(head, commit)
    assert "which is not in it" in broken(lost, tree)
    assert "is a tree where the history needs a commit" in broken(empty, tree)
    with pytest.raises(BrokenHistory, match="no git history"):
        History(Tree({}))
    with pytest.raises(BrokenHistory, match="no commit on the branch"):
        History(Tree({"HEAD": b"ref: refs/heads/main"})).commits()
    with pytest.raises(BrokenHistory, match="no branch 'x'"):
        head, commit = commit_of(empty)
        history_of(head, tree, commit).commits("x")
    assert History(Tree({"HEAD": b"\xff"})).branches == {}


def test_references_that_lead_in_a_circle_are_refused() -> None:
    files = {"HEAD": b"ref: refs/heads/a", "refs/heads/a": b"ref: refs/heads/b", "refs/heads/b": b"ref: refs/heads/a"}
    assert "circle" in (History(Tree(files)).problem or "")


def test_a_repository_of_another_hash_says_what_to_do() -> None:
    with pytest.raises(BrokenHistory, match="object-format=sha1"):
        History(Tree({"HEAD": b"ref: refs/heads/main", "refs/heads/main": b"a" * 64}))


@pytest.mark.parametrize(
    "data",
    [b"", b"tree x\n\nx", b"\0\xff", b"author nobody\n\nx", b"tree " + b"a" * 40 + b"\nauthor A <a> 1 +0\n"],
)
def test_a_commit_that_is_no_commit_is_damage(data: bytes) -> None:
    head, commit = loose("commit", data)
    assert head[:12] in broken(head, commit)


@pytest.mark.parametrize("name", ["..", ".git", "a/b", "."])
def test_an_impossible_name_in_a_tree_is_refused(name: str) -> None:
    blob, data = loose("blob", b"x")
    top, tree = tree_of(("100644", name, blob))
    head, commit = commit_of(top)
    assert "impossible name" in broken(head, data, tree, commit)


def test_a_tree_that_unfolds_without_end_is_refused() -> None:
    blob, part = loose("blob", b"x")
    parts = [part]
    name, part = tree_of(*(("100644", f"f{number}", blob) for number in range(10)))
    parts.append(part)
    for _ in range(9):  # ten to the tenth files from eleven objects
        name, part = tree_of(*(("40000", f"d{number}", name) for number in range(10)))
        parts.append(part)
    head, commit = commit_of(name)
    assert "more than 50,000 files" in broken(head, commit, *parts)
    history = history_of(head, commit, *parts)
    assert list(history.blobs()) == [b"x"]  # each object once: no unfolding


def test_folders_nested_without_end_are_refused() -> None:
    name, part = tree_of()
    parts = [part]
    for _ in range(read.MAX_DEPTH + 2):
        name, part = tree_of(("40000", "d", name))
        parts.append(part)
    head, commit = commit_of(name)
    assert "nests more than" in broken(head, commit, *parts)


def test_all_trees_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MAX_WALKED_ENTRIES", 50)
    blob, part = loose("blob", b"x")
    parts, head = [part], None
    for number in range(60):
        top, tree = tree_of(("100644", f"f{number}", blob))
        head, commit = commit_of(top, *([head] if head else []))
        parts += [tree, commit]
    assert head is not None
    history = history_of(head, *parts)
    with pytest.raises(BrokenHistory, match="than any honest one"):
        for one in history.commits():
            one.tree()


def test_a_loose_object_that_is_not_what_its_name_says_is_refused() -> None:
    _, one = loose("blob", b"one")
    (path,) = one
    other = "objects/" + ("ab" if path[8:10] != "ab" else "cd") + path[10:]
    with pytest.raises(BrokenHistory, match="not what its name says"):
        History(Tree({"HEAD": b"x", other: one[path]}))
    with pytest.raises(BrokenHistory, match="damaged"):
        History(Tree({"HEAD": b"x", path: b"not zlib"}))
    with pytest.raises(BrokenHistory, match="damaged"):
        History(Tree({"HEAD": b"x", path: one[path][:-3]}))


def entry(kind: int, data: bytes, base: bytes = b"", size: int | None = None) -> bytes:
    """One entry of a pack; ``size`` may lie."""
    size = len(data) if size is None else size
    first, rest = kind << 4 | size & 15, size >> 4
    header = bytearray()
    while rest:
        header.append(first | 0x80)
        first, rest = rest & 0x7F, rest >> 7
    header.append(first)
    return bytes(header) + base + zlib.compress(data)


def pack_of(*entries: bytes, count: int | None = None) -> History:
    body = b"PACK" + struct.pack(">II", 2, len(entries) if count is None else count) + b"".join(entries)
    body += hashlib.sha1(body).digest()
    return History(Tree({"HEAD": b"ref: refs/heads/main", f"objects/pack/pack-{'a' * 40}.pack": body}))


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def test_hostile_packs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    name = hashlib.sha1(b"blob 1\0x").digest()
    copy_all = bytes([0x80])  # 64 KB from the start of the base, in one byte
    base = entry(3, bytes(0x10000))
    bomb = varint(0x10000) + varint(0x10000 * 60_000) + copy_all * 60_000
    hostile = {
        "unpacks to more than 256 MB": [base, entry(7, bomb, hashlib.sha1(b"blob 65536\0" + bytes(0x10000)).digest())],
        "builds on objects that are not in it": [entry(7, b"\1\1\1x", b"\7" * 20)],
        "pack of the history is damaged": [entry(3, bytes(100), size=10)],
    }
    for reason, entries in hostile.items():
        with pytest.raises(BrokenHistory, match=reason):
            pack_of(*entries)
    with pytest.raises(BrokenHistory, match="more than 100,000 objects"):
        pack_of(count=2**31)
    for damaged in (
        [entry(0, b"x")], [entry(5, b"x")],  # kinds that do not exist
        [entry(3, b"x", size=2**40)[:6]],
        [entry(3, b"x"), entry(6, b"\1\1\1x", b"\x7f")],  # a base before the pack's first byte
        [entry(3, b"x"), entry(6, b"", b"\x80" * 5000)],
        [b"\xbf" + b"\xff" * 5000],  # a size without end
        [entry(3, b"x"), entry(7, b"\1\2\1x", name)],  # makes less than it says
        [entry(3, b"x"), entry(7, b"\1\1\2xy", name)],  # makes more than it says
        [entry(3, b"x"), entry(7, b"\2\1\1x", name)],  # another base
        [entry(3, b"x"), entry(7, b"\1\1\0", name)],  # an instruction that does not exist
        [entry(3, b"x"), entry(7, b"\1\1\x90", name)],  # cut short
        [entry(3, b"x"), entry(7, b"\1\1\x91\5\1", name)],  # from beyond the base
    ):  # fmt: skip
        with pytest.raises(BrokenHistory):
            pack_of(*damaged)
    assert pack_of(entry(3, b"x"), entry(7, b"\1\1\1y", name)).branches == {}  # the same by the rules is read
    monkeypatch.setattr(objects, "MAX_DELTA_STEPS", 1000)
    small = varint(1) + varint(2000) + b"\x90\1" * 2000
    with pytest.raises(BrokenHistory, match="more small pieces"):
        pack_of(entry(3, b"x"), entry(7, small, name))


def test_a_loose_object_that_inflates_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "MAX_INFLATED", 2**20)
    _, part = loose("blob", bytes(2**22))
    with pytest.raises(BrokenHistory, match="unpacks to more than 1 MB"):
        History(Tree({"HEAD": b"x", **part}))
