"""How children begin and end, and that nothing of them stays behind."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from grader.errors import GraderFault, NoWalls
from grader.model import Limits
from grader.walls import view
from grader.walls.opening import first_that_holds
from grader.walls.outer import Namespaces

pytestmark = pytest.mark.walls
INSIDE = Path(__file__).parent / "inside"
SLEEPERS = """
import os, subprocess
for _ in range(3):
    if os.fork() == 0:  # orphans, in sessions of their own, deaf to every signal they can be
        os.setsid()
        if os.fork() == 0:
            os.execv("/bin/sh", [{name!r}, "-c", "trap '' 1 2 15; sleep 300; true", {name!r}])
        os._exit(0)
"""


@pytest.mark.parametrize("judge", [False, True])
def test_kill_leaves_no_process_alive(spawn, marked, judge):
    name = marked.new()
    child = spawn(judge=judge)
    child.run(SLEEPERS.format(name=name))
    assert marked.appear(name)
    usage = child.end()
    assert (usage.ended, usage.status) == ("killed", signal.SIGKILL)
    assert marked.processes(name) == []


def test_what_a_worker_leaves_behind_ends_with_it(spawn, marked):
    name = marked.new()
    worker = spawn()
    worker.run(SLEEPERS.format(name=name))
    assert marked.appear(name)
    worker.tell("import os; os._exit(3)")
    usage = worker.child.wait(10)
    assert (usage.ended, usage.status) == ("exit", 3)
    assert marked.processes(name) == []


def test_the_end_of_a_worker_is_reported_as_it_was(spawn):
    crashed = spawn()
    crashed.tell("import ctypes; ctypes.string_at(0)")
    usage = crashed.child.wait(10)
    assert (usage.ended, usage.status) == ("signal", signal.SIGSEGV)
    done = spawn()
    done.child.sock.shutdown(2)
    assert done.child.wait(10).ended == "exit"
    assert done.child.wait(10) == done.child.wait(0)


def test_usage_counts_time_and_memory_of_everything_that_ran(spawn):
    worker = spawn(Limits(memory_mb=400))
    worker.run(
        """
        import subprocess, time
        data = bytearray(b"x") * (200 << 20)
        subprocess.run(["python", "-I", "-S", "-c", "import time\\nwhile time.process_time() < 0.5: pass"])
        while time.process_time() < 0.5: pass
        """
    )
    usage = worker.end()
    assert usage.cpu_seconds > 0.9
    assert usage.peak_memory_mb > 200


def test_an_end_that_meets_a_kill_is_still_reported(spawn):
    for _ in range(12):
        worker = spawn()
        worker.tell("import os; os._exit(7)")
        worker.child.kill()
        usage = worker.child.wait(10)
        assert (usage.ended, usage.status) in {("exit", 7), ("killed", 9)}
        assert usage.peak_memory_mb > 0  # pid 1's own count came through


def test_wait_kills_after_its_timeout(spawn):
    worker = spawn()
    assert worker.child.wait(0.2).ended == "killed"
    assert worker.child.sock.recv(1) == b""


def test_the_socket_closes_when_the_worker_dies(spawn):
    worker = spawn()
    worker.tell("import os; os._exit(0)")
    worker.child.sock.settimeout(10)
    assert worker.child.sock.recv(1) == b""


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM])
def test_the_death_of_main_ends_everything(marked, signal_number):
    name = marked.new()
    script = INSIDE / "abandoned.py"
    with subprocess.Popen(
        [sys.executable, str(script), str(INSIDE), name], stdout=subprocess.PIPE, text=True, cwd=INSIDE.parents[2]
    ) as main:
        assert main.stdout.readline() == "up\n"
        launchers = _children(main.pid)
        assert len(launchers) == 2
        assert len(marked.processes(name)) >= 2
        main.send_signal(signal_number)
        main.wait(10)
    assert marked.gone(name)
    deadline = time.monotonic() + 10
    while any(_runs(pid) for pid in launchers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(_runs(pid) for pid in launchers)


def test_fifty_children_leave_no_zombie_and_no_descriptor(walls):
    def one():
        child = walls.spawn_worker(Limits(), 30)
        child.kill()
        child.wait(10)
        child.sock.close()

    one()
    zygote = walls._zygotes["worker"]
    before = _descriptors(zygote), _count("/proc/self/fd")
    for _ in range(50):
        one()
    assert (_descriptors(zygote), _count("/proc/self/fd")) == before
    below = _below(zygote._process.pid)
    assert [pid for pid in below if _state(pid) == "Z"] == []
    assert len(below) == 4  # bubblewrap, its pid 1, the zygote, its warm half


def test_many_threads_may_spawn_at_once(walls):
    ended = []

    def one():
        child = walls.spawn_worker(Limits(), 30)
        child.kill()
        ended.append(child.wait(20).ended)
        child.sock.close()

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert ended == ["killed"] * 6


@pytest.mark.parametrize("which", [-1, -2])
def test_a_zygote_of_which_a_half_died_is_replaced(which):
    entry = _entry()
    with first_that_holds(view.worker_role(**entry), view.judge_role([], **entry)) as walls:
        first = walls._zygotes["worker"]
        os.kill(_below(first._process.pid)[which], signal.SIGKILL)
        first._process.wait(10)
        child = walls.spawn_worker(Limits(), 10)
        child.kill()
        assert child.wait(10).ended == "killed"
        child.sock.close()


@pytest.mark.parametrize("judge", [False, True])
def test_a_zygote_that_is_killed_while_it_starts_is_replaced(judge):
    entry = _entry()
    with Namespaces(view.worker_role(**entry), view.judge_role([], **entry)) as walls:
        walls._zygotes["judge" if judge else "worker"]._process.kill()
        child = (walls.spawn_judge if judge else walls.spawn_worker)(Limits(), 10)
        child.kill()
        assert child.wait(10).ended == "killed"
        child.sock.close()


def test_a_zygote_that_is_killed_with_a_request_in_its_hands_is_replaced():
    entry = _entry()
    with first_that_holds(view.worker_role(**entry), view.judge_role([], **entry)) as walls:
        first = walls._zygotes["worker"]
        below = _below(first._process.pid)
        for pid in below:
            os.kill(pid, signal.SIGSTOP)  # so that the request lies there
        threading.Timer(0.5, first._process.kill).start()
        child = walls.spawn_worker(Limits(), 10)
        assert walls._zygotes["worker"] is not first
        child.kill()
        assert child.wait(10).ended == "killed"
        child.sock.close()


def test_a_zygote_that_cannot_import_says_what():
    broken = _entry() | {"serve": "no_such_module:serve"}
    with pytest.raises(NoWalls, match="no_such_module"):
        first_that_holds(view.worker_role(**broken), view.judge_role([], **_entry()))


def test_closed_walls_refuse():
    entry = _entry()
    walls = first_that_holds(view.worker_role(**entry), view.judge_role([], **entry))
    child = walls.spawn_worker(Limits(), 30)
    walls.close()
    walls.close()
    assert child.wait(5).ended in ("killed", "signal")
    child.sock.close()
    with pytest.raises(GraderFault, match="closed"):
        walls.spawn_worker(Limits(), 10)


def test_the_report_names_the_walls(walls):
    report = walls.report(Limits())
    assert (report.kind, report.seccomp, report.network) == ("namespaces", True, "none")
    assert report.limits["memory_mb"] == Limits().memory_mb


def test_a_library_is_imported_once_for_the_first_child_that_wants_it(walls, spawn):
    told = "import wall_probe\nanswer = wall_probe.asked"
    assert spawn().run(told) == []
    assert spawn(preload=("heavy",)).run(told) == ["heavy"]
    assert spawn(preload=("heavy", "other")).run(told) == ["heavy", "other"]
    assert spawn().run(told) == ["heavy", "other"]


def test_a_library_that_cannot_be_imported_costs_one_child(spawn):
    with pytest.raises(GraderFault, match="no such library"):
        spawn(preload=("broken",))
    assert spawn().run("answer = 1") == 1


def _entry():
    return {
        "preload": "wall_probe:preload",
        "serve": "wall_probe:serve",
        "mounts": [view.Mount(str(INSIDE), "/ladder/inside")],
        "path": ["/ladder/inside"],
    }


def _descriptors(zygote):
    return [_count(f"/proc/{pid}/fd") for pid in _below(zygote._process.pid)[-2:]]


def _count(folder):
    return sum(1 for _ in Path(folder).iterdir())


def _parents():
    found = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                found[int(path.name)] = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
    return found


def _children(pid):
    return sorted(child for child, parent in _parents().items() if parent == pid)


def _below(pid):
    found = []
    for child in _children(pid):
        found += [child, *_below(child)]
    return found


def _state(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "gone"


def _runs(pid):
    return _state(pid) not in ("gone", "Z")
