"""`[[review]]` in level.toml: read whole, or refused in one line that names the file and the key."""

import shutil
from pathlib import Path

import pytest

from grader import catalog
from grader.errors import InputError
from grader.model import Criterion, Rubric

SMALL = Path(__file__).parents[1] / "levels_small" / "01-small"
REVIEWS = """
[[review]]
id = "handover"
title = "Would you take it over?"
exercise = "tool"
skill = "tools"
minimum = 3
[[review.criterion]]
id = "readme"
title = "The README says what it is"
points = 2
marks = ["Not there", "Names the command", "A colleague could run it"]
[[review.criterion]]
id = "names"
title = "Names say what things are"
points = 1
marks = ["They do not", "They do"]

[[review]]
id = "memo"
title = "Is the memo true?"
exercise = "01-add"
skill = "numbers"
minimum = 1
mentors = 2
[[review.criterion]]
id = "true"
title = "It is true"
points = 1
marks = ["No", "Yes"]
"""


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes a level of number 2 with reviews, a text of its level.toml replaced, and reads it."""

    def write(old="", new="", reviews=REVIEWS):
        folder = tmp_path / "02-small"
        shutil.copytree(SMALL, folder)
        text = (folder / "level.toml").read_text().replace('"01-small"', '"02-small"')
        text = text.replace("number = 1\n", "number = 2\n") + 'reviews = ["handover"]\nlevel_below = true\n' + reviews
        assert old in text
        (folder / "level.toml").write_text(text.replace(old, new, 1))
        monkeypatch.setenv(catalog.LEVELS_VARIABLE, str(tmp_path))
        return catalog.find_level("2")

    return write


def test_rubrics_are_read_whole(written):
    level = written()
    assert level.rule.reviews == ("handover",)
    assert level.rule.level_below
    handover, memo = level.reviews
    assert handover == Rubric(
        id="handover",
        title="Would you take it over?",
        exercise="tool",
        skill="tools",
        minimum=3,
        criteria=(
            Criterion(
                "readme",
                "The README says what it is",
                2,
                ("Not there", "Names the command", "A colleague could run it"),
            ),
            Criterion("names", "Names say what things are", 1, ("They do not", "They do")),
        ),
        mentors=1,
    )
    assert handover.max_points == 3
    assert (memo.id, memo.mentors) == ("memo", 2)
    assert level.review("memo") is memo
    with pytest.raises(KeyError):
        level.review("other")


def test_a_level_without_reviews_has_none(written):
    assert written('reviews = ["handover"]', "", reviews="").reviews == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('reviews = ["handover"]', 'reviews = ["hand-over"]', "rule: reviews names 'hand-over'; there are: handover"),
        ('id = "memo"', 'id = "handover"', "review 'handover' is there 2 times"),
        ('id = "memo"', 'id = "Memo"', "review Memo: id 'Memo' must be lower-case"),
        ("minimum = 3", "", "review handover: minimum is missing"),
        ("minimum = 3", "minimum = 4", "minimum is 4, but all criteria together give 3"),
        ("minimum = 3", "minimum = 0", "review handover: minimum must be a whole number, at least 1"),
        ("mentors = 2", "mentors = 0", "review memo: mentors must be a whole number, at least 1"),
        ("mentors = 2", "mentor = 2", "review memo: unknown key mentor"),
        ('exercise = "tool"', 'exercise = "tools"', "exercise 'tools' is not among the level's: 01-add, tool"),
        ('skill = "tools"', 'skill = "tool"', "skill 'tool' is not among the level's: numbers, tools"),
        ("points = 2", "points = 3", "criterion readme: marks must say what each of 0 to 3 points means: 4 texts, not"),
        ("points = 2", "points = 1", "marks must say what each of 0 to 1 points means: 2 texts, not 3"),
        ("points = 2", "points = 2.0", "criterion readme: points must be a whole number"),
        ("points = 2", "points = 0", "criterion readme: points must be a whole number, at least 1"),
        ('"They do not", "They do"', '"They do not", ""', "criterion names: marks must be a list of texts, none of"),
        ('id = "names"', 'id = "readme"', "review handover: criterion 'readme' is there 2 times"),
        ('id = "names"', 'id = "names"\nweight = 2', "criterion names: unknown key weight"),
        ("level_below = true", 'level_below = "yes"', "rule: level_below must be true or false"),
    ],
)
def test_a_fault_is_one_line_that_names_the_place(written, old, new, message):
    with pytest.raises(InputError) as fault:
        written(old, new)
    assert message in str(fault.value)
    assert str(fault.value).startswith("02-small/level.toml")
    assert "\n" not in str(fault.value)


def test_a_review_needs_a_criterion(written):
    cut = REVIEWS[: REVIEWS.index("[[review.criterion]]")]
    with pytest.raises(InputError, match="review handover: criterion is missing"):
        written(reviews=cut)


def test_below_the_first_level_there_is_none(tmp_path, monkeypatch):
    shutil.copytree(SMALL, tmp_path / "01-small")
    with (tmp_path / "01-small" / "level.toml").open("a") as file:
        file.write("level_below = true\n")
    monkeypatch.setenv(catalog.LEVELS_VARIABLE, str(tmp_path))
    with pytest.raises(InputError, match="01-small/level.toml, rule: level_below is true, but below level 1"):
        catalog.find_level("1")
