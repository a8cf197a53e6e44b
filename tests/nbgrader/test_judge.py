"""The judge of other people's notebooks: what their test cells may do, and what a learner may not."""

import json

import nbformat
import pytest

from grader.judges.course import judge
from grader.judges.job import CourseNotebook
from grader.model import Check, Exercise, Limits, Outcome
from grader.nbgrader_course.names import guesses
from grader.tree import Tree

from .cells import answered, free, locked, notebook, solution, test


@pytest.fixture
def judged(workers):
    """Outcome and points by grade_id of one submission, and what its cells displayed."""

    def run(source, answers=None, *, given=None, remote=..., proven=True):
        made = nbformat.from_dict(source)
        tests = [cell for cell in source["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")]
        checks = tuple(
            Check(f"a/hw/{marks['grade_id']}", "hw", marks["grade_id"], "", marks["points"], hidden=False)
            for marks in (cell["metadata"]["nbgrader"] for cell in tests)
        )
        names = frozenset(check.name for check in checks)
        limits = Limits(cell_seconds=5, check_seconds=5)
        course = CourseNotebook(
            Exercise("hw", "notebook", "hw", 0, "", "", 0, limits, checks),
            json.dumps(source),
            Tree(given or {}),
            guesses(made)[0] if remote is ... else remote,
            names if proven else frozenset(),
            solved=remote is not None,
        )
        handed_in = json.dumps(answered(source, answers or {})).encode()
        told, shown = {}, {}
        tree = Tree({**(given or {}), "hw.ipynb": handed_in})
        judge(course, tree, workers, "00", lambda one: told.update({one.id.split("/")[2]: one}), shown.__setitem__)
        return told, shown

    return run


def points(told):
    return {name: one.points for name, one in told.items()}


DOUBLE = solution("double", "def double(x):\n    return 2 * x")


def test_a_number_returned_is_partial_credit(judged):
    source = notebook(
        DOUBLE,
        test("parts", "made = [double(n) == 2 * n for n in (0, 1, 2, 3)]\nsum(made)", 4),
        test("numpy", "import numpy as np\nnp.float64(sum(double(n) == 2 * n for n in (0, 1)))", 2),
        test("semicolon", "assert double(0) == 0\n0.5;", 1),
        test("none", "print('fine')", 1),
        test("text", "'all good'", 1),
    )
    assert points(judged(source)[0]) == {"parts": 4, "numpy": 2, "semicolon": 1, "none": 1, "text": 1}
    told, _ = judged(source, {"double": "def double(x):\n    return x * x"})
    assert points(told) == {"parts": 2, "numpy": 1, "semicolon": 1, "none": 1, "text": 1}
    assert told["parts"].outcome is Outcome.FAILED
    assert "2 of 4 points" in told["parts"].message


def test_a_number_that_is_no_score_is_left_to_a_person(judged):
    source = notebook(
        DOUBLE, test("above", "double(1)\n7", 2), test("below", "-1", 2), test("nan", "float('nan')", 2),
        test("truth", "double(2) == 4", 2),
    )  # fmt: skip
    told, _ = judged(source, {"double": "def double(x):\n    return 3 * x"})
    assert [one.outcome for one in told.values()] == [Outcome.ERROR] * 3 + [Outcome.FAILED]
    assert points(told) == {"above": None, "below": None, "nan": None, "truth": 0}
    assert points(judged(source)[0])["truth"] == 2


def test_what_a_learner_prints_or_answers_is_no_score(judged):
    source = notebook(
        DOUBLE, test("shown", "assert double(1) == 2\ndouble(3)", 10), test("zero", "assert double(1) == 2", 10)
    )
    told, _ = judged(source, {"double": "import sys\ndef double(x):\n    print(10, file=sys.stderr)\n    return 2 * x"})
    assert points(told) == {"shown": 10, "zero": 10}


def test_a_learners_own_number_never_becomes_their_points(judged):
    source = notebook(DOUBLE, test("shown", "double(3)", 10), test("asked", "assert double(3) == 6\ndouble(0)", 10))
    told, _ = judged(source, {"double": "def double(x):\n    return 9"})
    assert points(told) == {"shown": 10, "asked": 0}


def test_a_test_may_take_a_name_away_and_put_it_back(judged):
    source = notebook(
        DOUBLE,
        solution("four", "def four(x):\n    return double(double(x))"),
        test("uses", "kept = double\ndel double\ntry:\n    four(1)\nexcept NameError:\n    pass\nelse:\n"
                     "    raise AssertionError('does not use double')\nfinally:\n    double = kept"),
        test("after", "assert four(2) == 8"),
    )  # fmt: skip
    assert points(judged(source)[0]) == {"uses": 1, "after": 1}
    told, _ = judged(source, {"four": "def four(x):\n    return 4 * x"})
    assert points(told) == {"uses": 0, "after": 1}


def test_a_lost_worker_costs_its_check_where_the_course_then_binds_a_learners_name(judged):
    source = notebook(
        DOUBLE,
        test("first", "assert double(1) == 2"),
        locked("teachers", "def double(x):\n    return x + x"),
        test("second", "assert 1 + 1 == 2"),
    )
    told, _ = judged(source, {"double": "import os\ndef double(x):\n    os._exit(0)"})
    assert [one.outcome for one in told.values()] == [Outcome.FAILED, Outcome.PASSED]


def test_cells_share_names_and_files_as_beside_the_notebook(judged):
    source = notebook(
        free("import pandas as pd"),
        locked("given", "from helper import same\ntable = pd.read_csv('data.csv')"),
        solution("column", "table['b'] = table['a'] * 2"),
        test("first", "expected = [2, 4]\nassert same(list(table['b']), expected)"),
        test("second", "assert list(table['b']) == expected"),
        solution("count", "seen = []\ndef see(x):\n    seen.append(x)"),
        test("state", "see(3)\nassert seen == [3]\nsee(4)\nassert seen == [3, 4]"),
        solution("thing", "class Thing:\n    def __init__(self, n):\n        self.n = n\n"
                          "    def more(self):\n        self.n += 1"),
        test("object", "thing = Thing(2)\nthing.more()\nassert thing.n == 3"),
    )  # fmt: skip
    given = {"helper.py": b"def same(one, other):\n    return one == other\n", "data.csv": b"a\n1\n2\n"}
    assert set(points(judged(source, given=given)[0]).values()) == {1}
    told, _ = judged(source, {"column": "table['b'] = 0\nimport helper\nhelper.same = lambda *_: True"}, given=given)
    assert points(told) == {"first": 0, "second": 0, "state": 1, "object": 1}


def test_asserts_stripped_by_a_transformer_are_asserted_all_the_same(judged):
    strip = (
        "import ast\nclass Strip(ast.NodeTransformer):\n    def visit_Assert(self, node):\n        return ast.Pass()\n"
        "get_ipython().ast_transformers.append(Strip())\n"
        "get_ipython().input_transformers_post.append(lambda lines: [l.replace('assert', '0 and') for l in lines])\n"
        "def double(x):\n    return 0\n"
    )
    source = notebook(DOUBLE, test("visible", "assert double(1) == 2"), test("value", "assert double(4) == 8\n3", 3))
    assert points(judged(source, {"double": strip})[0]) == {"visible": 0, "value": 0}


def test_without_a_solution_a_learner_cannot_bind_what_a_test_means(judged):
    source = notebook(
        locked("given", "def close(a, b):\n    return abs(a - b) < 1e-9"),
        solution("double", "def double(x):\n    raise NotImplementedError()"),
        test("t", "assert close(double(3), 6) and len([1]) == 1"),
    )
    right = "def double(x):\n    return 2 * x"
    wrong = "def double(x):\n    return 7\ndef close(a, b):\n    return True\nabs = len = lambda *_: 0"
    assert points(judged(source, {"double": right}, remote=None, proven=False)[0]) == {"t": 1}
    assert points(judged(source, {"double": wrong}, remote=None, proven=False)[0]) == {"t": 0}


def test_a_test_that_needs_the_learners_own_objects_is_left_to_a_person(judged):
    source = notebook(
        solution("point", "class Point:\n    def __eq__(self, other):\n        return True"),
        test("compared", "assert Point() == Point()"),
    )
    told, _ = judged(source, proven=False)
    assert told["compared"].outcome is Outcome.ERROR
    assert "cannot be judged from outside" in told["compared"].message
    assert points(judged(source, proven=True)[0]) == {"compared": 0}


def test_a_cell_that_ends_the_process_costs_only_itself(judged):
    one, two = test("one", "assert double(1) == 2"), test("two", "assert x == 1")
    source = notebook(DOUBLE, one, solution("end", "x = 1"), two)
    told, shown = judged(source, {"end": "import os\nos._exit(0)"})
    assert points(told) == {"one": 1, "two": 0}
    assert shown[2][0]["output_type"] == "error"


def test_people_see_what_cells_display_and_not_what_tests_print(judged):
    shows = "import pandas as pd\ndef say(x):\n    print('heard', x)\nprint('out')\npd.DataFrame({'a': [1]})"
    source = notebook(
        solution("shows", shows),
        test("t", "say('secret')"),
        free("print('end')"),
        free("1 / 0"),
    )
    _, shown = judged(source)
    assert [one["output_type"] for one in shown[0]] == ["stream", "execute_result"]
    assert "text/html" in shown[0][1]["data"]
    assert shown[2] == [{"output_type": "stream", "name": "stdout", "text": "end\n"}]
    assert shown[3][0]["ename"] == "ZeroDivisionError"
    assert "secret" not in str(shown)
