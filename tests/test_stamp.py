import os
from pathlib import Path

from grader.stamp import Kept, stamp_of

LONG_AGO = 1_600_000_000


def aged(folder: Path) -> None:
    """As if every file had been written long ago. Nobody can set the system's own time of change: see ``made``."""
    for path in folder.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))


def made(tmp_path: Path, monkeypatch) -> Path:
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "a.txt").write_text("one")
    (folder / "b.txt").write_text("two")
    aged(folder)
    later = (folder / "b.txt").stat().st_ctime_ns + 60_000_000_000
    monkeypatch.setattr("grader.stamp.time.time_ns", lambda: later)
    return folder


def test_what_was_made_of_a_folder_is_kept_until_a_file_in_it_differs(tmp_path, monkeypatch):
    folder = made(tmp_path, monkeypatch)
    kept: Kept[object] = Kept()
    first = kept.of("k", (folder,), object)
    assert kept.of("k", (folder,), object) is first
    (folder / "inner" / "a.txt").write_text("one, and more")
    second = kept.of("k", (folder,), object)
    assert second is not first
    assert kept.of("k", (folder,), object) is second
    assert kept.of("another", (folder,), object) is not second


def test_a_change_that_leaves_size_and_time_as_they_were_is_seen(tmp_path, monkeypatch):
    folder = made(tmp_path, monkeypatch)
    before = stamp_of(folder)
    (folder / "inner" / "a.txt").write_text("eno")
    aged(folder)
    assert stamp_of(folder) != before


def test_a_new_file_a_lost_one_and_another_bit_are_seen(tmp_path, monkeypatch):
    folder = made(tmp_path, monkeypatch)
    stamps = [stamp_of(folder)]
    (folder / "c.txt").write_text("three")
    stamps.append(stamp_of(folder))
    (folder / "b.txt").unlink()
    stamps.append(stamp_of(folder))
    (folder / "c.txt").chmod(0o755)
    stamps.append(stamp_of(folder))
    assert len(set(stamps)) == 4


def test_what_was_just_written_is_read_again_each_time(tmp_path):
    (tmp_path / "young.txt").write_text("one")
    kept: Kept[object] = Kept()
    assert stamp_of(tmp_path) is None
    assert kept.of("k", (tmp_path,), object) is not kept.of("k", (tmp_path,), object)


def test_what_is_left_out_does_not_count(tmp_path, monkeypatch):
    folder = made(tmp_path, monkeypatch)
    skip = frozenset({"__pycache__"})
    before = stamp_of(folder, skip)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert stamp_of(folder, skip) == before


def test_no_more_is_kept_than_a_few_things(tmp_path, monkeypatch):
    folder = made(tmp_path, monkeypatch)
    kept: Kept[object] = Kept()
    first = kept.of(0, (folder,), object)
    for key in range(1, 100):
        kept.of(key, (folder,), object)
    assert kept.of(0, (folder,), object) is not first
