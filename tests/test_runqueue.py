"""What counts as waiting for a core, and how long it is waited for."""

import os
import subprocess
import sys
import time

import pytest

from grader.runqueue import MOST, Patience, RunQueue, below

COMPUTE = """
import os, time
os.sched_setaffinity(0, {{{core}}})
{start}
until = time.process_time() + {seconds}
while time.process_time() < until: pass
"""
CROWDED_BY_ITSELF = "for _ in range(3): os.fork()"


def watched(code, queue):
    """Run ``code`` to its end; how many seconds it took."""
    began = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        while process.poll() is None:
            queue.look(below(process.pid))
            time.sleep(0.05)
    return time.monotonic() - began


def test_who_shares_a_core_with_others_has_waited(crowd):
    queue = RunQueue()
    took = watched(COMPUTE.format(core=crowd(3), seconds=0.5, start=""), queue)
    assert 0.5 * took < queue.seconds < took


def test_who_crowds_a_core_alone_has_waited_for_nobody():
    queue = RunQueue()
    code = COMPUTE.format(core=min(os.sched_getaffinity(0)), seconds=0.2, start=CROWDED_BY_ITSELF)
    took = watched(code, queue)
    assert took > 1.0  # eight processes on one core
    assert queue.seconds < 0.6 * took  # others may want that core too, eight to one


def test_who_sleeps_has_not_waited():
    queue = RunQueue()
    took = watched("import time; time.sleep(1)", queue)
    assert queue.seconds < 0.5 * took


def test_a_process_that_is_gone_is_nobodys_family():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert below(process.pid) == set()
    assert RunQueue().look([process.pid]) == 0.0


def test_family_is_a_process_and_all_below_it():
    code = "import os; os.fork(); os.fork(); os.write(1, str(os.getpid()).encode() + bytes([10])); os.read(0, 1)"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        family = {int(process.stdout.readline()) for _ in range(4)}
        assert below(process.pid) == family
        assert family | {os.getpid()} <= below(os.getpid())
        process.stdin.write(b"1234")
        process.stdin.flush()


class Claims:
    """Gives these seconds, one a claim, and then none."""

    def __init__(self, *seconds):
        self.left = list(seconds)

    def __call__(self):
        return self.left.pop(0) if self.left else 0.0


@pytest.fixture
def clock(monkeypatch):
    """The time, in the test's hand."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_patience_grows_by_what_was_waited_for_a_core(clock):
    claims = Claims(5.0, 2.0)
    patience = Patience(10.0, claims)
    assert patience.until() == 110.0
    assert claims.left  # nobody is asked before it is time
    clock[0] = 110.0
    assert patience.until() == 115.0
    clock[0] = 115.0
    assert patience.until() == 117.0
    clock[0] = 117.0
    assert patience.until() == 117.0
    assert not patience.starved


def test_patience_ends(clock):
    patience = Patience(10.0, lambda: 25.0)
    for _ in range(3):
        clock[0] = patience.until()
    assert clock[0] == 100.0 + MOST * 10.0
    assert patience.starved


def test_a_wait_too_short_to_matter_ends_the_patience(clock):
    patience = Patience(10.0, lambda: 0.001)
    clock[0] = patience.until()
    assert patience.until() == 110.0
    assert not patience.starved
