"""The kit that runs a learner's tests beside stand-ins and mutants: their texts, the words, and runs behind walls."""

import ast
import random
from collections import Counter

import pytest

from grader.bridge.faults import Died, Starved
from grader.judges.kits.mutants import Ran, Suite, stand_in, told
from grader.model import Limits

LIMITS = Limits(seconds=300, check_seconds=60)
SOURCE = '''"""What it does."""

MOST = 3


def double(values):
    """Twice each of the first MOST."""
    kept = _kept(values)
    if on("harm"):
        values.append(0)
    if either():
        kept = kept[:]
    if either():
        kept = list(kept)
    return kept if on("once") else [one + one for one in kept]


def _kept(values):
    return list(values[: drawn("most") if on("other") else MOST])
'''
GIVEN = "def double(values):\n    return [2 * one for one in values[:3]]\n"
TESTS = b"""
from things import double

def test_twice():
    assert double([1, 2]) == [2, 4]

def test_three():
    assert double([1, 2, 3, 4]) == [2, 4, 6]
"""


def made(*faults, seed=0):
    return stand_in(SOURCE, frozenset(faults), {"most": 2}, random.Random(seed))


def does(text):
    names = {}
    exec(compile(text, "stand-in", "exec"), names)  # noqa: S102 - our own
    return names["double"]


@pytest.mark.parametrize("seed", range(20))
def test_a_stand_in_does_what_its_faults_say(seed):
    given = [1, 2, 3, 4]
    assert does(made(seed=seed))(given) == [2, 4, 6] and given == [1, 2, 3, 4]
    assert does(made("once", seed=seed))(given) == [1, 2, 3]
    assert does(made("other", seed=seed))(given) == [2, 4]
    assert does(made("harm", seed=seed))(given) == [2, 4, 6] and given == [1, 2, 3, 4, 0]


def test_no_two_stand_ins_are_written_alike():
    right = [made(seed=seed) for seed in range(50)]
    wrong = [made("once", seed=seed) for seed in range(50, 100)]
    assert len({*right, *wrong}) == 100
    names = {node.name for text in right for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    assert "double" in names and "_kept" not in names and len(names) > 40
    for text in (*right, *wrong):
        assert not any(word in text for word in ("on(", "drawn", "once", "harm", "What it does", "kept"))
    # the number of characters tells nothing either
    assert min(map(len, right)) < max(map(len, wrong)) and min(map(len, wrong)) < max(map(len, right))


def test_neither_what_holds_nor_what_would_run_tells_a_mutant():
    right = [made(seed=seed) for seed in range(300)]
    wrong = [made("harm", seed=seed) for seed in range(300, 600)]
    # of 300 each, so many pairs look the same; the second grows with the number of `either()`
    for sign, alike in ((true_comparisons, 240), (live_statements, 120)):
        of_right, of_wrong = Counter(map(sign, right)), Counter(map(sign, wrong))
        assert sum((of_right & of_wrong).values()) > alike, (of_right, of_wrong)


def true_comparisons(text):
    """How many conditions of numbers alone hold."""
    tests = (node.test for node in ast.walk(ast.parse(text)) if isinstance(node, ast.If | ast.IfExp))
    return sum(held(test) is True for test in tests)


def live_statements(text):
    """How many statements are left when all that numbers decide is decided, and `pass` is not counted."""

    def live(body):
        for node in body:
            if isinstance(node, ast.If) and held(node.test) is not None:
                yield from live(node.body if held(node.test) else node.orelse)
            elif isinstance(node, ast.FunctionDef):
                yield from live(node.body)
            elif not isinstance(node, ast.Pass):
                yield node

    return sum(1 for _ in live(ast.parse(text).body))


def held(test):
    if any(isinstance(node, ast.Name | ast.Call) for node in ast.walk(test)):
        return None
    return eval(compile(ast.Expression(test), "test", "eval"), {})  # noqa: S307 - numbers of our own


def test_a_switch_is_all_of_a_condition():
    with pytest.raises(ValueError, match="is to be all of a condition"):
        stand_in("def f(x):\n    return x and on('once')\n", frozenset(), {}, random.Random(0))


def test_a_fault_that_the_source_does_not_know():
    with pytest.raises(ValueError, match="no 'twice'"):
        made("twice")


def test_more_is_told_each_time():
    through = [("kinds", "did one thing"), ("others", "did another")]
    assert told(1, through, 5) == "faults got through"
    assert told(2, through, 5) == "2 of 5 got through"
    assert told(3, through, 5) == "2 of 5 got through: kinds, others"
    assert told(4, through, 5) == told(9, through, 5) == "2 of 5 got through: one did one thing; one did another"


def test_what_a_run_came_to():
    assert Ran(0, 2).passes and not Ran(0, 2).notices
    assert not Ran(0, 0).passes and not Ran(0, 0).notices and str(Ran(0, 0)) == "no test passed"
    assert Ran(1, 1, ("test_a", "test_b")).notices and str(Ran(1, 1, ("test_a", "test_b"))) == (
        "test_a and 1 more did not pass"
    )
    assert Ran(None, said="took longer than 2 seconds").notices
    assert str(Ran(None, said="took longer than 2 seconds")) == "the run took longer than 2 seconds"
    assert not Ran(5).passes and str(Ran(5)) == "pytest ended with exit code 5"


@pytest.fixture
def suite(handed_in):
    """Makes the suite of a repo with these tests."""

    def make(tests=TESTS, **more):
        files = {"things.py": GIVEN.encode(), "data/rows.csv": b"1\n", **more}
        files |= {"tests/test_things.py": tests} if tests else {}
        return Suite(handed_in(files), "tests/test_things.py", "things.py", absent=("data/*",))

    return make


def test_a_busy_machine_is_no_verdict_on_anybodys_tests(submission_that_raises):
    with pytest.raises(Starved):
        Suite(submission_that_raises(Starved("waited")), "tests/test_things.py", "things.py").beside(GIVEN)
    assert Suite(submission_that_raises(Died("went")), "tests/test_things.py", "things.py").beside(GIVEN).notices


@pytest.fixture
def submission_that_raises():
    """Makes a submission of which every request ends in one fault."""

    class Files:
        def __init__(self, fault):
            self._fault = fault

        def write(self, path, data):
            raise self._fault

    class Submission:
        def __init__(self, fault):
            self.files = Files(fault)

        def again(self):
            return self

        def close(self):
            pass

    return Submission


@pytest.mark.walls
def test_right_ones_pass_and_mutants_are_noticed(suite):
    tests = suite()
    assert tests.beside(GIVEN).passes
    right = tests.beside(made())
    assert (right.code, right.passed, right.failed) == (0, 2, ())
    once = tests.beside(made("once"))
    assert once.notices and once.failed == ("test_twice", "test_three")
    assert tests.beside(made("other")).failed == ("test_three",)
    assert not tests.beside(made("harm")).notices  # nobody looks at what went in


@pytest.mark.walls
@pytest.mark.parametrize(
    ("tests", "said"),
    [
        (b"def helper(): pass\n", "pytest ended with exit code 5"),
        (b"import nothing_of_the_kind\n", "a test did not pass"),
        (b"import time\ntime.sleep(60)\n", "the run did not end within 5 seconds"),
        (b"import os\nos._exit(0)\n", "no test passed"),
        (b"import pytest\n@pytest.mark.skip\ndef test_a(): pass\n", "no test passed"),
        (b"from pathlib import Path\ndef test_a(): assert Path('data/rows.csv').is_file()\n", "test_a did not pass"),
    ],
)
def test_what_is_no_suite_does_not_pass(suite, tests, said):
    ran = suite(tests).beside(GIVEN, seconds=5 if b"sleep" in tests else 60)
    assert not ran.passes
    assert str(ran) == said


@pytest.mark.walls
def test_a_forged_report_gives_a_pass_to_right_and_wrong_alike(suite):
    """Who writes it knows no more than the tests: it says of every stand-in the same."""
    forged = b"""
import os, sys
[report] = [word.split("=")[1] for word in sys.argv if word.startswith("--junitxml=")]
open(report, "w").write('<testsuites><testsuite><testcase name="test_a"/></testsuite></testsuites>')
os._exit(0)
"""
    tests = suite(forged)
    assert tests.beside(GIVEN).passes
    for faults in ((), ("once",), ("other",)):
        assert not tests.beside(made(*faults)).notices


@pytest.mark.walls
def test_no_run_knows_of_another(suite):
    """A suite that passes its first runs and fails all later ones would notice every mutant."""
    counts = b"""
import pathlib
def test_how_often():
    places = [pathlib.Path(place, "ran-before") for place in ("/tmp", ".", "tests", pathlib.Path.home())]
    seen = [place for place in places if place.exists()]
    for place in places:
        try:
            place.write_text("x")
        except OSError:
            pass
    assert not seen
"""
    tests = suite(counts)
    assert [tests.beside(made(seed=seed)).passes for seed in range(3)] == [True, True, True]


@pytest.mark.walls
def test_names_in_a_message_are_those_of_the_submitted_text(suite):
    """A stand-in's words must not reach the learner through the name of a test."""
    leaks = b"""
import inspect, pytest, things
@pytest.mark.parametrize("text", [inspect.getsource(things)[:200]])
def test_a(text): assert False
exec("def test_" + str(len(inspect.getsource(things))) + "(): assert False")
"""
    assert set(suite(leaks).beside(made("once")).failed) == {"test_a", "a test"}


def test_without_the_file_there_is_no_text(suite):
    assert suite(tests=None).text is None
    assert suite().text == TESTS.decode()
