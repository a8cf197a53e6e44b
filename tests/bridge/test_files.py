import pytest

from grader.bridge import files


def test_what_is_put_is_read_listed_and_removed(tmp_path):
    files.put(tmp_path, {"a/b/c.txt": b"1", "run.sh": b"#!/bin/sh\n"}, ["run.sh"])
    assert files.read(tmp_path, "a/b/c.txt") == b"1"
    assert (tmp_path / "run.sh").stat().st_mode & 0o111
    assert files.listing(tmp_path, "**/*") == ["a/b/c.txt", "run.sh"]
    assert files.listing(tmp_path, "*.txt") == []
    files.write(tmp_path, "a/b/c.txt", b"22")
    assert files.read(tmp_path, "a/b/c.txt") == b"22"
    files.remove(tmp_path, "a/b/c.txt")
    assert not files.exists(tmp_path, "a/b/c.txt")
    assert files.exists(tmp_path, "a/b")


@pytest.mark.parametrize(("path", "error"), [("nowhere", FileNotFoundError), ("folder", OSError), ("large", OSError)])
def test_what_cannot_be_read(tmp_path, path, error):
    (tmp_path / "folder").mkdir()
    with (tmp_path / "large").open("wb") as file:
        file.truncate(65 << 20)
    with pytest.raises(error):
        files.read(tmp_path, path)


def test_a_link_to_nothing_is_not_there(tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    assert not files.exists(tmp_path, "link")
    with pytest.raises(FileNotFoundError):
        files.read(tmp_path, "link")


def test_a_file_where_a_folder_should_be(tmp_path):
    files.write(tmp_path, "raw", b"")
    with pytest.raises(OSError):
        files.write(tmp_path, "raw/x.csv", b"")
