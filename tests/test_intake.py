import gzip
import io
import os
import socket
import stat
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from unittest import mock

import pytest

from grader import intake
from grader.errors import GraderFault, InputError
from grader.intake import Submission, members, read_archive, read_submission
from grader.intake import archive as archives
from grader.intake import folder as folders
from grader.intake.label import Label
from grader.intake.names import Refusal

LEVEL = """
format = 1
id = "03-small"
number = 3
title = "Small"
focus = "Count."
goal = "Count well."
[[skill]]
id = "scripts"
name = "Scripts"
[[exercise]]
id = "counter"
kind = "repo"
title = "A counter"
minutes = 30
difficulty = "steady"
importance = "Others run it."
fresh = 0
[rule]
points = 0.7
skill = 0.6
"""
CHECK = '''
import pytest

@pytest.mark.check(points=4, skill="scripts")
def test_runs(submission):
    """The counter runs."""
'''
LABEL = Label("03-small", "Ada", "practice", "0123456789abcdef").text().encode()
NOTEBOOK = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
GOOD = {
    "work/.ladder.toml": LABEL,
    "work/notebooks/01-count.ipynb": NOTEBOOK,
    "work/counter/run.py": b"print(1)\n",
    "work/counter/.git/HEAD": b"ref: refs/heads/main\n",
}
Change = Callable[[tarfile.TarFile], None]
AsNobody = Callable[[], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def one_level(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = tmp_path_factory.mktemp("levels")
    for folder in ("03-small", "04-next"):
        (levels / folder / "checks").mkdir(parents=True)
        (levels / folder / "starter" / "counter").mkdir(parents=True)
        text = LEVEL.replace("03-small", folder).replace("number = 3", f"number = {folder[1]}")
        (levels / folder / "level.toml").write_text(text)
        (levels / folder / "checks" / "test_counter.py").write_text(CHECK)
    monkeypatch.setenv("LADDER_LEVELS", str(levels))


def add(archive: tarfile.TarFile, name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, **more: object) -> None:
    entry = tarfile.TarInfo(name)
    entry.type = kind
    entry.size = len(data)
    for field, value in more.items():
        setattr(entry, field, value)
    archive.addfile(entry, io.BytesIO(data))


def tar(path: Path, change: Change = lambda archive: None, files: dict[str, bytes] = GOOD, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode, format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            add(archive, name, data)
        change(archive)
    return path


def zipped(path: Path, files: dict[str, bytes] = GOOD) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def refusal(path: Path, level_id: str | None = None) -> str:
    """The reason of the refusal; that it is one line naming the file, and that nothing was written, is checked here."""
    around = path.parent if path.parent.is_dir() else path.parent.parent
    before = {entry: entry.lstat().st_mtime_ns for entry in around.rglob("*")}
    with pytest.raises(InputError) as caught:
        read_submission(path, level_id)
    assert {entry: entry.lstat().st_mtime_ns for entry in around.rglob("*")} == before
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert text.isprintable()
    return text.removeprefix(f"{path}: ")


def test_archives_of_every_kind_and_the_folder_give_the_same_tree(tmp_path: Path) -> None:
    gz = read_submission(tar(tmp_path / "a.tar.gz"))
    assert (gz.level_id, gz.learner_claim, gz.key_id, gz.notes) == ("03-small", "Ada", "practice", ())
    assert gz.source == str(tmp_path / "a.tar.gz")
    assert gz.tree.files == {name.removeprefix("work/"): data for name, data in GOOD.items()}
    for name, data in GOOD.items():
        file = tmp_path / "folder" / name.removeprefix("work/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    others = [
        tar(tmp_path / "a.tgz"),
        tar(tmp_path / "a.tar", mode="w"),
        zipped(tmp_path / "a.zip"),
        tar(tmp_path / "misnamed.zip"),
        tar(tmp_path / "flat.tar.gz", files={name.removeprefix("work/"): data for name, data in GOOD.items()}),
        tmp_path / "folder",
    ]
    assert {read_submission(other).digest for other in others} == {gz.digest}


def test_junk_data_and_all_of_git_but_its_objects_are_left_out(tmp_path: Path) -> None:
    git = "work/counter/.git/"
    digest = "0" * 38
    kept = {
        git + "packed-refs": b"",
        git + "refs/heads/main": b"0" * 40,
        git + "refs/heads/teammate/airports": b"1" * 40,
        git + "refs/heads/caf\u00e9": b"2" * 40,
        git + f"objects/ab/{digest}": b"x",
        git + f"objects/pack/pack-{'a' * 40}.pack": b"x",
        git + f"objects/pack/pack-{'a' * 40}.idx": b"x",
        "work/counter/data/mine.csv": b"x",
    }
    dropped = [
        "data/01-count/export.csv", ".venv/bin/python", "notebooks/.ipynb_checkpoints/01-count-checkpoint.ipynb",
        "counter/__pycache__/run.cpython-311.pyc", "counter/node_modules/left/index.js", ".DS_Store", "._notebooks",
        ".ladder-hints.json", "counter/old.pyc",
        "ada-03-small.tar.gz", "old.zip",
        "counter/.git/config", "counter/.git/hooks/post-checkout", "counter/.git/index", "counter/.git/FETCH_HEAD",
        "counter/.git/objects/info/alternates", "counter/.git/objects/info/commit-graph", "counter/.git/modules/x/HEAD",
        "counter/.git/refs/heads/odd\u200bname", "counter/.git/logs/HEAD", "counter/.git/worktrees/x/gitdir",
        ".git/HEAD", "counter/vendor/.git/HEAD", "counter/sub/.git", "counter/.GIT/config", "notes/.git",
    ]  # fmt: skip
    files = {**GOOD, **kept, **{f"work/{name}": b"dropped" for name in dropped}, "__MACOSX/work/._x": b"x"}
    path = tar(tmp_path / "a.tar.gz", files=files)
    tree = read_submission(path).tree
    assert set(tree.files) == {name.removeprefix("work/") for name in (GOOD | kept)}


def test_a_broken_notebook_stays_as_its_bytes(tmp_path: Path) -> None:
    path = tar(tmp_path / "a.tar.gz", files={**GOOD, "work/notebooks/01-count.ipynb": b"\xff\x00 not JSON"})
    assert read_submission(path).tree.files["notebooks/01-count.ipynb"] == b"\xff\x00 not JSON"


def test_executable_bits_survive(tmp_path: Path) -> None:
    def change(archive: tarfile.TarFile) -> None:
        add(archive, "work/counter/run.sh", b"#!/bin/sh\n", mode=0o755)

    assert read_submission(tar(tmp_path / "a.tar.gz", change)).tree.executable == {"counter/run.sh"}


def test_a_lone_notebooks_folder_or_repo_is_not_taken_for_the_top_folder(tmp_path: Path) -> None:
    lone = read_submission(tar(tmp_path / "a.tar.gz", files={"notebooks/01-count.ipynb": NOTEBOOK}), "3")
    assert set(lone.tree.files) == {"notebooks/01-count.ipynb"}
    assert (lone.level_id, lone.learner_claim) == ("03-small", None)
    repo = read_submission(tar(tmp_path / "b.tar.gz", files={"counter/.git/HEAD": b"", "counter/run.py": b""}))
    assert set(repo.tree.files) == {"counter/.git/HEAD", "counter/run.py"}
    assert repo.level_id is None


def test_a_link_inside_the_tree_is_left_out_with_a_note_and_a_hard_link_is_its_file(tmp_path: Path) -> None:
    def change(archive: tarfile.TarFile) -> None:
        add(archive, "work/counter/latest", kind=tarfile.SYMTYPE, linkname="../notebooks/01-count.ipynb")
        add(archive, "work/counter/again.py", kind=tarfile.LNKTYPE, linkname="work/counter/run.py")
        add(archive, "work/counter/lost.py", kind=tarfile.LNKTYPE, linkname="work/counter/nowhere.py")
        add(archive, "work/.venv/bin/python", kind=tarfile.SYMTYPE, linkname="/usr/bin/python3")

    found = read_submission(tar(tmp_path / "a.tar.gz", change))
    assert found.tree.files["counter/again.py"] == GOOD["work/counter/run.py"]
    assert set(found.tree.files) == {name.removeprefix("work/") for name in GOOD} | {"counter/again.py"}
    assert [note.split("'")[1] for note in found.notes] == ["work/counter/latest", "work/counter/lost.py"]


HOSTILE_MEMBERS: dict[str, tuple[str, bytes, dict[str, object], str]] = {
    "absolute": ("/etc/cron.d/x", tarfile.REGTYPE, {}, "absolute path '/etc/cron.d/x'"),
    "drive": ("C:/x", tarfile.REGTYPE, {}, "absolute path"),
    "climbing": ("work/../../x", tarfile.REGTYPE, {}, "climbs out"),
    "climbing folder": ("../x", tarfile.DIRTYPE, {}, "climbs out"),
    "link out": ("work/x", tarfile.SYMTYPE, {"linkname": "../../etc/passwd"}, "points out of it"),
    "absolute link": ("work/x", tarfile.SYMTYPE, {"linkname": "/etc/passwd"}, "points out of it"),
    "hard link out": ("work/x", tarfile.LNKTYPE, {"linkname": "../etc/passwd"}, "climbs out"),
    "absolute hard link": ("work/x", tarfile.LNKTYPE, {"linkname": "/etc/passwd"}, "absolute path"),
    "pipe": ("work/x", tarfile.FIFOTYPE, {}, "device or a pipe"),
    "character device": ("work/x", tarfile.CHRTYPE, {"devmajor": 1, "devminor": 3}, "device or a pipe"),
    "block device": ("work/x", tarfile.BLKTYPE, {"devmajor": 8}, "device or a pipe"),
    "sparse": ("work/x", tarfile.GNUTYPE_SPARSE, {}, "a kind of member"),
    "not UTF-8": ("work/caf\udce9", tarfile.REGTYPE, {}, "not UTF-8: 'work/caf\\\\udce9'"),
    "control character": ("work/\x1b[31mx", tarfile.REGTYPE, {}, "control character"),
    "backslash": ("work/..\\x", tarfile.REGTYPE, {}, "backslash"),
    "twice": ("work/counter/run.py", tarfile.REGTYPE, {}, "'work/counter/run.py' twice"),
    "case": ("work/counter/RUN.py", tarfile.REGTYPE, {}, "differ only in case"),
    "file and folder": ("work/counter/run.py/x", tarfile.REGTYPE, {}, "both as a file and as a folder"),
    "deep": ("work/" + "d/" * 40 + "x", tarfile.REGTYPE, {}, "deeper than"),
    "long": ("work/" + "x" * 256, tarfile.REGTYPE, {}, "too long"),
    "very long": ("work/" + "/".join(["x" * 200] * 10), tarfile.REGTYPE, {}, "too long"),
}


@pytest.mark.parametrize("name", HOSTILE_MEMBERS)
def test_a_hostile_member_is_refused(name: str, tmp_path: Path) -> None:
    member, kind, fields, reason = HOSTILE_MEMBERS[name]

    def change(archive: tarfile.TarFile) -> None:
        archive.format = tarfile.GNU_FORMAT if name == "not UTF-8" else tarfile.PAX_FORMAT
        archive.errors = "surrogateescape"
        add(archive, member, kind=kind, **fields)

    assert reason in refusal(tar(tmp_path / "a.tar.gz", change))


def test_names_that_one_file_system_spells_alike_are_refused(tmp_path: Path) -> None:
    files = {**GOOD, "work/e\u0301.txt": b"", "work/\u00e9.txt": b""}
    assert "differ only in case" in refusal(zipped(tmp_path / "a.zip", files))


@pytest.mark.parametrize("content", [b"", b"hello", b"\x7fELF" + b"x" * 5000, b"PK", b"\x1f\x8bxx"])
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(content)
    assert any(word in refusal(path) for word in ("empty", "not an archive", "damaged"))


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere.tar.gz") == "there is no such file or folder"
    os.mkfifo(tmp_path / "pipe.tar.gz")
    assert refusal(tmp_path / "pipe.tar.gz") == "is neither a file nor a folder"


@pytest.mark.parametrize("kind", ["w:gz", "w", "zip"])
def test_an_archive_cut_anywhere_is_refused(kind: str, tmp_path: Path) -> None:
    files = {**GOOD, "work/notes.txt": os.urandom(3000)}
    whole = zipped(tmp_path / "whole", files) if kind == "zip" else tar(tmp_path / "whole", files=files, mode=kind)
    data = whole.read_bytes()
    path = tmp_path / "cut"
    end = data.rstrip(b"\0")  # a tar without all of its padding is whole
    for length in range(1, len(end) - 1, 97 if kind == "w:gz" else 512):
        path.write_bytes(data[:length])
        assert any(word in refusal(path) for word in ("cut short", "not an archive"))


@pytest.mark.parametrize("kind", ["w:gz", "w", "zip"])
def test_a_flipped_bit_never_surprises(kind: str, tmp_path: Path) -> None:
    whole = zipped(tmp_path / "whole") if kind == "zip" else tar(tmp_path / "whole", mode=kind)
    data = whole.read_bytes()
    path = tmp_path / "flipped"
    for at in range(0, len(data), max(1, len(data) // 150)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :])
        try:
            assert isinstance(read_submission(path), Submission)
        except InputError as error:
            assert str(error).isprintable()  # noqa: PT017 - either is right; a traceback is not


def test_ten_gigabytes_of_zeros_stop_early(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("work/zeros.bin")
    entry.size = 10 * 2**30
    member = gzip.compress(bytes(2**20))  # gzip members may follow one another: 40 MB of file are 10 GB of zeros
    for name, header in (("big.tar.gz", entry.tobuf()), ("noheader.tar.gz", b"")):
        path = tmp_path / name
        with path.open("wb") as file:
            file.write(gzip.compress(header))
            for _ in range(10 * 2**10):
                file.write(member)
        assert any(word in refusal(path) for word in ("larger than 16 MB", "goes on long after its end"))


def test_a_pax_header_of_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("x")
    entry.type = tarfile.XHDTYPE
    entry.size = 2**30
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(entry.tobuf() + bytes(2**20)))
    assert "extended header" in refusal(path)


@pytest.mark.parametrize(
    "record", [b"99 path=x\n", b"x", b"0 path=x\n", b"10 path+x\n", b"9999999999 a=b\n", b" a=b\n"]
)
def test_a_damaged_pax_record_is_refused(record: bytes, tmp_path: Path) -> None:
    entry = tarfile.TarInfo("x")
    entry.type = tarfile.XHDTYPE
    entry.size = len(record)
    path = tmp_path / "a.tar"
    path.write_bytes(entry.tobuf() + record.ljust(512, b"\0") + bytes(1024))
    assert "damaged" in refusal(path)


@pytest.mark.parametrize("size", ["9" * 5000, "9" * 20, "\u0663" * 5000, "-1", "x"])
def test_a_pax_record_of_a_size_that_no_file_has_is_refused(size: str, tmp_path: Path) -> None:
    def change(archive: tarfile.TarFile) -> None:
        add(archive, "work/big.bin", b"x", pax_headers={"size": size})

    assert "damaged" in refusal(tar(tmp_path / "a.tar.gz", change))


def test_a_zip_that_inflates_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    big = zipped(tmp_path / "big.zip", {**GOOD, "work/zeros.bin": bytes(members.MAX_FILE_BYTES + 1)})
    assert "larger than 16 MB" in refusal(big)
    many = {f"work/z{number}.bin": bytes(members.MAX_FILE_BYTES) for number in range(5)}
    assert "more than 64 MB" in refusal(zipped(tmp_path / "many.zip", {**GOOD, **many}))


def test_a_zip_that_lies_about_sizes_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"work/notebooks/01-count.ipynb": b"x" * 1000})
    data = path.read_bytes()
    path.write_bytes(data.replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    assert "damaged" in refusal(path)


def test_a_zip_with_links_and_devices_is_refused(tmp_path: Path) -> None:
    for mode, target, reason in (
        (stat.S_IFLNK, "/etc/passwd", "points out"),
        (stat.S_IFLNK, "x" * 5000, "points out"),
        (stat.S_IFIFO, "", "device or a pipe"),
        (stat.S_IFCHR, "", "device or a pipe"),
    ):
        path = zipped(tmp_path / "a.zip")
        with zipfile.ZipFile(path, "a") as archive:
            entry = zipfile.ZipInfo("work/x")
            entry.create_system = 3
            entry.external_attr = (mode | 0o644) << 16
            archive.writestr(entry, target)
        assert reason in refusal(path)


def test_a_zip_in_windows_spelling_is_read_and_cannot_climb(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {name.replace("/", "\\"): data for name, data in GOOD.items()})
    assert set(read_submission(path).tree.files) == {name.removeprefix("work/") for name in GOOD}
    assert "climbs out" in refusal(zipped(tmp_path / "b.zip", {**GOOD, "work\\..\\..\\x": b""}))


def test_a_zip_with_a_name_that_is_not_utf8_a_password_or_another_method_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {**GOOD, "work/cafe": b"x"})
    path.write_bytes(path.read_bytes().replace(b"work/cafe", b"work/caf\xe9"))
    assert "not UTF-8" in refusal(path)
    path = zipped(tmp_path / "b.zip", {"work/notebooks/01-count.ipynb": NOTEBOOK})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    assert "password" in refusal(path)
    with zipfile.ZipFile(tmp_path / "c.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("work/notebooks/01-count.ipynb", NOTEBOOK)
    assert "other than deflate" in refusal(tmp_path / "c.zip")


def test_a_zip_with_a_huge_directory_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(45_000):
            archive.writestr(zipfile.ZipInfo(f"work/{number:060}"), b"")
    assert "more members" in refusal(tmp_path / "a.zip")


def test_a_million_small_files_are_refused(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("work/0000000.txt")
    path = tmp_path / "a.tar.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for number in range(members.MAX_KEPT_FILES + 2):  # no more are read
            entry.name = f"work/{number:07}.txt"
            file.write(entry.tobuf())
    assert "more than 20,000 files" in refusal(path)
    folder = tarfile.TarInfo("work/empty")
    folder.type = tarfile.DIRTYPE
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(5):
            file.write(folder.tobuf() * 10_000)
    assert "more than 40,000" in refusal(path)


def test_a_notebook_grown_by_its_outputs_says_what_to_do(tmp_path: Path) -> None:
    files = {**GOOD, "work/notebooks/01-count.ipynb": b"x" * (members.MAX_NOTEBOOK_BYTES + 1)}
    assert refusal(tar(tmp_path / "a.tar.gz", files=files)).endswith("clear its outputs")


def test_junk_cannot_inflate_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 2**20)
    path = tar(tmp_path / "a.tar.gz", files={**GOOD, "work/.venv/zeros": bytes(2**21)})
    assert "unpacks to more than 1 MB" in refusal(path)


def test_an_archive_without_work_is_refused(tmp_path: Path) -> None:
    assert "no notebook" in refusal(tar(tmp_path / "a.tar.gz", files={"work/README.md": b"hello"}))
    assert "no notebook" in refusal(tar(tmp_path / "b.tar.gz", files={}))
    assert "no notebook" in refusal(tar(tmp_path / "c.tar.gz", files={"work/.ladder.toml": LABEL}))


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        (b"format = 1\nlevel = '09-none'", "is for level '09-none', which is not among the levels here"),
        (b"format = 1\nlevel = '../03-small'", "not among the levels here"),
        (b"format = 1", "is for level ''"),
        (b"format = 2\nlevel = '03-small'", "format 2; this ladder reads 1, so update ladder"),
        (b"format = 0\nlevel = '03-small'", "format 0, which is too old"),
        (b"level = '03-small'", "without a format number"),
        (b"format = true\nlevel = '03-small'", "without a format number"),
        (b"format = = 1", "not TOML"),
        (b"\xff\xfe", "not TOML"),
        (b"x = " + b"[" * 20_000, "not TOML"),
        (b"format = 1\nlevel = '03-small'\nlearner = 7", "whose learner is not a line of text"),
        (b'format = 1\nlevel = "03-small"\nlearner = "a\\u001b[31m"', "whose learner is not a line of text"),
        (b"format = 1\nlevel = '03-small'\nlearner = '" + b"a" * 201 + b"'", "whose learner is not a line of text"),
        (b"#" * 100_000, "without a format number"),
        (b"format = 0x" + b"F" * 4000 + b"\nlevel = '03-small'", "without a format number"),
        (b"format = -" + b"9" * 4000 + b"\nlevel = '03-small'", "without a format number"),
        (b"format = 1\nlevel = 0x" + b"F" * 4000, "whose level is not a line of text"),
        (b"format = 1\nlevel." + b"a." * 20_000 + b"a = 1", "whose level is not a line of text"),
    ],
)
def test_a_label_that_cannot_be_used_is_refused(label: bytes, reason: str, tmp_path: Path) -> None:
    assert reason in refusal(tar(tmp_path / "a.tar.gz", files={**GOOD, "work/.ladder.toml": label}))


@pytest.mark.parametrize(
    "problem", [RecursionError("deep\nand deeper"), UnicodeEncodeError("utf-8", "\udce9", 0, 1, "")]
)
def test_what_nobody_foresaw_is_one_line_about_the_one_submission(
    problem: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbling(data: bytes) -> Label:
        raise problem

    monkeypatch.setattr(intake.Label, "parse", stumbling)
    path = tar(tmp_path / "a.tar.gz")
    assert refusal(path).startswith(f"cannot be read: {type(problem).__name__}: ")
    with pytest.raises(InputError, match="^ada: cannot be read: ") as caught:
        read_archive(path.read_bytes(), "ada")
    assert caught.value.__cause__ is problem  # --debug shows where


def test_a_fault_of_the_levels_here_is_no_submissions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for problem in (GraderFault("level.toml is damaged"), RuntimeError("ours")):
        monkeypatch.setattr(intake, "find_level", mock.Mock(side_effect=problem))
        with pytest.raises(type(problem), match=str(problem)):
            read_submission(tar(tmp_path / "a.tar.gz"))


def test_a_workspace_of_another_level_is_refused(tmp_path: Path) -> None:
    path = tar(tmp_path / "a.tar.gz")
    assert refusal(path, "4") == "is a workspace of 03-small, not of 04-next"
    assert read_submission(path, "03").level_id == "03-small"


def test_a_label_comes_back_as_it_was_written() -> None:
    label = Label("03-small", 'Ada "the first" \\ L\u00f6we \U0001f409', "practice", "00ff")
    assert Label.parse(label.text().encode()) == label
    with pytest.raises(Refusal):
        Label.parse(Label("03-small", "a\x7fb", "practice", "00ff").text().encode())


def a_folder(top: Path) -> Path:
    for name, data in GOOD.items():
        file = top / name.removeprefix("work/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return top


def test_of_a_folder_links_pipes_and_sockets_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = a_folder(tmp_path / "ws")
    (folder / "linked.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "around").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    (folder / "data").mkdir()
    (folder / "data" / "big.bin").write_bytes(bytes(members.MAX_FILE_BYTES + 1))
    here = Path.cwd()
    os.chdir(folder)  # a socket's path must be short
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("socket")
            found = read_submission(folder)
    finally:
        os.chdir(here)
    assert set(found.tree.files) == {name.removeprefix("work/") for name in GOOD}


def test_a_folder_that_is_too_deep_or_has_a_bad_name_is_refused(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "ws")
    deep = folder.joinpath(*"d" * 40)
    deep.mkdir(parents=True)
    assert "deeper than" in refusal(folder)
    named = a_folder(tmp_path / "named")
    (Path(os.fsdecode(os.fsencode(named) + b"/caf\xe9"))).write_text("")
    assert "not UTF-8" in refusal(named)


def test_a_file_that_vanishes_while_its_folder_is_read_is_one_line(tmp_path: Path) -> None:
    top = a_folder(tmp_path / "ws")
    walk = folders.members(top)
    names = [next(walk).name for _ in range(4)]
    assert names == [".ladder.toml", "counter", "counter/.git", "counter/.git/HEAD"]  # counter/ was listed whole
    (top / "counter" / "run.py").unlink()
    with pytest.raises(Refusal, match=r"^cannot be read at 'counter/run.py': No such file or directory$"):
        next(walk)


@pytest.mark.parametrize("mode", [0o000, 0o444, 0o111])
def test_a_folder_that_its_owner_shut_is_one_line(mode: int, open_to_all: Path, as_nobody: AsNobody) -> None:
    folder = a_folder(open_to_all / "ws")
    folder.chmod(mode)
    with as_nobody(), pytest.raises(InputError, match=f"^{folder}: cannot be read[^:]*: Permission denied$"):
        read_submission(folder)


def test_a_place_that_its_owner_shut_is_one_line(open_to_all: Path, as_nobody: AsNobody) -> None:
    folder = a_folder(open_to_all / "ben" / "ws")
    folder.parent.chmod(0o000)
    with as_nobody(), pytest.raises(InputError, match=f"^{folder}: cannot be read: Permission denied$"):
        read_submission(folder)
