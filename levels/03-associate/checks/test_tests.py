"""Hidden checks of delay-service, part tests: the learner's tests for `prepare`, beside right ones and mutants."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from grader.judges.kits.mutants import Suite, stand_in, told

TESTS = "tests/test_prepare.py"
TARGET = "delay_service/prepare.py"
SOURCES = Path(__file__).parent / "mutants"
GIVEN = Path(__file__).parents[1] / "starter" / "delay-service" / TARGET
COLUMNS = ["flight", "time", "origin", "dest", "carrier", "distance", "temp", "wind_speed", "precip", "visib", "late"]
IDLE = {
    "raises": "raises an error whatever it is given",
    "nothing": "gives back nothing",
    "empty": "gives back a table without rows",
}
FREE = {  # what a right prepare may do as it likes, and what tests ask that allow it one way only
    "types": "a type of a column or of the row numbers (the contract promises values)",
    "refusal": "the words or the class of a refusal (the contract promises a ValueError)",
}
MUTANTS = {  # by check: name, kind, what it did
    "hours": {
        "local": ("time zones", "took local hours for UTC"),
        "season": ("daylight saving", "took New York to be {behind} hours behind UTC all year"),
        "rounded": ("the hour of a minute", "took the next hour's readings from minute {minute} on"),
        "midnight": ("days in UTC", "looked up the right hour of UTC, but of the local day"),
    },
    "flights": {
        "unmatched": ("hours without weather", "left out the flights whose hour has no row in the weather"),
        "cancelled": ("cancelled flights", "kept cancelled flights, as if they had left on time"),
        "punctual": ("flights that were not late at all", "left out the flights that left {punctual}"),
    },
    "readings": {
        "airport": ("airports", "gave all airports the readings of one"),
        "silent": ("one silent instrument", "took none of an hour's readings where one was missing"),
        "mean": ("filled gaps", "filled what was missing with the mean of the other flights"),
        "before": ("borrowed hours", "took the readings of the hour {before} where an hour had none"),
    },
    "lateness": {
        "at-limit": ("the limit itself", "called flights late that left exactly 30 minutes late"),
        "limit": ("another limit", "called flights late that left more than {limit} minutes late"),
    },
    "order": {
        "as-it-came": ("time", "kept the order in which the flights came"),
        "ties": ("equal times", "put flights of the same minute {ties}"),
    },
    "table": {
        "numbers": ("row numbers", "kept the row numbers of the flights it was given"),
        "columns": ("columns", "{columns}"),
        "inputs": ("what it is given", "added a column to the {inputs} it was given"),
        "doubled": ("weather with two rows for an hour", "took {doubled} of two rows for the same hour"),
    },
}
WORDS = {  # for what is drawn
    "zero": "on the minute", "early": "before their time", "flight": "in the order of their numbers",
    "reversed": "in the opposite order", "backward": "before", "forward": "after", "first": "the first",
}  # fmt: skip


def drawn_for(submission):
    """What is this learner's own in the mutants: the same in each of their gradings."""
    data = (submission.own.data / "data" / "flights.csv").read_bytes()
    draw = random.Random(hashlib.sha256(data).digest())
    columns = list(COLUMNS)
    if draw.random() < 0.5:
        place = draw.randrange(len(columns) - 1)
        columns[place : place + 2] = reversed(columns[place : place + 2])
    else:
        columns.insert(-1, "dep_delay")
    return {
        "behind": draw.choice([4, 5]),
        "minute": draw.choice([30, 35, 40, 45]),
        "punctual": draw.choice(["zero", "early"]),
        "airport": draw.choice(["first", "last"]),
        "before": draw.choice(["backward", "forward"]),
        "limit": draw.choice([15, 20, 25, 35, 40, 45]),
        "ties": draw.choice(["flight", "reversed"]),
        "columns": columns,
        "inputs": draw.choice(["flights", "weather"]),
        "doubled": draw.choice(["both", "first"]),
    }


@dataclass
class Round:
    """What one round of runs came to; the first check that asks has it made, the others read it."""

    given: object = None
    right: dict = field(default_factory=dict)
    mutants: dict = field(default_factory=dict)


@pytest.fixture(scope="session")
def shared():
    return Round()


class Bench:
    """Runs one submission's tests beside everything that stands for `prepare` here."""

    def __init__(self, submission, shared):
        self.submission = submission
        self._shared = shared
        self._suite = Suite(submission, TESTS, TARGET, absent=("data/*",))
        self._drawn = drawn_for(submission)
        self._draw = random.SystemRandom()  # which text stands for what is never the same twice

    def beside(self, *faults, first=False):
        """One run beside a stand-in made for it; without faults it is right."""
        text = (SOURCES / "joined.py").read_text(encoding="utf-8")
        return self._suite.beside(stand_in(text, frozenset(faults), self._drawn, self._draw), first=first)

    def given(self):
        """The run beside the prepare that the learner was given."""
        if self._shared.given is None:
            assert self._suite.text is not None, (
                f"Tried: to run {TESTS}.\nCame: there is no such file.\nLook: its name, and whether it is committed.")
            self._shared.given = self._suite.beside(GIVEN.read_text(encoding="utf-8"))
        return self._shared.given

    def right(self):
        """Runs beside right stand-ins and idle ones, by name, in an order drawn anew."""
        asked = {
            "text": self.beside,
            "free": lambda: self.beside(*FREE),
            "made": lambda: self._suite.beside(self._by_hand()),
            **{name: lambda name=name: self.beside(name) for name in IDLE},
        }
        return self._all(asked, self._shared.right)

    def through(self, group):
        """Which mutants of one group got through: kind and what they did."""
        names = [name for names in MUTANTS.values() for name in names]
        asked = {name: lambda name=name: self.beside(name, first=True) for name in names}
        ran = self._all({"right": lambda: self.beside(first=True), **asked}, self._shared.mutants)
        assert ran["right"].passes, (
            "Tried: your tests beside a right prepare once more.\n"
            f"Came: this time {ran['right']}.\n"
            "Look: what in your tests is not the same in each run? Draws need a seed, and deadlines need time.")
        words = {name: WORDS.get(value, value) for name, value in self._drawn.items() if type(value) in (str, int)}
        words["columns"] = ("left dep_delay in the table" if "dep_delay" in self._drawn["columns"]
                            else "gave back the columns in another order")
        return [(kind, what.format(**words)) for name, (kind, what) in MUTANTS[group].items() if not ran[name].notices]

    def _by_hand(self):
        return stand_in((SOURCES / "by_hand.py").read_text(encoding="utf-8"), frozenset(), {}, self._draw)

    def _all(self, asked, ran):
        """What is not in ``ran`` yet, in an order drawn anew; each is kept as it comes, whatever ends the others."""
        left = [name for name in asked if name not in ran]
        self._draw.shuffle(left)
        for name in left:
            ran[name] = asked[name]()
        return ran


@pytest.fixture
def bench(submission, shared):
    return Bench(submission, shared)


@pytest.mark.check(points=3, skill="pipelines", part="tests")
def test_right_prepares_pass(bench):
    """The tests run by themselves, and pass on every prepare that keeps the contract."""
    given = bench.given()
    said = f" ({given.said})" if given.said and given.code is not None else ""
    assert given.passes, (
        f"Tried: `pytest {TESTS}` in a clone of your repo without data/, on the prepare you were given.\n"
        f"Came: {given}{said}.\n"
        "Look: run it like that yourself; each test makes what it needs, and all of them take a few seconds.")
    right = bench.right()
    tried = f"`pytest {TESTS}` on another prepare that keeps the contract"
    assert right["text"].passes, (
        f"Tried: {tried}: joined as yours is, written in other words.\n"
        f"Came: {right['text']}.\n"
        "Look: do your tests look at how it is written, or do they come out otherwise from run to run?")
    if not right["free"].passes:
        asked = [what for name, what in FREE.items() if not bench.beside(name).passes]
        assert not asked, (
            f"Tried: {tried}.\n"
            f"Came: {right['free']}. It asks for {' and '.join(asked)}.\n"
            "Look: the docstring and the list in the ticket; compare values (`check_dtype=False`, `.tolist()`).")
    assert right["free"].passes and right["made"].passes, (
        f"Tried: {tried}: made in quite another way, a flight at a time.\n"
        f"Came: {right['made'] if right['free'].passes else right['free']}.\n"
        "Look: do your tests ask how the table is made, or what it has to be?")


@pytest.mark.check(points=1, skill="pipelines", part="tests", requires=["test_right_prepares_pass"])
def test_an_idle_prepare_fails(bench):
    """The tests call prepare, and fail if it does nothing."""
    right = bench.right()
    unseen = [what for name, what in IDLE.items() if not right[name].notices]
    assert not unseen, (
        "Tried: your tests on a prepare that does nothing.\n"
        f"Came: they pass on one that {unseen[0]}.\n"
        "Look: each test calls delay_service.prepare.prepare and asserts something about the rows that come back.")



def _noticed(bench, group, tried, look):
    through = bench.through(group)
    assert not through, (
        f"Tried: your tests on some prepares that {tried}.\n"
        f"Came: {told(bench.submission.attempt, through, len(MUTANTS[group]))}.\n"
        f"Look: {look}.")


@pytest.mark.check(points=3, skill="pipelines", part="tests", requires=["test_an_idle_prepare_fails"])
def test_wrong_hours_are_noticed(bench):
    """The tests notice readings of the wrong hour."""
    _noticed(bench, "hours", "take the readings of a wrong hour",
             "give neighbouring hours different readings, and choose flights for which a mistake would show")


@pytest.mark.check(points=3, skill="pipelines", part="tests", requires=["test_an_idle_prepare_fails"])
def test_wrong_flights_are_noticed(bench):
    """The tests notice flights that are missing, and such as should be."""
    _noticed(bench, "flights", "leave out flights, or keep some that never left",
             "which flights belong into the table, and which of them could a careless hand drop?")


@pytest.mark.check(points=2, skill="pipelines", part="tests", requires=["test_an_idle_prepare_fails"])
def test_wrong_readings_are_noticed(bench):
    """The tests notice readings that are not the flight's own."""
    _noticed(bench, "readings", "give a flight readings that are not its own, or none though there are some",
             "two airports, an hour without a row, a row with a gap: what else could somebody put there?")


@pytest.mark.check(points=2, skill="pipelines", part="tests", requires=["test_an_idle_prepare_fails"])
def test_wrong_lateness_is_noticed(bench):
    """The tests notice flights that are called late by another rule."""
    _noticed(bench, "lateness", "call flights late by another rule",
             "a limit is tested on both of its sides, as near as one can get")


@pytest.mark.check(points=2, skill="pipelines", part="tests", requires=["test_an_idle_prepare_fails"])
def test_wrong_order_is_noticed(bench):
    """The tests notice rows in another order."""
    _noticed(bench, "order", "give the rows in another order",
             "hand the flights over in an order that no rule makes by itself")


@pytest.mark.check(points=2, skill="pipelines", part="tests", requires=["test_an_idle_prepare_fails"])
def test_wrong_tables_are_noticed(bench):
    """The tests notice a table of another form, and other harm."""
    _noticed(bench, "table", "give a table of another form, or do harm on the way",
             "the list in the ticket, sentence by sentence")
