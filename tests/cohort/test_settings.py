from datetime import UTC, datetime, timedelta

import pytest

from grader.cohort.settings import find, for_inbox, read
from grader.errors import InputError
from grader.seeds import Key

WHOLE = """
format = 1
name = "autumn"
key = "cohort.key"
roster = "roster.txt"
store = "memory://autumn"
[late]
policy = "refuse"
grace_minutes = 15
[[level]]
id = "01-small"
due = 2026-12-01T18:00:00+01:00
resource = "torch"
"""


@pytest.fixture
def file(small, tmp_path):
    Key.new().write(tmp_path / "cohort.key")
    (tmp_path / "roster.txt").write_text("ann\nJosé\n", encoding="utf-8")
    (tmp_path / "cohort.toml").write_text(WHOLE)
    return tmp_path / "cohort.toml"


def test_a_whole_one(file, tmp_path):
    cohort = read(file)
    assert (cohort.name, cohort.refuse_late, cohort.store) == ("autumn", True, "memory://autumn")
    assert cohort.ledger == str(tmp_path / "ledger.db")
    assert cohort.out == tmp_path / "feedback"
    assert cohort.terms("01-small").resource == "torch"
    assert cohort.knows("Jose\u0301")
    assert not cohort.knows("ben")
    due = datetime(2026, 12, 1, 17, tzinfo=UTC)
    assert cohort.late_by("01-small", due + timedelta(minutes=15)) == timedelta()
    assert cohort.late_by("01-small", due + timedelta(minutes=16)) == timedelta(minutes=16)
    assert cohort.late_by("02-other", due + timedelta(days=900)) == timedelta()


def test_it_is_found_beside_the_inbox(file, tmp_path):
    assert find(tmp_path / "inbox") == file
    assert find(tmp_path / "inbox" / "deeper") is None


def test_an_inbox_without_one_has_no_deadlines_and_takes_everybody(tmp_path, practice):
    cohort = for_inbox(practice, tmp_path)
    assert cohort.knows("anybody")
    assert cohort.late_by("01-small", datetime.max.replace(tzinfo=UTC)) == timedelta()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("format = 1", "format = 2", "of a format"),
        ('"autumn"', '"Autumn Term"', "name 'Autumn Term' must be"),
        ('"cohort.key"', '"nowhere.key"', "cannot read the key"),
        ('"roster.txt"', '"nobody.txt"', "nobody.txt: cannot be read"),
        ('"refuse"', '"maybe"', "late: policy must be one of accept, refuse"),
        ("minutes = 15", "minutes = -1", "grace_minutes must be a whole number"),
        ('"01-small"', '"09-none"', "there is no level '09-none'"),
        ("+01:00", "", "due must be a date and time with a zone"),
        ("[late]", "colour = 1\n[late]", "unknown key colour"),
        ("grace", "penalty", "late: unknown key penalty_minutes"),
        ("resource", "resources", "level 01-small: unknown key resources"),
        ("[late]", "[late", "Expected"),
    ],
)
def test_each_fault_is_one_line_that_names_the_file(file, tmp_path, before, after, said):
    assert before in WHOLE
    file.write_text(WHOLE.replace(before, after, 1))
    with pytest.raises(InputError) as error:
        read(file)
    assert said in str(error.value)
    assert str(error.value).startswith(str(tmp_path))
    assert "\n" not in str(error.value)
