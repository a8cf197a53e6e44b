import pytest

from grader.bridge.faults import BrokenBridge, CellFailure, Died, OutOfTime, Refused, mirror
from grader.judges import messages
from grader.model import Check

HIDDEN = Check("l/e/c", "e", "Everything is there", "k", 2, True)
VISIBLE = Check("l/e/v", "e", "Everything is there", "k", 0, False)
TEXTS = {"your cell `a`": "x = 1\ny = x / 0\n"}


def parts(message):
    lines = message.split("\n")
    assert [line.split(": ")[0] for line in lines] == ["Tried", "Came", "Look"], message
    return [line.split(": ", 1)[1] for line in lines]


def raised(kinds=("ZeroDivisionError", "ArithmeticError", "Exception"), text="told", label="your cell `a`", line=2):
    return mirror({"kinds": list(kinds), "text": text, "label": label, "line": line, "source": "claimed = 1"})


def test_three_lines_whatever_goes_in():
    assert len(parts(messages.three_lines("a\nb\r\nc", "d\u2028e", "f\x0bg"))) == 3
    long = messages.three_lines("x" * 5000, "y" * 5000, "z" * 5000)
    assert len(long) <= messages.LONGEST
    assert all(part.endswith("…") for part in parts(long))


def test_an_authors_message_is_cut_but_not_changed():
    own = "Tried: a\nCame: b\nLook: c"
    assert messages.of_assertion(HIDDEN, own) == own
    assert len(messages.of_assertion(HIDDEN, "Tried: " + "x" * 9000)) == messages.LONGEST


def test_a_bare_assert_says_the_title():
    assert parts(messages.of_assertion(HIDDEN, ""))[0] == "Everything is there."


def test_a_hidden_check_shows_place_and_kind_but_no_text():
    tried, came, _ = parts(messages.of_remote_error(HIDDEN, raised(), "called your `f`", TEXTS))
    assert "alled your `f`" in tried
    assert "ZeroDivisionError at line 2 of your cell `a`: y = x / 0" in came
    assert "told" not in came
    assert "claimed" not in came


def test_a_visible_check_shows_the_text():
    assert "(told)" in messages.of_remote_error(VISIBLE, raised(), "called", TEXTS)


@pytest.mark.parametrize(("label", "line"), [("your cell `b`", 1), ("your cell `a`", 3), ("your cell `a`", 0), ("", 2), ("your cell `a`", -1)])  # fmt: skip  # noqa: E501
def test_a_place_that_was_not_handed_in_is_not_shown(label, line):
    assert " at " not in parts(messages.of_remote_error(HIDDEN, raised(label=label, line=line), "called", TEXTS))[1]


def test_a_class_name_of_their_own_is_not_shown_in_a_hidden_check():
    error = raised(kinds=("Secret4711", "ValueError", "Exception"))
    assert "4711" not in messages.of_remote_error(HIDDEN, error, "called", TEXTS)
    assert "ValueError" in messages.of_remote_error(HIDDEN, error, "called", TEXTS)
    assert "Secret4711" in messages.of_remote_error(VISIBLE, error, "called", TEXTS)


@pytest.mark.parametrize("fault", [OutOfTime("did not answer within 3 seconds"), Died("was gone"), BrokenBridge("broke"), Refused("gave a function")])  # fmt: skip  # noqa: E501
def test_every_fault_has_its_own_advice(fault):
    tried, came, look = parts(messages.of_fault(fault, "called your `f`"))
    assert str(fault) in came
    assert "docstring" not in look or isinstance(fault, Refused)
    assert parts(messages.of_fault(fault, ""))[0]


def failure(kind, line=0):
    return CellFailure(kind, "", "your cell `a`", line, "y = x / 0" if line else "")


def test_a_missing_name_blames_the_likeliest_cell():
    killed = messages.of_missing_name("f", [failure("NotImplementedError")], ["your cell `k` did not answer"])
    assert "your cell `k` did not answer" in killed
    stub = messages.of_missing_name("f", [failure("ValueError", 2), failure("NotImplementedError")], [])
    assert "YOUR CODE HERE" in stub
    assert "ValueError at line 2: y = x / 0" in messages.of_missing_name("f", [failure("ValueError", 2)], [])
    assert "spelling" in messages.of_missing_name("f", [], [])


def test_a_prerequisite_names_every_title():
    assert "One; Two" in parts(messages.of_prerequisite(["One", "Two"]))[1]
