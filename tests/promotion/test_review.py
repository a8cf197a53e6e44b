"""Marks: what is refused, what is kept, and which of them count."""

import dataclasses

import pytest

from grader.errors import InputError
from grader.ledger import Kind
from grader.promotion import review
from grader.promotion.person import person, same_person
from grader.promotion.review import Mark


def test_a_review_says_who_when_why_and_of_what(second, graded, marked, ledger):
    stood = graded(second)
    entry = marked(second, "Grace", 2, 1)
    assert (entry.kind, entry.learner, entry.level, entry.by) == (Kind.REVIEW, "ada", "02-small", "Grace")
    assert entry.body == {
        "review": "handover",
        "rubric": review.rubric_digest(second.review("handover")),
        "scorecard": stood.entry.digest,
        "submission_digest": "sha256:aa",
        "marks": {"readme": {"points": 2, "why": "I read it."}, "names": {"points": 1, "why": "I read them."}},
        "points": 3,
        "max_points": 5,
        "passed": True,
    }
    assert ledger.by_digest(entry.digest) == entry
    said = review.read(entry)
    assert (said.by, said.points, said.passed, said.marks["names"]) == ("Grace", 3, True, Mark(1, "I read them."))


@pytest.mark.parametrize(("readme", "names", "passed"), [(2, 0, False), (2, 1, True), (3, 0, True), (0, 2, False)])
def test_a_review_passes_at_its_minimum_and_not_below(second, graded, marked, readme, names, passed):
    graded(second)
    assert marked(second, "Grace", readme, names).body["passed"] is passed


def test_a_later_review_stands_beside_the_earlier(second, graded, marked, standing):
    graded(second)
    one, two, three = (marked(second, "Grace", points, 0) for points in (1, 3, 1))
    assert [entry.digest for entry in standing(second).reviews] == [one.digest, two.digest, three.digest]
    counted = review.count(second.review("handover"), standing(second))
    assert [each.entry.digest for each in counted.counting] == [three.digest]
    assert [each.entry.digest for each in counted.replaced] == [one.digest, two.digest]


def test_the_same_marks_again_are_the_same_review(second, graded, marked, standing):
    graded(second)
    assert marked(second, "Grace", 2, 1) == marked(second, "Grace", 2, 1)
    assert len(standing(second).reviews) == 1
    marked(second, "Alan", 2, 1)
    assert len(standing(second).reviews) == 2


def test_the_latest_of_each_mentor_counts_however_the_name_is_written(second, graded, marked, standing):
    graded(second)
    marked(second, "Grace", 0, 0)
    alan = marked(second, "Alan", 1, 1)
    grace = marked(second, "GRACE", 3, 2)
    counted = review.count(second.review("handover"), standing(second))
    assert [each.entry for each in counted.counting] == [alan, grace]


def test_a_review_of_another_submission_does_not_count(second, graded, marked, standing):
    graded(second)
    marked(second, "Grace", 3, 2)
    graded(second, submission="sha256:bb")
    counted = review.count(second.review("handover"), standing(second))
    assert counted.counting == ()
    assert [each.by for each in counted.other_submission] == ["Grace"]


def test_a_review_outlives_a_regrade_of_its_submission(second, graded, marked, regraded, standing):
    graded(second)
    entry = marked(second, "Grace", 3, 2)
    stood = regraded(second, checks_digest="sha256:c2")
    assert [each.digest for each in stood.flagged] == [entry.digest]  # the scorecard is another
    assert [each.entry for each in review.count(second.review("handover"), stood).counting] == [entry]


def test_a_review_by_a_rubric_that_has_changed_since_does_not_count(second, graded, marked, standing):
    graded(second)
    marked(second, "Grace", 3, 2)
    rubric = second.review("handover")
    stricter = dataclasses.replace(rubric, minimum=4)
    assert review.count(stricter, standing(second)).counting == ()
    assert len(review.count(stricter, standing(second)).other_rubric) == 1
    retitled = dataclasses.replace(rubric, title="Do you take it over?", mentors=2)
    assert len(review.count(retitled, standing(second)).counting) == 1


def test_learners_do_not_review_themselves(second, graded, marked, ledger):
    graded(second)
    with pytest.raises(InputError, match="cannot review their own"):
        marked(second, " ADA ", 3, 2)
    assert not list(ledger.entries(kind=Kind.REVIEW))


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        ({"readme": Mark(1, "x")}, "review handover: no mark for names"),
        ({"readme": Mark(1, "x"), "names": Mark(1, "x"), "more": Mark(1, "x")}, "there is no criterion 'more'"),
        ({"readme": Mark(4, "x"), "names": Mark(1, "x")}, "readme must be from 0 to 3; it is 4"),
        ({"readme": Mark(-1, "x"), "names": Mark(1, "x")}, "readme must be from 0 to 3; it is -1"),
        ({"readme": Mark(1, "x"), "names": Mark(1, " \n")}, "names has no reason"),
        ({"readme": Mark(1, "x" * 4001), "names": Mark(1, "x")}, "the reason for readme is longer than 4,000"),
    ],
)
def test_marks_that_do_not_fit_leave_nothing(second, graded, ledger, marks, message):
    stood = graded(second)
    with pytest.raises(InputError, match=message):
        review.record(ledger, stood, second.review("handover"), marks, "Grace")
    assert not list(ledger.entries(kind=Kind.REVIEW))


GOOD = '[readme]\npoints = 3\nwhy = "All there."\n[names]\npoints = 0\nwhy = "x, y, z."\n'


def test_marks_are_read_from_a_file(second, tmp_path):
    (tmp_path / "marks.toml").write_text(GOOD)
    marks = review.read_marks(tmp_path / "marks.toml", second.review("handover"))
    assert marks == {"readme": Mark(3, "All there."), "names": Mark(0, "x, y, z.")}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("points = 3", "points = 4", "readme: points must be from 0 to 3; it is 4"),
        ("points = 3", "points = -1", "readme: points must be a whole number"),
        ("points = 3", "points = 2.5", "readme: points must be a whole number"),
        ("points = 3", "", "readme: points is missing"),
        ('why = "All there."', 'why = " "', "readme: why is empty"),
        ('why = "All there."', 'why = "x"\nby = "me"', "readme: unknown key by"),
        ("[names]", "[name]", "names is missing"),
        ("[names]", '[other]\npoints = 1\nwhy = "x"\n[names]', "unknown key other"),
        ("points = 3", "points = ", "marks.toml: "),
    ],
)
def test_a_file_of_marks_is_read_strictly(second, tmp_path, old, new, message):
    (tmp_path / "marks.toml").write_text(GOOD.replace(old, new))
    with pytest.raises(InputError) as fault:
        review.read_marks(tmp_path / "marks.toml", second.review("handover"))
    assert message in str(fault.value)
    assert "marks.toml" in str(fault.value)
    assert "\n" not in str(fault.value)


def test_an_entry_that_is_no_review_of_ours_is_named(second, graded, ledger):
    stood = graded(second)
    strange = {"scorecard": stood.entry.digest, "review": "handover", "marks": {"readme": 3}}
    entry = ledger.append(Kind.REVIEW, learner="ada", level="02-small", by="x", key="k", body=strange)
    with pytest.raises(InputError, match=f"entry {entry.number} holds no review"):
        review.read(entry)


def test_names_of_people():
    assert person("  Grace   Hopper ") == "Grace Hopper"
    assert person("Zoe\u0308") == "Zo\u00eb"
    assert person(None)
    assert same_person("grace  hopper", "Grace Hopper")
    assert same_person("Zoe\u0308", "ZO\u00cb")
    assert not same_person("Grace", "Alan")
    for name in ("", "  ", "x" * 81, "a\x1b[31mb", "a\u202eb"):
        with pytest.raises(InputError, match="--by"):
            person(name)
