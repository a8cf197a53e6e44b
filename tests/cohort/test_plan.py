import dataclasses
import pickle

import pytest

from grader.cohort.arrivals import collect
from grader.cohort.inbox import found_in
from grader.cohort.plan import Job, Planner, Versions, in_order, plan
from grader.seeds import Key

HERE = Versions("e" * 64, "namespaces")
JOB = Job("01-small", "ann", "s", "sha256:t", "seed", "sha256:c", "data", HERE.environment, HERE.walls)


def test_a_digest_covers_what_the_result_depends_on_and_nothing_else():
    same = ("learner", "submission", "arrival", "cost", "resource")  # the learner is in the seed's id
    assert {field.name for field in dataclasses.fields(Job)} - set(same) == {
        "level", "tree", "seed_id", "checks", "data", "environment", "walls", "exercises", "attempt"
    }  # fmt: skip
    assert len(JOB.digest) == 64
    for field in dataclasses.fields(Job):
        value = 1.5 if field.name == "cost" else ("x",) if field.name == "exercises" else "other"
        other = dataclasses.replace(JOB, **{field.name: value})
        assert (other.digest == JOB.digest) == (field.name in same), field.name


def test_a_job_is_pickled_with_its_digest():
    assert pickle.loads(pickle.dumps(JOB)) == JOB
    assert pickle.loads(pickle.dumps(JOB)).digest == JOB.digest


def jobs(**levels):
    return [
        dataclasses.replace(JOB, level=level, learner=f"{level}-{number}", cost=cost)
        for level, costs in levels.items()
        for number, cost in enumerate(costs)
    ]


def test_longest_first_in_a_level():
    assert [job.cost for job in in_order(jobs(a=[3, 9, 1, 7]))] == [9, 7, 3, 1]


def test_no_level_keeps_another_waiting():
    order = in_order(jobs(heavy=[600] * 10, light=[10] * 300))
    assert len(order) == 310
    given = {"heavy": 0.0, "light": 0.0}
    for job in order[:200]:
        given[job.level] += job.cost
        assert abs(given["heavy"] - given["light"]) <= 600
    assert order[0].level == "heavy"
    assert {job.level for job in order[:70]} == {"heavy", "light"}


def test_what_is_short_is_left_for_the_end():
    order = in_order(jobs(heavy=[600] * 3, light=[10] * 200))
    assert {job.cost for job in order[-20:]} == {10}


def test_the_order_does_not_depend_on_the_order_of_arrival():
    made = jobs(a=[3, 3, 1], b=[5, 5])
    assert in_order(made) == in_order(reversed(made))


def test_without_costs_levels_take_turns():
    assert [job.level for job in in_order(jobs(a=[0, 0], b=[0, 0]))] == ["a", "b", "a", "b"]


@pytest.fixture
def arrivals(packer, inbox, cohort, store, ledger):
    for learner in ("ann", "ben"):
        packer.put(inbox, learner)
    return collect(found_in(inbox), cohort, store, ledger).arrivals


def test_jobs_are_known_before_anything_runs(arrivals, cohort, packer):
    first = plan(arrivals, Planner(cohort.key, HERE), {("ben", "01-small"): 900.0}, {"01-small": "torch"})
    assert [(job.learner, job.resource) for job in first] == [("ben", "torch"), ("ann", "torch")]
    assert first[0].seed_id == cohort.key.seed_id("01-small", "ben")
    again = plan(arrivals, Planner(cohort.key, HERE))
    assert {job.digest for job in again} == {job.digest for job in first}
    assert {job.digest for job in first}.isdisjoint(
        job.digest for job in plan(arrivals, Planner(Key.new(), HERE))
    )  # fmt: skip


def test_one_run_grades_by_one_version_of_the_checks(arrivals, cohort, small):
    level = small.added("21-edited")
    planner = Planner(cohort.key, HERE)
    before = planner.checks(level.id)
    (level.folder / "generate.py").write_text("# edited while grading\n")
    assert planner.checks(level.id) == before
    assert Planner(cohort.key, HERE).checks(level.id) != before


def test_what_does_not_count_is_not_graded(arrivals, cohort):
    late = dataclasses.replace(arrivals[0], counts=False)
    assert [job.learner for job in plan([late, arrivals[1]], Planner(cohort.key, HERE))] == ["ben"]
