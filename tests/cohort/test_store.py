import hashlib
import os
import subprocess
import sys

import fsspec
import pytest

from grader.cohort.store import Store, StoreFault

JOB = "0" * 64


@pytest.fixture(params=["folder", "memory"])
def any_store(request, tmp_path):
    yield Store(str(tmp_path / "deep" / "store") if request.param == "folder" else "memory://store")
    fsspec.filesystem("memory").store.clear()


def test_what_is_put_is_found_by_its_digest(any_store):
    digest = any_store.put(b"an archive")
    assert digest == hashlib.sha256(b"an archive").hexdigest() == any_store.put(b"an archive")
    assert any_store.get(digest) == b"an archive"
    assert any_store.result(JOB) is None
    any_store.put_result(JOB, "{}")
    assert any_store.result(JOB) == "{}"
    any_store.put_note("plan", "a")
    any_store.put_note("plan", "b")
    assert any_store.note("plan") == "b"
    any_store.drop_note("plan")
    any_store.drop_note("plan")
    assert any_store.note("plan") is None


def test_a_store_is_found_again_by_its_url(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    digest = Store("store").put(b"x")
    monkeypatch.chdir("/")
    assert Store(f"file://{tmp_path}/store").get(digest) == b"x"


def test_damage_is_seen_and_mended_by_the_same_bytes(tmp_path):
    store = Store(str(tmp_path))
    digest = store.put(b"an archive")
    (tmp_path / "submissions" / digest).write_bytes(b"an archiv")
    with pytest.raises(StoreFault, match="damaged"):
        store.get(digest)
    store.put(b"an archive")
    assert store.get(digest) == b"an archive"


def test_what_is_not_there_is_one_line(tmp_path):
    with pytest.raises(StoreFault, match="is not there"):
        Store(str(tmp_path)).get(JOB)
    with pytest.raises(StoreFault, match="is no digest"):
        Store(str(tmp_path)).get("../../etc/passwd")
    with pytest.raises(StoreFault, match="cannot be used"):
        Store("nosuchprotocol://x")


def test_a_writer_killed_leaves_the_former_or_the_new(tmp_path):
    """SIGKILL at any moment: whoever reads never sees half a result."""
    code = (
        "import sys; from grader.cohort.store import Store\n"
        "store = Store(sys.argv[1])\n"
        "for number in range(10**6):\n"
        f"    store.put_result('{JOB}', str(number % 10) * 100_000); print(number, flush=True)\n"
    )
    store = Store(str(tmp_path))
    for lines in (1, 2, 5):
        with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as writer:
            for _ in range(lines):
                writer.stdout.readline()
            writer.kill()
        result = store.result(JOB)
        assert len(result) == 100_000
        assert len(set(result)) == 1


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", place], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_is_said_and_leaves_nothing_half(small_disk):
    store = Store(str(small_disk))
    first = store.put(b"small")
    with pytest.raises(StoreFault, match="No space left on device"):
        store.put(os.urandom(200_000))
    assert store.get(first) == b"small"
    assert [path.name for path in small_disk.rglob("*") if path.is_file()] == [first]
    assert store.get(store.put(b"after")) == b"after"
