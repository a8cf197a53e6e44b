"""Data made before jobs come up. The generator runs for real; nothing is graded."""

from dataclasses import replace

import pytest

from grader import catalog, generated
from grader.cohort.ahead import Ahead
from grader.cohort.plan import Job
from grader.errors import GraderFault
from grader.seeds import Key

KEY = Key.practice()
JOB = Job("01-small", "ann", "s", "sha256:t", "seed", "sha256:c", "data", "environment", "namespaces")
LEARNERS = [f"learner-{number}" for number in range(7)]


@pytest.fixture
def orders(small, monkeypatch, tmp_path):
    """How many data sets each generator process was asked for."""
    monkeypatch.setenv(generated.CACHE_VARIABLE, str(tmp_path / "cache"))
    made, run = [], generated._run

    def counted(level, generator, orders, scratch):
        made.append(len(orders))
        run(level, generator, orders, scratch)

    monkeypatch.setattr(generated, "_run", counted)
    return made


def test_data_is_there_when_waited_for_and_learners_share_processes(orders):
    level = catalog.find_level("1")
    jobs = [replace(JOB, learner=name) for name in LEARNERS]
    with Ahead(KEY, jobs) as data:
        for job in jobs:
            data.wait(job)
            before = len(orders)
            generated.prepare(level, KEY, job.learner)
            assert len(orders) in (before, before + 1)  # a later batch may begin meanwhile
    each = orders[0] // 2
    assert orders == [2 * each, 4 * each, each]


def test_only_the_exercises_that_are_graded(orders):
    job = replace(JOB, exercises=("tool",))
    with Ahead(KEY, [job]) as data:
        data.wait(job)
    folder = generated.prepare(catalog.find_level("1"), KEY, "ann", ("tool",)).folder
    assert [path.name for path in folder.iterdir()] == ["tool"]


def test_nobody_waits_for_what_failed_in_an_unknown_way(orders, monkeypatch):
    def fails(*_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(generated, "prepare_all", fails)
    with Ahead(KEY, [JOB]) as data:
        data.wait(JOB)


def test_where_it_fails_the_job_meets_the_fault_itself(orders):
    generator = catalog.find_level("1").folder / "generate.py"
    good = generator.read_text()
    generator.write_text("raise ValueError('no rows left')")
    try:
        with Ahead(KEY, [JOB]) as data:
            data.wait(JOB)
            with pytest.raises(GraderFault, match="no rows left"):
                generated.prepare(catalog.find_level("1"), KEY, "ann")
    finally:
        generator.write_text(good)


def test_an_unknown_level_keeps_nobody_waiting(orders):
    job = replace(JOB, level="77-none")
    with Ahead(KEY, [job]) as data:
        data.wait(job)
    assert orders == []


def test_leaving_ends_it_and_frees_who_waits(orders):
    jobs = [replace(JOB, learner=name) for name in LEARNERS]
    ahead = Ahead(KEY, jobs)
    with ahead:
        ahead.wait(jobs[0])
    for job in jobs:
        ahead.wait(job)
    assert len(orders) <= 2
