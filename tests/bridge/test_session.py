import builtins
import datetime

import numpy as np
import pandas as pd
import pytest

from grader.bridge.codec import NotData
from grader.bridge.faults import BrokenBridge, Died, OutOfTime, Refused, RemoteError
from grader.bridge.session import Budget, Session, describe
from grader.model import Limits
from grader.tree import Tree

pytestmark = pytest.mark.walls


def defined(session, code, name="f"):
    assert session.cell(code, "your cell") is None
    return session.fetch(name)


# -- by value


@pytest.mark.parametrize(
    "code",
    ["None", "True", "3", "2.5", "'text'", "b'bytes'", "[1, [2]]", "(1, 'a')", "{'a': {1, 2}}", "[]"],
)
def test_plain_data_comes_by_value(session, code):
    value = defined(session, f"x = {code}", "x")
    assert value == eval(code)
    assert type(value) is type(eval(code))


def test_arrays_tables_and_dates_come_by_value(session):
    value = defined(
        session,
        "import numpy as np, pandas as pd, datetime\n"
        "x = [np.arange(3, dtype='int8'), pd.DataFrame({'a': [1, 2]}, index=[5, 6]), datetime.date(2013, 1, 1)]",
        "x",
    )
    assert value[0].dtype == np.int8
    pd.testing.assert_frame_equal(value[1], pd.DataFrame({"a": [1, 2]}, index=[5, 6]))
    assert value[2] == datetime.date(2013, 1, 1)


def test_arguments_and_results_cross_by_value(session):
    f = defined(session, "def f(a, *, b): return [a, b]")
    table = pd.DataFrame({"x": [1.5, None]})
    first, second = f(table, b={"k": (1, 2)})
    pd.testing.assert_frame_equal(first, table)
    assert second == {"k": (1, 2)}


def test_a_name_that_is_not_there_is_a_name_error(session):
    with pytest.raises(NameError) as caught:
        session.fetch("nothing")
    assert isinstance(caught.value, RemoteError)


def test_a_masked_array_is_refused_and_remembered(session):
    session.cell("import numpy as np\ndef f(): return np.ma.masked_array([1, 2], mask=[True, False])", "c")
    f = session.fetch("f")
    with pytest.raises(Refused):
        f()
    assert isinstance(session.refusal, Refused)
    assert session.fetch("f") is not None  # the worker goes on


def test_what_is_not_data_does_not_go_to_the_worker(session):
    f = defined(session, "def f(g): return 1")
    with pytest.raises(NotData):
        f(lambda: 1)
    assert session.fault is None


# -- objects, their attributes, items, length, members


def test_a_handle_gives_attributes_items_length_and_members(session):
    thing = defined(
        session,
        "class T:\n"
        "    size = 3\n"
        "    def __len__(self): return 2\n"
        "    def __getitem__(self, key): return ('item', key)\n"
        "    def twice(self, x): return 2 * x\n"
        "thing = T()",
        "thing",
    )
    assert thing.size == 3
    assert thing.twice(4) == 8
    assert thing["k"] == ("item", "k")
    assert len(thing) == 2
    numbers = defined(session, "def numbers(): yield from range(3)", "numbers")
    assert list(numbers()) == [0, 1, 2]


def test_a_handle_may_go_back_as_an_argument(session):
    f = defined(session, "class T: pass\nt = T()\ndef f(x): return x is t")
    assert f(session.fetch("t")) is True


def test_the_same_object_is_the_same_handle_number(session):
    f = defined(session, "class T: pass\nt = T()\ndef f(): return [t, t]")
    one, other = f()
    assert hash(one) == hash(other)


# -- mutation and identity


def test_what_the_call_changed_in_an_argument_is_changed_here_in_place(session):
    f = defined(
        session,
        "def f(array, table, words, counts, some):\n"
        "    array[0] = 9\n    table['new'] = 1\n    table.drop(index=table.index[0], inplace=True)\n"
        "    words.append('w')\n    counts['a'] = 0\n    some.discard(1)",
    )
    array, table, words = np.zeros(3), pd.DataFrame({"old": [1, 2]}), ["v"]
    counts, some = {"b": 1}, {1, 2}
    view = array[:1]
    assert f(array, table, words, counts=counts, some=some) is None
    assert view[0] == 9
    assert list(table.columns) == ["old", "new"]
    assert len(table) == 1
    assert words == ["v", "w"]
    assert counts == {"b": 1, "a": 0}
    assert some == {2}


def test_a_change_that_fails_half_way_is_taken_back(session):
    lent = np.zeros(3)
    with pytest.raises(ValueError):
        session._change(lent, np.array([1.0, 2.0, "x"], dtype=object))
    session.take_back()
    assert lent.tolist() == [0, 0, 0]


def test_a_series_changed_in_place_is_changed_here(session):
    f = defined(session, "def f(column): column.iloc[0] = -1.5")
    column = pd.Series([1.0, 2.0], name="c")
    f(column)
    assert column.tolist() == [-1.5, 2.0]
    assert column.name == "c"


def test_an_argument_left_alone_stays_the_same_bytes(session):
    f = defined(session, "def f(table): return table['a'].sum()")
    table = pd.DataFrame({"a": pd.Categorical(["x", "y"]).codes, "b": ["u", None]})
    before = table.copy()
    assert f(table) == 1
    pd.testing.assert_frame_equal(table, before)


def test_a_returned_argument_is_the_same_object(session):
    f = defined(session, "def f(a, b):\n    b.append(1)\n    return b")
    given = []
    assert f([], given) is given
    assert given == [1]


# -- exceptions


@pytest.mark.parametrize(
    "kind",
    ["Exception", "ValueError", "KeyError", "ZeroDivisionError", "TypeError", "FileNotFoundError", "AssertionError"],
)
def test_an_exception_comes_as_the_same_built_in_class_with_its_place(session, kind):
    f = defined(session, f"def f():\n    raise {kind}('told')\n")
    with pytest.raises(getattr(builtins, kind)) as caught:
        f()
    error = caught.value
    assert isinstance(error, RemoteError)
    assert "told" in str(error)
    assert error.ladder_kind == kind
    assert (error.ladder_place.label, error.ladder_place.line) == ("your cell", 2)
    assert error.ladder_place.source == f"raise {kind}('told')"


def test_a_class_of_their_own_comes_as_the_built_in_class_it_comes_from(session):
    f = defined(session, "class Late(ValueError): pass\ndef f(): raise Late('x')")
    with pytest.raises(ValueError, match="x") as caught:
        f()
    assert caught.value.ladder_kind == "Late"
    assert caught.value.ladder_known_kind == "ValueError"


@pytest.mark.parametrize(
    "raising", ["sys.exit(3)", "raise KeyboardInterrupt", "raise StopIteration", "raise GeneratorExit"]
)
def test_what_would_end_the_judge_only_fails_the_call(session, raising):
    f = defined(session, f"import sys\ndef f():\n    {raising}")
    with pytest.raises(RemoteError):
        f()
    assert session.fetch("f") is not None


@pytest.mark.parametrize(
    "error", ["UnicodeDecodeError('utf-8', b'x', 0, 1, 'no')", "ExceptionGroup('g', [ValueError()])"]
)
def test_exceptions_with_arguments_of_their_own_cross(session, error):
    f = defined(session, f"def f(): raise {error}")
    with pytest.raises(RemoteError):
        f()
    assert session.fault is None


def test_half_a_character_in_a_message_crosses(session):
    f = defined(session, r"def f(): raise ValueError('\ud800')")
    with pytest.raises(ValueError, match="\ud800"):
        f()


# -- cells


def test_a_cell_that_fails_says_where(session):
    failure = session.cell("x = 1\ny = x / 0\n", "your cell `b`")
    assert (failure.kind, failure.label, failure.line) == ("ZeroDivisionError", "your cell `b`", 2)
    assert failure.source == "y = x / 0"


def test_a_cell_that_is_no_python_says_where(session):
    failure = session.cell("x = 1\nif x\n    pass\n", "c")
    assert (failure.kind, failure.line) == ("SyntaxError", 2)


def test_magics_shell_lines_and_await_work(session):
    assert session.cell("%%time\nx = 1", "c") is None
    assert session.cell("files = !echo hello", "c") is None
    assert session.fetch("files") is not None
    assert session.cell("import asyncio\nawait asyncio.sleep(0)\nz = 2", "c") is None
    assert session.fetch("z") == 2


def test_exit_in_a_cell_is_no_end_of_the_worker(session):
    session.cell("exit()", "c")
    session.cell("import sys; sys.exit(1)", "c")
    assert session.cell("x = 1", "c") is None
    assert session.fetch("x") == 1


def test_a_cell_that_breaks_what_runs_cells_has_failed(session):
    assert session.cell("get_ipython().run_cell = None", "c1") is None
    failure = session.cell("x = 1", "c2")
    assert failure.kind == "TypeError"
    assert failure.label == "c2"


# -- time and death


def test_a_call_that_does_not_end_is_out_of_time_for_good(workers):
    session = Session(workers.new(), Limits(check_seconds=1), Budget(60))
    session.enter("notebooks", notebook=True)
    f = defined(session, "def f():\n    while True: pass\ndef g(): return 1")
    g = session.fetch("g")
    with pytest.raises(OutOfTime):
        f()
    with pytest.raises(OutOfTime):
        g()
    assert isinstance(session.fault, OutOfTime)


@pytest.mark.parametrize("ending", ["os._exit(0)", "os.kill(os.getpid(), 9)", "os.abort()"])
def test_a_dead_worker_is_said_to_be_dead(session, ending):
    f = defined(session, f"import os\ndef f(): {ending}")
    with pytest.raises(Died):
        f()
    with pytest.raises(Died):
        session.fetch("f")


def test_the_budget_of_an_exercise_ends(workers):
    budget = Budget(60)
    session = Session(workers.new(), Limits(check_seconds=30), budget)
    session.enter("notebooks", notebook=True)
    f = defined(session, "import time\ndef f(): time.sleep(60)")
    before = budget.left
    budget.left = 0.5
    with pytest.raises(OutOfTime, match="whole exercise"):
        f()
    assert budget.left <= 0 < before < 60
    other = Session(workers.new(), Limits(), budget)
    other.enter("notebooks", notebook=True)  # setting a worker up is our time, not the learner's
    with pytest.raises(OutOfTime, match="whole exercise"):
        other.cell("1", "a cell")


def test_an_answer_larger_than_the_bridge_carries_fails(session):
    f = defined(session, "import numpy as np\ndef f(): return np.zeros(30_000_000)")
    with pytest.raises(BrokenBridge, match="more data"):
        f()


def test_the_bridge_in_the_learners_hands_breaks_only_their_own_check(session):
    f = defined(session, "import os\ndef f():\n    os.write(3, b'\\0\\0\\0\\4oops')\n    return 1")
    with pytest.raises(BrokenBridge):
        f()


# -- files and modules


def test_files_arrive_and_modules_beside_them_import(workers):
    session = Session(workers.new(), Limits(), Budget(60))
    session.put(Tree({"repo/pkg/__init__.py": b"", "repo/pkg/add.py": b"def add(a, b): return a + b", "repo/go": b"#!/bin/sh\necho hi"}, frozenset({"repo/go"})))  # fmt: skip  # noqa: E501
    session.enter("repo", notebook=False)
    assert session.module("pkg.add").add(1, 2) == 3
    assert session.run(["./go"]).stdout == b"hi\n"
    with pytest.raises(ModuleNotFoundError):
        session.module("pkg.other")


def test_a_command_out_of_time_is_remembered_and_the_worker_goes_on(session):
    with pytest.raises(OutOfTime):
        session.run(["sleep", "30"], seconds=0.5)
    assert isinstance(session.refusal, OutOfTime)
    assert session.run(["echo", "on"]).stdout == b"on\n"


def test_arguments_are_described_by_kind_and_size():
    words = describe([pd.DataFrame({"a": [1, 2]}), np.zeros((2, 3)), [1], "secret", 7], {"k": True})
    assert words == (
        "a table of 2 rows and 1 columns, an array of shape (2, 3), a list of 1, a text, a number, k=a truth value"
    )
    assert describe([None, np.float32(1), pd.Timestamp(0), object()], {}) == "None, a number, a Timestamp, an object"


def test_a_learners_own_function_among_the_arguments_is_called_by_its_name(session):
    session.cell("def made(x): return x\ndef use(f): return f(1)", "c")
    assert session.call(session.fetch("use"), [session.fetch("made")], {}) == 1
    assert session.last_call == "called your `use` with your `made`"


def test_mlflow_starts_no_thread_that_reports_home(workers):
    """Such a thread reads the environment while MLflow itself writes it: at times the run crashed."""
    session = Session(workers.new(), Limits(memory_mb=4096), Budget(60))
    session.enter("", notebook=False)
    done = session.run(["python", "-c", "from mlflow.telemetry.utils import *; print(is_telemetry_disabled())"])
    session.close()
    assert (done.returncode, done.stdout.strip()) == (0, b"True"), done.stderr
