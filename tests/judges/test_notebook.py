"""The notebook judge with real workers behind real walls; the judge itself runs in the test's process."""

import os
from pathlib import Path

import numpy as np
import pytest

from grader.errors import GraderFault
from grader.judges import notebook as judging
from grader.judges.workers import NO_WORKERS
from grader.model import Limits, Outcome, SkipReason
from grader.tree import Tree

pytestmark = pytest.mark.walls


def outcomes(lines):
    return {name: line.outcome.value for name, line in lines.items()}


@pytest.fixture
def three(book):
    """Three answers, each with its check; the last builds on the first."""
    return (
        book.locked("setup", "import numpy as np")
        .solution("a", "def a(x): return x + 1")
        .test("a-holds", "came = a(1)\nassert came == 2, 'Tried: a.\\nCame: b.\\nLook: c.'")
        .solution("b", "def b(x): return x * 2")
        .test("b-holds", "assert b(2) == 4")
        .solution("c", "def c(x): return a(x) + 1")
        .test("c-holds", "assert c(1) == 3", requires=["a-holds"])
    )


def test_the_reference_passes(three, judge):
    lines = judge(three)
    assert outcomes(lines) == {"a-holds": "passed", "b-holds": "passed", "c-holds": "passed"}
    assert {line.points for line in lines.values()} == {1}
    assert {line.message for line in lines.values()} == {""}


def test_stubs_fail_with_where_to_write(three, judge):
    stub = "raise NotImplementedError"
    lines = judge(three, a=stub, b=stub, c=stub)
    assert outcomes(lines) == {"a-holds": "failed", "b-holds": "failed", "c-holds": "skipped"}
    assert "YOUR CODE HERE" in lines["a-holds"].message
    assert lines["c-holds"].reason is SkipReason.PREREQUISITE
    assert "A-Holds" in lines["c-holds"].message


def test_stubs_inside_functions_say_so_too(three, judge):
    lines = judge(three, b="def b(x): raise NotImplementedError")
    assert lines["b-holds"].message == (
        "Tried: Called your `b` with a number.\nCame: It is not written yet.\nLook: The place marked YOUR CODE HERE."
    )


def test_an_authors_message_stands_as_it_is(three, judge):
    assert judge(three, a="def a(x): return 0")["a-holds"].message == "Tried: a.\nCame: b.\nLook: c."


def test_a_bare_assert_gets_the_checks_title_and_nothing_of_our_code(three, judge):
    message = judge(three, b="def b(x): return 0")["b-holds"].message
    assert message.startswith("Tried: B-Holds.\nCame: ")
    assert "b(2)" not in message
    assert "4" not in message


def test_only_some_checks(three, judge):
    assert set(judge(three, only=("l/e/b-holds",))) == {"b-holds"}


# -- what learner code can do to itself

HANG = "while True: pass"
SPOILT = {
    "cell hangs": HANG,
    "cell exits": "import os; os._exit(0)",
    "cell is killed": "import os; os.kill(os.getpid(), 9)",
    "cell eats memory": "x = []\nwhile True: x.append(bytes(1 << 24))",
    "cell raises": "1/0",
    "cell is no Python": "def b(x:",
    "function hangs": "def b(x):\n    while True: pass",
    "function exits": "def b(x):\n    import os; os._exit(0)",
    "function leaves": "def b(x):\n    import sys; sys.exit()",
    "function eats memory": "def b(x):\n    y = []\n    while True: y.append(bytes(1 << 24))",
    "function recurses": "def b(x): return b(x)",
    "worker's pipe is closed": "import os\nos.close(3)",
    "every descriptor is closed": "import os\nos.closerange(0, 100)",
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_breaks_costs_only_what_depends_on_it(three, judge, what):
    lines = judge(three, b=SPOILT[what], limits=Limits(seconds=60, check_seconds=2, cell_seconds=2, memory_mb=256))
    assert outcomes(lines) == {"a-holds": "passed", "b-holds": "failed", "c-holds": "passed"}
    said = lines["b-holds"].message.splitlines()
    assert [line.split(":")[0] for line in said] == ["Tried", "Came", "Look"]
    if what.startswith(("cell", "worker", "every")):
        assert "your cell `b`" in lines["b-holds"].message


def test_a_gigabyte_of_print_costs_nothing(three, judge):
    loud = "block = 'x' * (1 << 20)\nfor _ in range(1024): print(block)\ndef b(x):\n    print(block)\n    return x * 2"
    lines = judge(three, b=loud, limits=Limits(seconds=60, check_seconds=10, cell_seconds=20))
    assert set(outcomes(lines).values()) == {"passed"}


def test_the_budget_of_the_exercise_ends_it(three, judge):
    lines = judge(three, a=HANG, b=HANG, limits=Limits(seconds=3, check_seconds=2, cell_seconds=2))
    assert outcomes(lines)["a-holds"] == "failed"
    assert outcomes(lines)["b-holds"] == "failed"
    assert Outcome.ERROR not in {line.outcome for line in lines.values()}


def test_a_missing_name_names_the_cell_that_failed(three, judge):
    message = judge(three, b="y = 1\nz = y / 0\ndef b(x): return x * 2")["b-holds"].message
    assert "Looked for `b`" in message
    assert "your cell `b` ended with ZeroDivisionError at line 2: z = y / 0" in message


def test_a_missing_name_without_a_reason_is_said_plainly(three, judge):
    message = judge(three, b="def bee(x): return x * 2")["b-holds"].message
    assert "Came: It is not there." in message
    assert "spelling" in message


def test_an_answer_below_what_needs_it_still_counts(book, judge):
    """Cells out of order: what only stood in the wrong place is run again after everything else."""
    book.solution("a", "x = 1").test("x-holds", "assert x == 1").solution("b", "y = 2").test("y-holds", "assert y == 2")
    lines = judge(book, a="x = y - 1", b="y = 2")
    assert outcomes(lines) == {"x-holds": "passed", "y-holds": "passed"}


# -- one check and the next


def test_a_check_that_spoils_the_worker_does_not_cost_the_next(book, judge, workers):
    book.solution("a", "state = []\ndef add(x):\n    state.append(x)\n    return len(state)")
    book.test("once", "assert add(1) == 1").test("once-more", "assert add(1) == 1").test("again", "assert add(1) == 1")
    assert set(outcomes(judge(book)).values()) == {"passed"}
    assert workers.started == 3


def test_what_fails_alone_too_has_failed(book, judge, workers):
    book.solution("a", "a = 1").test("one", "assert a == 1").test("two", "assert a == 2")
    assert outcomes(judge(book)) == {"one": "passed", "two": "failed"}
    assert workers.started == 2


def test_a_lost_worker_is_replaced_for_the_next_check(book, judge):
    book.solution("a", "import os\ndef die(): os._exit(0)\nb = 2")
    book.test("dies", "die()").test("lives", "assert b == 2")
    assert outcomes(judge(book)) == {"dies": "failed", "lives": "passed"}


def test_a_check_that_swallows_a_refusal_still_fails(book, judge):
    book.solution("a", "def f(): return 1")
    book.test("swallows", "try:\n    good = f == 1\nexcept:\n    good = True\nassert good or True")
    lines = judge(book)
    assert outcomes(lines) == {"swallows": "failed"}
    assert "plain data" in lines["swallows"].message


def test_a_check_that_swallows_a_death_still_fails(book, judge):
    book.solution("a", "import os\ndef f(): os._exit(0)")
    book.test("swallows", "try:\n    f()\nexcept BaseException:\n    pass")
    assert outcomes(judge(book)) == {"swallows": "failed"}


# -- whose fault

OURS = {
    "import": "x()\nimport nothing_of_this_name",
    "file": "x()\nopen('nowhere')",
    "no data set": "x()\nfrom grader.exercise import fresh\nfresh('e', 99)",
    "function sent": "x(lambda: 1)",
    "name error before asking": "undefined_name",
    "type error before asking": "len(3)",
}


@pytest.mark.parametrize("what", OURS)
def test_what_is_ours_is_an_error_without_points(book, judge, what):
    book.solution("a", "def x(*args): return 1").test("odd", OURS[what]).test(
        "next", "assert x() == 1", requires=["odd"]
    )
    lines = judge(book)
    assert outcomes(lines) == {"odd": "error", "next": "passed"}
    assert lines["odd"].points is None


THEIRS = {
    "missing column": ("import pandas as pd\ndef x(): return pd.DataFrame({'a': [1]})", "x()['b']"),
    "no table": ("def x(): return 3", "x().columns"),
    "too short": ("def x(): return []", "x()[0]"),
    "not iterable": ("def x(): return 3", "for one in x(): pass"),
    "text for number": ("def x(): return 'a'", "x() + 1"),
    "broadcasts to a giant": ("import numpy as np\ndef x(): return np.zeros((1 << 22, 1))", "x() == x().reshape(-1)"),
    "shapes do not fit": ("import numpy as np\ndef x(): return np.zeros(3)", "import numpy as np\nx() + np.zeros(4)"),
    "a length beyond memory": (
        "class T:\n    def __len__(self): return 1 << 50\n    def __iter__(self): return iter([])\ndef x(): return T()",
        "list(x())",
    ),
    "NA has no truth": ("import pandas as pd\ndef x(): return pd.NA", "assert x() == 1"),
    "array has no truth": ("import numpy as np\ndef x(): return np.ones(2)", "assert x() == 1"),
}


@pytest.mark.parametrize("what", THEIRS)
def test_an_odd_answer_is_the_learners_failure(book, judge, what):
    answer, test = THEIRS[what]
    book.solution("a", "def x(): return 1").test("odd", test)
    lines = judge(book, a=answer)
    assert outcomes(lines) == {"odd": "failed"}
    assert lines["odd"].points == 0


def test_a_worker_that_cannot_be_had_is_our_fault(three, tmp_path):
    (tmp_path / "e" / "0" / "data").mkdir(parents=True)
    tree = Tree({"notebooks/e.ipynb": three.submitted()})
    with pytest.raises(GraderFault):
        judging.judge(three.exercise(), three.source, tree, tmp_path, NO_WORKERS, "s", lambda line: None)


# -- what a message may tell

SECRET = "hidden-input-4711"
TELLING = {
    "text": "def f(x): raise ValueError(x)",
    "class name": "def f(x): raise type(x.replace('-', '_'), (Exception,), {})",
    "source line": (
        "import linecache, os\n"
        "def f(x):\n"
        "    name = os.getcwd() + '/' + 'm.py'\n"
        "    linecache.cache[name] = (1, None, [x + chr(10)], name)\n"
        "    exec(compile('1/0', name, 'exec'))"
    ),
    "file name": "import os\ndef f(x): exec(compile('1/0', os.getcwd() + '/' + x, 'exec'))",
    "type of the answer": "def f(x): return type(x, (), {})()",
    "name of a cell": "def f(x):\n    raise NameError(x)",
    "a later cell": "seen = []\ndef f(x):\n    seen.append(x)\n    return x",
}


@pytest.mark.parametrize("what", TELLING)
def test_a_hidden_input_comes_back_in_no_message(book, judge, what):
    book.solution("a", "def f(x): return x").test("hides", f"assert f({SECRET!r}) == {SECRET!r}")
    book.solution("later", "y = 1").test("y-holds", "assert y == 1")
    lines = judge(book, a=TELLING[what], later="raise ValueError(*seen)" if what == "a later cell" else "y = 1")
    for line in lines.values():
        assert "4711" not in line.message
    if what != "a later cell":
        assert lines["hides"].outcome is Outcome.FAILED


def test_a_visible_check_shows_the_text(book, judge):
    book.solution("a", "def f(x): return x").test("shows", "assert f('seen') == 'seen'", visible=True)
    lines = judge(book, a="class Mine(ValueError): pass\ndef f(x): raise Mine(x)")
    assert "It raised Mine (seen) at line 2 of your cell `a`: def f(x): raise Mine(x)" in lines["shows"].message


def test_a_hidden_check_shows_the_line_of_the_learners_cell(book, judge):
    book.solution("a", "def f(x): return x").test("raises", "f(1)")
    message = judge(book, a="def f(x):\n    y = x - 1\n    return x / y")["raises"].message
    assert "It raised ZeroDivisionError at line 3 of your cell `a`: return x / y" in message
    assert "division" not in message


def test_a_module_beside_the_notebook_is_shown_too(book, judge):
    book.solution("a", "from mine import f").test("raises", "f(1)")
    book.cells[0].source = "def f(x): return x"  # the reference binds f itself
    more = {"notebooks/mine.py": b"def f(x):\n    return x / 0\n", "notebooks/other.ipynb": b"{}"}
    lines = judge(book, a="from mine import f", more=more)
    assert "line 2 of mine.py: return x / 0" in lines["raises"].message


# -- the judge's own side


def test_names_that_the_reference_does_not_bind_are_the_judges_own(book, judge):
    book.locked("setup", "import numpy as np\nlimit = 3").solution("a", "def f(): return 1")
    book.test("own", "assert limit == 3 and len([1]) == 1 and np.zeros(2).sum() == 0 and f() == 1")
    shadow = "limit = 99\nlen = lambda x: 7\nclass np: zeros = None\ndef f(): return 1"
    assert outcomes(judge(book, a=shadow)) == {"own": "passed"}


def test_a_locked_cell_that_builds_on_an_answer_runs_with_the_learner(book, judge):
    book.solution("a", "a = 2").locked("twice", "twice = a * 2").test("holds", "assert twice == 4")
    assert outcomes(judge(book)) == {"holds": "passed"}
    assert outcomes(judge(book, a="a = 3")) == {"holds": "failed"}


def test_functions_and_comprehensions_in_a_check_see_the_learners_names(book, judge):
    book.solution("a", "a = 2\ndef f(x): return x")
    book.test("holds", "def inner():\n    return [f(a) for _ in range(2)]\nassert inner() == [2, 2]\n"
              "class K:\n    v = a\nassert (lambda: f(K.v))() == 2")  # fmt: skip
    assert outcomes(judge(book)) == {"holds": "passed"}


def test_random_draws_of_a_check_are_the_same_each_time_and_leave_ours_alone(book, judge):
    book.solution("a", "seen = []\ndef f(x): return x")
    book.test("draws", "import numpy as np, random\nassert (np.random.rand(), random.random()) == ()")
    before = np.random.get_state()[1].copy()
    judge(book)
    assert (np.random.get_state()[1] == before).all()


def test_the_notebook_runs_where_its_data_is(book, judge):
    book.solution("a", "from pathlib import Path\ntext = Path('../data/e/given.txt').read_text()").test(
        "holds", "assert text == 'given'"
    )
    book.test(
        "judge-too", "from pathlib import Path\nassert text and Path('../data/e/given.txt').read_text() == 'given'"
    )
    here, cases = Path.cwd(), os.environ.get("LADDER_CASES")
    assert set(outcomes(judge(book)).values()) == {"passed"}
    assert (Path.cwd(), os.environ.get("LADDER_CASES")) == (here, cases)


def test_where_no_link_can_be_made_the_data_is_copied(book, judge, monkeypatch):
    def refused(*_, **__):
        raise OSError("a required privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", refused)
    book.solution("a", "a = 1").test(
        "sees-it", "from pathlib import Path\nassert a and Path('../data/e/given.txt').read_text() == 'given'"
    )
    assert outcomes(judge(book)) == {"sees-it": "passed"}


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"no notebook"])
def test_what_is_no_notebook_fails_every_check(three, judge, data):
    lines = judge(three, data=data)
    assert set(outcomes(lines).values()) == {"failed"}
    assert all(line.message.startswith("Tried: Opened notebooks/e.ipynb.") for line in lines.values())
