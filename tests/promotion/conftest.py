"""Two small levels, the second with rubrics and the level below in its rule; a ledger, and scorecards to put there."""

import dataclasses
import io
import shutil
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grader import catalog, scoring
from grader.cohort import settings
from grader.cohort.arrivals import collect
from grader.cohort.inbox import found_in
from grader.cohort.store import Store
from grader.content import variant
from grader.ledger import Kind, open_ledger
from grader.model import CheckResult, Environment, Outcome, Scorecard, SkipReason, WallsReport
from grader.promotion import review
from grader.promotion.review import Mark
from grader.seeds import Key
from grader.tree import Tree

SMALL = Path(__file__).parents[1] / "levels_small" / "01-small"
RULE = """reviews = ["handover"]
level_below = true

[[review]]
id = "handover"
title = "Would you take it over?"
exercise = "tool"
skill = "tools"
minimum = 3
[[review.criterion]]
id = "readme"
title = "The README says what it is"
points = 3
marks = ["Not there", "Names the command", "A colleague could run it", "And knows what comes out"]
[[review.criterion]]
id = "names"
title = "Names say what things are"
points = 2
marks = ["They do not", "Some do", "They do"]
"""


class Clock:
    """A minute later every time it is asked."""

    def __init__(self):
        self.now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

    def __call__(self):
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def levels(tmp_path, monkeypatch):
    """The folder of both levels, as the one the catalog looks at."""
    folder = tmp_path / "levels"
    for name in ("01-small", "02-small"):
        shutil.copytree(SMALL, folder / name)
    file = folder / "02-small" / "level.toml"
    text = file.read_text().replace('"01-small"', '"02-small"').replace("number = 1\n", "number = 2\n")
    file.write_text(text + RULE)
    monkeypatch.setenv(catalog.LEVELS_VARIABLE, str(folder))
    return folder


@pytest.fixture
def rule_with_reviews():
    """What is put behind a small level's level.toml to ask for a review and the level below."""
    return RULE


@pytest.fixture
def first(levels):
    return catalog.find_level("1")


@pytest.fixture
def second(levels):
    return catalog.find_level("2")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory):
    """A ledger's file without entries: to copy one is quicker than to make one."""
    file = tmp_path_factory.mktemp("ledger") / "ledger.db"
    open_ledger(file, "autumn").close()
    return file


@pytest.fixture
def ledger(empty_ledger, tmp_path, clock):
    shutil.copy(empty_ledger, tmp_path / "ledger.db")
    with open_ledger(tmp_path / "ledger.db", "autumn", clock=clock) as opened:
        yield opened


def results(level, outcomes):
    """Results of all of a level's checks: passed, but those named in ``outcomes`` by the last part of their id."""
    for check in level.checks:
        said = outcomes.get(check.name, Outcome.PASSED)
        reason = said if isinstance(said, SkipReason) else None
        outcome = Outcome.SKIPPED if reason else said
        yield CheckResult(
            id=check.id,
            exercise=check.exercise,
            part=check.part,
            title=check.title,
            skill=check.skill,
            outcome=outcome,
            reason=reason,
            points=scoring.points_for(outcome, check.points),
            max_points=check.points,
            message="" if outcome is Outcome.PASSED else "Tried: it.\nCame: nothing.\nLook: there.",
            seconds=0.1,
            hidden=check.hidden,
        )


def make_card(level, learner="ada", submission="sha256:aa", outcomes=None, **changes):
    checks = tuple(results(level, outcomes or {}))
    summary = scoring.summarise(level, checks)
    card = Scorecard(
        level=level.id,
        learner=learner,
        submission_digest=submission,
        checks_digest="sha256:c1",
        data_digest="sha256:d1",
        seed_id="0123456789abcdef",
        environment=Environment("3.11.9", "sha256:e1", "linux x86_64"),
        walls=WallsReport("namespaces", True, True, "none", {"seconds": 120.0}),
        started="2026-11-22T10:00:00+00:00",
        seconds=3.5,
        peak_memory=120.0,
        phases={"judging": 3.0},
        points=summary.points,
        max_points=summary.max_points,
        skills=summary.skills,
        rule=summary.rule,
        checks=checks,
    )
    return dataclasses.replace(card, **changes)


@pytest.fixture
def card():
    return make_card


@pytest.fixture
def graded(ledger):
    """Puts a scorecard into the ledger as its submission's; what stands then."""

    def grade(level, learner="ada", submission="sha256:aa", outcomes=None, **changes):
        made = make_card(level, learner, submission, outcomes, **changes)
        body = {"digest": "0" * 64, "tree_digest": submission, "arrived": "2026-11-22T09:00:00.000000+00:00",
                "source": "x", "late": False, "counts": True, "why": ""}  # fmt: skip
        key = f"{learner}/{level.id}/{submission}"
        ledger.append(Kind.ARRIVAL, learner=learner, level=level.id, by="ladder", key=key, body=body)
        ledger.add_scorecard(made, key=f"{learner}/{level.id}/{submission}/{outcomes}", arrival=None)
        return stands(ledger, level, learner)

    return grade


def stands(ledger, level, learner="ada"):
    (standing,) = ledger.standing(learner, level.id)
    return standing


@pytest.fixture
def standing(ledger):
    """What stands for a level and a learner."""
    return lambda level, learner="ada": stands(ledger, level, learner)


@pytest.fixture
def regraded(ledger):
    """Puts another scorecard of the same submission in force, as an approved regrade does; what stands then."""

    def regrade(level, learner="ada", **changes):
        former = stands(ledger, level, learner)
        made = make_card(level, learner, former.scorecard.submission_digest, **changes)
        entry = ledger.add_scorecard(made, key=f"again-{former.entry.number}", arrival=None, stands=False)
        exchange(ledger, Kind.APPROVAL, learner, level, entry.digest, former.entry.digest)
        return stands(ledger, level, learner)

    return regrade


def exchange(ledger, kind, learner, level, card, former):
    put = {"learner": learner, "level": level.id, "scorecard": card, "replaces": former}
    return ledger.append(kind, learner="", level="", by="grace", key=f"{kind}-{card}-{former}", body={"puts": [put]})


@pytest.fixture
def reverted(ledger):
    """Puts the scorecard that stood before an approval back."""

    def revert(level, back, learner="ada"):
        now = stands(ledger, level, learner)
        exchange(ledger, Kind.REVERT, learner, level, back.entry.digest, now.entry.digest)
        return stands(ledger, level, learner)

    return revert


@pytest.fixture
def marked(ledger):
    """Enters a review by points of each criterion; its entry."""

    def mark(level, by, readme, names, learner="ada", rubric="handover"):
        marks = {"readme": Mark(readme, "I read it."), "names": Mark(names, "I read them.")}
        return review.record(ledger, stands(ledger, level, learner), level.review(rubric), marks, by)

    return mark


@pytest.fixture
def store(tmp_path):
    return Store(str(tmp_path / "store"))


@pytest.fixture
def handed_in(ledger, store, tmp_path, clock):
    """Packs a tree as a learner's submission, takes it into store and ledger, and puts a scorecard of it there."""

    def hand_in(level, tree, learner="ada", outcomes=None, **changes):
        file = tmp_path / "inbox" / learner / f"{level.id}.tar.gz"
        file.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(file, "w:gz") as archive:
            for path, data in tree.files.items():
                member = tarfile.TarInfo(f"work/{path}")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        cohort = dataclasses.replace(settings.for_inbox(Key.practice(), tmp_path), name="autumn")
        taken = collect(found_in(tmp_path / "inbox"), cohort, store, ledger, clock)
        assert not taken.rejected
        (arrival,) = [one for one in taken.arrivals if (one.learner, one.level) == (learner, level.id)]
        made = make_card(level, learner, arrival.tree_digest, outcomes, **changes)
        ledger.add_scorecard(made, key=f"job-{arrival.tree_digest}", arrival=arrival.entry)
        return stands(ledger, level, learner)

    return hand_in


@pytest.fixture(scope="session")
def solved():
    """The reference solution of every exercise of a level, as a workspace's tree."""
    made = {}

    def solve(level):
        if level.id not in made:
            tree = Tree({})
            for exercise in level.exercises:
                tree = variant.reference_tree(level, exercise).laid_over(tree)
            made[level.id] = tree
        return made[level.id]

    return solve
