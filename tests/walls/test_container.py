"""Containers as data: the command line, the image, how an end is read; and a machine without an engine."""

import io
import signal
import tarfile

import pytest

from grader.errors import GraderFault
from grader.model import Limits
from grader.walls import container, view

LIMITS = Limits(total_memory_mb=777, processes=33, disk_mb=44)


def line(engine="docker", rootless=False, role=None):
    plan = view.plan(role or view.worker_role())
    return container.command(engine, "ladder-1", plan, LIMITS, 60.0, "/somewhere/ladder-1", rootless)


def value(words, option):
    return words[words.index(option) + 1]


def test_a_container_has_no_network_no_capability_and_limits():
    words = line()
    assert words[:3] == ["docker", "run", "--rm"]
    assert value(words, "--network") == "none"
    assert value(words, "--cap-drop") == "ALL"
    assert value(words, "--security-opt") == "no-new-privileges"
    assert value(words, "--user") == "1000:1000"
    assert value(words, "--pids-limit") == "33"
    assert (value(words, "--memory"), value(words, "--memory-swap")) == ("777m", "777m")
    assert value(words, "--pull") == "never"
    assert "--read-only" in words
    assert {"--privileged", "--volume", "--pid", "--cap-add", "--device"}.isdisjoint(words)


def test_every_mount_is_read_only_and_every_space_bounded():
    words = line()
    mounts = [words[place + 1] for place, word in enumerate(words) if word == "--mount"]
    assert len(mounts) > 5
    assert all(mount.startswith("type=bind,src=/") and mount.endswith(",readonly") for mount in mounts)
    assert "type=bind,src=/somewhere/ladder-1,dst=/ladder/sockets,readonly" in mounts
    spaces = [words[place + 1] for place, word in enumerate(words) if word == "--tmpfs"]
    assert {space.split(":")[0] for space in spaces} >= {"/work", "/tmp", "/home/learner"}
    assert all("size=44m" in space and "nosuid" in space and "nodev" in space for space in spaces)
    assert value(words, "--shm-size") == "44m"


def test_podman_without_root_keeps_the_id():
    assert value(line("podman", rootless=True), "--userns") == "keep-id:uid=1000,gid=1000"
    assert "--userns" not in line("podman")
    assert "--userns" not in line("docker", rootless=True)


def test_the_image_holds_links_and_small_files_only():
    with tarfile.open(fileobj=io.BytesIO(container.image(view.plan(view.worker_role())))) as tar:
        members = {member.name: member for member in tar.getmembers()}
        passwd = tar.extractfile("etc/passwd").read().decode()
    assert passwd.startswith("learner:x:1000:1000:")
    assert "root" not in passwd
    assert all(member.issym() or member.size < 500 for member in members.values())
    assert not any(name.startswith("/") for name in members)


@pytest.mark.parametrize(
    ("words", "reason", "code", "expected"),
    [
        ({"status": 0}, None, 0, ("exit", 0)),
        ({"status": 3 << 8}, "killed", 0, ("exit", 3)),
        ({"status": int(signal.SIGSEGV)}, None, 0, ("signal", 11)),
        ({"status": 9}, "deadline", 0, ("deadline", 9)),
        ({"status": 9}, None, 0, ("signal", 9)),
        ({}, None, 137, ("memory", 9)),
        ({}, "killed", 137, ("killed", 9)),
        ({"status": None}, "killed", 0, ("killed", 9)),
    ],
)
def test_how_an_end_is_read(words, reason, code, expected):
    found = container.ending(words, reason, code)
    assert (found["ended"], found["status"]) == expected


def test_a_machine_without_an_engine_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GraderFault, match="docker: not installed; podman: not installed"):
        container.engine_with_image(view.plan(view.worker_role()))


def test_an_engine_that_refuses_is_quoted(monkeypatch, tmp_path):
    engine = tmp_path / "podman"
    engine.write_text("#!/bin/sh\necho first >&2\necho 'no storage here' >&2\nexit 125\n")
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GraderFault, match="podman: no storage here"):
        container.engine_with_image(view.plan(view.worker_role()))
