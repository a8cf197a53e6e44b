"""The builder: what can be decided without one, and what stands inside a real one where images can be built."""

import json
import os
import shutil
import socket
import sys
import time
from pathlib import Path

import pytest

from grader.errors import GraderFault
from grader.tools import images, tools_folder
from grader.walls import builder

LOOKS = """
import json, os, socket, sys
sock = socket.socket(fileno=int(sys.argv[-1]))
sock.sendall(b"+")
def tried(act):
    try:
        return act() or "done"
    except OSError as error:
        return type(error).__name__
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
sock.sendall(json.dumps({
    "uid": os.getuid(),
    "map": open("/proc/self/uid_map").read().split(),
    "processes": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
    "top": sorted(os.listdir("/")),
    "home": tried(lambda: os.listdir("/home")),
    "usr": tried(lambda: open("/usr/hole", "w")),
    "root": tried(lambda: open("/hole", "w")),
    "scratch": tried(lambda: open("/scratch/hole", "w").close()),
    "out": tried(lambda: socket.create_connection(("192.0.2.1", 80), 1)),
    "module": status["NoNewPrivs"].strip() + status["Seccomp"].strip(),
}).encode())
"""
STAYS = """
import os, socket, sys, time
sock = socket.socket(fileno=int(sys.argv[-1]))
sock.sendall(b"+")
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        break
time.sleep(600)
"""
EATS = """
import socket, sys, time
sock = socket.socket(fileno=int(sys.argv[-1]))
sock.sendall(b"+")
kept = [bytearray(b"x" * (32 << 20)) for _ in range(20)]
time.sleep(600)
"""


@pytest.fixture(scope="module")
def ids():
    missing = images.missing_programs()
    if os.name != "posix" or missing:
        pytest.skip(f"not here: {missing}")
    try:
        return builder.subordinate_ids()
    except GraderFault as fault:
        pytest.skip(str(fault))


@pytest.fixture
def start(ids, tmp_path):
    """Starts a builder that runs a program; ended with the test."""
    children = []

    def starts(code, **room):
        program = tmp_path / f"program{len(children)}.py"
        program.write_text(code)
        shown = [builder.Shown(program, "/program.py")]
        children.append(builder.start(shown, ("/program.py",), ids, builder.Room(**room)))
        return children[-1]

    yield starts
    for child in children:
        child.kill()
        child.wait(10)
        child.sock.close()


def everything(sock):
    sock.settimeout(60)
    return b"".join(iter(lambda: sock.recv(1 << 16), b""))


def named(ids):
    """Processes whose owner is one of a builder's."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                uid = folder.stat().st_uid
            except OSError:
                continue
            found += [int(folder.name)] if ids[0] <= uid < sum(ids) else []
    return found


def test_inside_it_is_root_of_nothing_but_itself(start, ids):
    child = start(LOOKS)
    said = json.loads(everything(child.sock))
    assert said["uid"] == 0
    assert said["map"] == ["0", str(ids[0]), str(ids[1])] and ids[0] > 65535
    assert len(said["processes"]) <= 3  # bubblewrap's first one, and the program
    usual = {"bin", "sbin", "lib", "lib32", "lib64", "libx32", "dev", "proc", "sys", "run", "etc", "usr", "var", "tmp"}
    assert set(said["top"]) <= {*usual, "scratch", "program.py", *Path(sys.base_prefix).parts[1:2]}
    assert said["home"] == "FileNotFoundError" or "home" in Path(sys.base_prefix).parts
    assert (said["usr"], said["root"]) == ("OSError", "OSError") and said["scratch"] == "done"
    assert said["out"] in ("OSError", "TimeoutError")
    assert said["module"] == "12"  # no new privileges, and a filter


def test_what_it_used_is_counted_and_nothing_is_left(start, ids):
    before = set(named(ids))
    child = start(STAYS)
    until = time.monotonic() + 20
    while len(set(named(ids)) - before) < 4 and time.monotonic() < until:
        time.sleep(0.05)
    assert len(set(named(ids)) - before) >= 4
    child.kill()
    assert child.wait(10).ended == "killed"
    until = time.monotonic() + 10
    while set(named(ids)) - before and time.monotonic() < until:
        time.sleep(0.05)
    assert not set(named(ids)) - before


def test_its_time_is_over_at_last(start):
    assert start(STAYS, seconds=1.0).wait(30).ended == "deadline"


def test_it_is_ended_where_all_its_processes_hold_too_much(start):
    usage = start(EATS, memory_mb=200.0).wait(60)
    assert usage.ended == "memory"
    assert usage.cpu_seconds > 0


def test_a_program_that_does_not_come_up_is_said(start):
    with pytest.raises(GraderFault, match="no builder stands here .*No such module"):
        start("raise SystemExit('No such module')")


def test_without_an_installation_there_is_none(tmp_path):
    with pytest.raises(GraderFault, match="ladder tools install images"):
        builder.spawn(tmp_path)


def test_a_base_of_other_ids_is_made_again(tmp_path, ids):
    for part in images.PARTS:
        (tmp_path / part).mkdir()
    (tmp_path / "about.json").write_text(json.dumps({"version": images.VERSION, "ids": [4711, 65536], "wheels": []}))
    with pytest.raises(GraderFault, match="other ids"):
        builder.spawn(tmp_path)


def test_an_installation_gives_a_builder(ids):
    if images.about(tools_folder() / "images") is None:
        pytest.skip("ladder tools install images")
    child = builder.spawn(tools_folder() / "images")
    child.sock.shutdown(socket.SHUT_RDWR)
    child.sock.close()
    assert child.wait(20).ended == "exit"


@pytest.mark.parametrize(
    ("lines", "first"),
    [
        ("nobody:100000:65536\nsomebody:165536:65536\n", 165536),
        ("somebody:100000:1000\n", None),
        ("somebody\n", None),
        ("", None),
    ],
)
def test_subordinate_ids_are_those_of_the_account(tmp_path, lines, first):
    file = tmp_path / "subuid"
    file.write_text(lines)
    assert builder._first_of(file, "somebody") == first


def test_the_engine_is_below_usr(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: {"buildah": "/opt/buildah", "unshare": "/usr/bin/env"}.get(name))
    assert images.missing_programs() == ["buildah", "nsenter"]
