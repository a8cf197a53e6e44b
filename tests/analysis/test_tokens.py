import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.analysis.fingerprints import RUN, WINDOW, prints_of, run_hashes
from grader.analysis.tokens import tokens_of

CODE = '''
def late(flights, limit=15):
    """Flights that left late."""
    kept = flights[flights["delay"] > limit]  # minutes
    return kept.groupby("carrier").size().sort_values(ascending=False)
'''
SAME = """
# somebody else's comment

def zu_spaet(tabelle, grenze = 15):
    \'\'\'Another docstring, longer
    than the first.\'\'\'
    rest = tabelle[
        tabelle['verzug'] > grenze
    ]
    return rest.groupby('linie').size().sort_values(ascending=False)
"""


def test_names_comments_docstrings_layout_and_texts_do_not_matter():
    assert tokens_of(CODE, "python").shape == tokens_of(SAME, "python").shape


@pytest.mark.parametrize(
    "other",
    [
        CODE.replace("groupby", "pivot"),  # a name of pandas
        CODE.replace("> limit", ">= limit"),
        CODE.replace("15", "16"),
        CODE.replace("kept.groupby", "flights.groupby"),  # another variable in the same place
        CODE.replace("return", "yield"),
    ],
)
def test_what_the_code_does_matters(other):
    assert tokens_of(CODE, "python").shape != tokens_of(other, "python").shape


def test_an_attribute_of_the_authors_own_is_a_name_like_others():
    one = "class A:\n    def go(self):\n        self.left = 1\n        return self.left + self.go()\n"
    other = one.replace("left", "links").replace("go", "los").replace("A:", "B:")
    assert tokens_of(one, "python").shape == tokens_of(other, "python").shape


def test_a_text_in_brackets_at_the_start_of_a_line_is_no_docstring():
    assert len(tokens_of('f(\n    "a",\n    "b",\n)\n', "python")) == len(tokens_of('f("a", "b",)\n', "python")) == 7


def test_prose_keeps_its_words():
    assert tokens_of("The Report, in one line.", "text").shape == tokens_of("the report,\nin one LINE.", "text").shape
    assert tokens_of("the report", "text").shape != tokens_of("the result", "text").shape


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab1._'\"\\#()[]{}=\n \tfr")), max_size=200) | st.text(max_size=100))
def test_any_text_has_tokens_with_lines_in_order(text):
    tokens = tokens_of(text, "python")
    lines = tokens.lines
    assert (np.diff(lines) >= 0).all()
    assert not len(lines) or (lines[0] >= 1 and lines[-1] <= text.count("\n") + 1)
    assert (tokens.back >= 0).all() and (tokens.back <= np.arange(len(tokens))).all()
    prints_of(tokens)


HOSTILE = [
    '"""' * 60_000,
    '"""\\' * 50_000,
    '"\\' * 100_000,
    "'" * 200_000,
    "\\" * 200_000,
    "(" * 200_000,
    "self." * 40_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:6]))
def test_hostile_texts_cost_no_more_steps_than_they_have_letters(text):
    """No alternative of the tokeniser gives up and scans again: every token ends beyond where it begins, once."""
    assert len(tokens_of(text, "python")) <= len(text)


sources = st.lists(st.sampled_from(["a", "b", "c", "+", "(", ")", ".", "if", "1", "len"]), min_size=0, max_size=80)


@given(sources)
def test_run_hashes_are_those_of_every_run_by_itself(words):
    tokens = tokens_of(" ".join(words), "python")
    found = run_hashes(tokens)
    assert len(found) == max(0, len(tokens) - RUN + 1)
    for start, value in enumerate(found):
        alone = tokens_of(" ".join(words), "python")
        piece = type(tokens)(
            alone.symbols[start : start + RUN],
            np.where(alone.back[start : start + RUN] <= np.arange(RUN), alone.back[start : start + RUN], 0),
            alone.lines[start : start + RUN],
        )
        assert run_hashes(piece) == [value]


@settings(deadline=None)
@given(sources, sources, st.lists(st.sampled_from(["x", "y", "+", "(", "[", "for", "2"]), min_size=RUN + WINDOW - 1))
def test_what_is_shared_over_a_window_of_runs_is_found(before, after, shared):
    """The guarantee of winnowing, with a shared passage whose names are used nowhere else."""
    one = prints_of(tokens_of(" ".join([*before, ";", *shared]), "python"))
    other = prints_of(tokens_of(" ".join([*after, ";", *shared]), "python"))
    assert len(np.intersect1d(one.hashes, other.hashes)) >= 1


def test_fingerprints_are_ascending_and_know_their_lines():
    text = "\n".join(f"a{number} = b{number}.c{number}(d{number}, {number}) + e{number}" for number in range(40))
    prints = prints_of(tokens_of(text, "python"))
    assert (np.diff(prints.hashes.astype(object)) > 0).all()
    assert ((prints.first >= 1) & (prints.first <= prints.last) & (prints.last <= 40)).all()
    assert len(set(prints.first.tolist())) > 20


def test_fingerprints_are_the_same_in_another_process():
    program = (
        "import sys\nfrom grader.analysis.tokens import tokens_of\nfrom grader.analysis.fingerprints import prints_of\n"
        "print(prints_of(tokens_of(sys.stdin.read(), 'python')).hashes.tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=CODE * 3,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "77", "PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""},
    )
    assert done.stdout.strip() == str(prints_of(tokens_of(CODE * 3, "python")).hashes.tolist())
