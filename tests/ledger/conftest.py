"""Scorecards to put into a ledger, and the databases to put them into."""

import dataclasses
import importlib.util
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grader.ledger import Kind, open_ledger
from grader.model import CheckResult, Environment, Outcome, Scorecard, SkillPoints, SkipReason, WallsReport

LEVEL = "01-intern"


def make_card(learner="nadia", submission="sha256:aa", outcomes="pf", level=LEVEL, **changes):
    """A scorecard with one check a letter of ``outcomes``: passed, failed, skipped, error."""
    named = {outcome.value[0]: outcome for outcome in Outcome}
    checks = tuple(
        CheckResult(
            id=f"{level}/clean/check-{n}",
            exercise="clean",
            part=None,
            title=f"Check {n}, “quoted” 🙂",
            skill="pandas",
            outcome=named[letter],
            reason=SkipReason.PREREQUISITE if letter == "s" else None,
            points={"p": 2.0, "e": None}.get(letter, 0.0),
            max_points=2.0,
            message="Tried: a, b\nCame: =1+1\nLook: there",
            seconds=0.25,
            hidden=True,
        )
        for n, letter in enumerate(outcomes)
    )
    points = sum(check.points or 0.0 for check in checks)
    card = Scorecard(
        level=level,
        learner=learner,
        submission_digest=submission,
        checks_digest="sha256:c1",
        data_digest="sha256:d1",
        seed_id="0123456789abcdef",
        environment=Environment("3.11.9", "sha256:e1", "linux"),
        walls=WallsReport("namespaces", True, True, "none", {"seconds": 120.0}),
        started="2026-11-01T10:00:00+00:00",
        seconds=3.5,
        peak_memory=120.0,
        phases={"judging": 3.0},
        points=points,
        max_points=2.0 * len(checks),
        skills={"pandas": SkillPoints(points, 2.0 * len(checks))},
        rule=(),
        checks=checks,
    )
    return dataclasses.replace(card, **changes)


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now = datetime(2026, 11, 1, 12, 0, 0, 5, tzinfo=UTC)

    def __call__(self):
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def card():
    return make_card


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def postgres():
    """A real PostgreSQL server."""
    spec = importlib.util.spec_from_file_location("ledger_postgres", Path(__file__).with_name("postgres.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    server = module.server()
    if server is None:
        pytest.skip("pgserver, which brings a PostgreSQL, has no package for this Python")
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """Where the ledger of a test is: every test that asks for it runs on both databases."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.db")
    return request.getfixturevalue("postgres").emptied()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_address(request, tmp_path):
    """Where there is no ledger yet, on both databases."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.db")
    return request.getfixturevalue("postgres").without_tables()


@pytest.fixture
def do(ledger):
    """Do to the tables what no ledger does: run one statement."""
    return lambda statement: ledger._database.write(lambda connection: connection.exec_driver_sql(statement).rowcount)


@pytest.fixture
def ledger(address, clock):
    with open_ledger(address, clock=clock) as held:
        yield held


@pytest.fixture
def arrive(ledger):
    """Append an arrival that counts."""

    def append(tree="sha256:aa", *, learner="nadia", key=None, counts=True):
        body = {"counts": counts, "tree_digest": tree, "late": False}
        return ledger.append(
            Kind.ARRIVAL, learner=learner, level=LEVEL, by="ladder", key=key or f"{learner} {tree}", body=body
        )

    return append
