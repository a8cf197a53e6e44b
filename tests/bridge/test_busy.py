"""Learner code on a busy machine: what it waits for a core is not its time."""

import time
from functools import partial

import pytest

from grader.bridge.faults import OutOfTime, Starved
from grader.bridge.session import Budget, Session
from grader.model import Limits

pytestmark = pytest.mark.walls
WORK = """
import os, time
def work(seconds, core):
    os.sched_setaffinity(0, {core})
    until = time.process_time() + seconds
    while time.process_time() < until: pass
    return "done"
"""


@pytest.fixture
def busy(workers):
    """Makes sessions with `work` in the worker and a second for each answer.

    How long it stood in the run queue is asked of its keeper, or is the share ``waits`` of all time: a test whose end
    would else depend on who else is busy now.
    """

    def make(budget, waits=None):
        sock, began = workers.new(), time.monotonic()
        queued = partial(workers.queued, sock) if waits is None else lambda: waits * (time.monotonic() - began)
        held = Session(sock, Limits(check_seconds=1, cell_seconds=30), budget, queued)
        held.enter("notebooks", notebook=True)
        assert held.cell(WORK, "a cell") is None
        return held

    return make


def test_an_answer_late_for_want_of_a_core_is_waited_for(busy, crowd):
    budget = Budget(60)
    session = busy(budget)
    work, core, left = session.fetch("work"), crowd(5), budget.left
    began = time.monotonic()
    assert work(0.3, core) == "done"
    took = time.monotonic() - began
    session.close()
    assert took > 1.2
    assert left - budget.left < 0.75 * took  # nor has it used up the exercise's time


def test_the_time_of_the_exercise_leaves_out_what_was_waited(busy, crowd):
    budget = Budget(60)
    session = busy(budget)
    work, core = session.fetch("work"), crowd(3)
    budget.left = 0.9
    for _ in range(3):
        assert work(0.15, core) == "done"


def test_a_loop_on_a_busy_machine_ends_as_out_of_time(busy):
    work = busy(Budget(60), waits=0.5).fetch("work")
    began = time.monotonic()
    with pytest.raises(OutOfTime, match="within 1 seconds"):
        work(60, 0)
    assert time.monotonic() - began > 1.9  # a second, as much again for half of that, and so on


def test_who_gets_no_core_at_all_has_not_failed(busy):
    work = busy(Budget(60), waits=0.95).fetch("work")
    with pytest.raises(Starved):
        work(60, 0)
    with pytest.raises(Starved):
        work(0, 0)


def test_a_command_late_for_want_of_a_core_is_waited_for(busy, crowd):
    session = busy(Budget(60))
    code = WORK + f"print(work(0.3, {crowd(4)}))"
    done = session.run(["python", "-c", code])
    assert done.stdout == b"done\n"
    assert done.seconds > 1.2
    with pytest.raises(OutOfTime, match="within 1 seconds"):
        session.run(["sleep", "20"])


def test_how_long_a_worker_waited_is_known_until_it_ends(workers, crowd):
    sock = workers.new()
    session = Session(sock, Limits(cell_seconds=30), Budget(60))
    session.enter("notebooks", notebook=True)
    assert session.cell(WORK + f"work(0.5, {crowd(3)})", "a cell") is None
    waited = workers.queued(sock)
    assert waited > 0.5
    assert workers.queued(sock) >= waited
    session.close()
    session = Session(other := workers.new(), Limits(), Budget(60))
    session.enter("", notebook=True)
    with pytest.raises(BaseException, match="gone"):
        session.cell("import os; os._exit(1)", "a cell")
    assert [workers.queued(other) < 0.5, workers.queued(other) < 0.5] == [True, True]  # and nobody waits for an answer
