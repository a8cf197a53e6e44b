import dataclasses
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from grader.analysis.mistakes import Kind, Pattern, behind, jaccard, kinds_of, nearest, pattern_of
from grader.catalog import Variant
from grader.judges import messages

from .simulated import a_card, a_level


def pattern(failed="", skipped=""):
    return Pattern(frozenset(failed.split()), frozenset(skipped.split()))


def kind(name, failed, skipped=""):
    return Kind(pattern(failed, skipped), (name,), (f"Does {name}.",))


KINDS = (kind("narrow", "a"), kind("wide", "a b c"), kind("other", "d", "e"))


def test_variants_that_outcomes_cannot_tell_apart_are_one_kind():
    def variant(name, failed, right=False, exercise="work"):
        return Variant(name, right, exercise, f"Why {name}.", frozenset(failed), frozenset(), Path(name))

    variants = [
        variant("wrong-1", ["a"]),
        variant("wrong-2", ["a"]),
        variant("wrong-3", ["b"]),
        variant("right-1", [], right=True),
        variant("wrong-4", ["a"], exercise="elsewhere"),
    ]
    assert [(one.variants, one.why) for one in kinds_of(variants, "work")] == [
        (("wrong-1", "wrong-2"), ("Why wrong-1.", "Why wrong-2.")),
        (("wrong-3",), ("Why wrong-3.",)),
    ]


def test_the_exact_pattern_is_nearest():
    assert nearest(pattern("a"), KINDS, "a").variants == ("narrow",)
    assert nearest(pattern("a b c"), KINDS, "a").variants == ("wide",)
    assert nearest(pattern("a b"), KINDS, "a").variants == ("wide",)  # 2 of 3 against 1 of 2


def test_of_two_mistakes_each_explains_its_own_check():
    both = pattern("a d", "e")
    assert nearest(both, KINDS, "a").variants == ("narrow",)
    assert nearest(both, KINDS, "d").variants == ("other",)


def test_a_learner_who_passes_what_the_variant_fails_is_not_like_it():
    assert nearest(pattern("c x y z"), KINDS, "c") is None
    assert nearest(pattern("x"), KINDS, "x") is None


def test_what_a_learner_was_never_asked_does_not_count_against_a_kind():
    assert jaccard(pattern("a", "b c"), pattern("a b c")) == 1.0


def test_mistakes_behind_a_check_are_counted_most_common_first():
    patterns = [pattern("a"), pattern("a"), pattern("a d", "e"), pattern("a b c"), pattern("a b c d"), pattern("d")]
    mistakes, unlike = behind("a", patterns, KINDS)
    assert [(one.variants, one.learners, one.exact) for one in mistakes] == [(("narrow",), 3, 2), (("wide",), 2, 1)]
    assert unlike == 0
    assert behind("e", [pattern("e")], KINDS) == ((), 1)


def test_an_exercise_that_is_not_wholly_known_has_no_pattern():
    level = a_level(["a", "b", "c"])
    assert pattern_of(a_card(level, "ada", {"a": "fail", "b": "skip", "c": "pass"}).checks) == pattern("a", "b")
    assert pattern_of(a_card(level, "ada", {"a": "fail", "b": "error"}).checks) is None
    assert pattern_of(a_card(level, "ada", {"a": "fail", "b": "tool"}).checks) is None


def test_an_exercise_that_nobody_touched_is_no_mistake():
    level = a_level(["a", "b"])
    blank = pattern_of(a_card(level, "ada", {"a": "fail", "b": "skip"}).checks)
    assert blank.blank
    assert behind("a", [blank], (kind("all", "a", "b"),)) == ((), 1)


names = st.frozensets(st.sampled_from("abcdef"))


@given(names, names, names)
def test_jaccard_is_symmetric_bounded_and_1_only_for_the_same_failures(one, other, skipped):
    index = jaccard(Pattern(one, frozenset()), Pattern(other, frozenset()))
    assert index == jaccard(Pattern(other, frozenset()), Pattern(one, frozenset()))
    assert 0 <= index <= 1
    assert (index == 1) == (one == other != frozenset())
    assert 0 <= jaccard(Pattern(one - skipped, skipped), Pattern(other, frozenset())) <= 1


@given(st.lists(st.tuples(names, names), min_size=1, max_size=8), names)
def test_every_failure_of_a_check_is_counted_once(made, failed):
    kinds = tuple(Kind(Pattern(f, s - f), (f"v{i}",), ("",)) for i, (f, s) in enumerate(made))
    mistakes, unlike = behind("a", [Pattern(failed, frozenset())] * 3, kinds)
    assert sum(one.learners for one in mistakes) + unlike == (3 if "a" in failed else 0)
    assert all(one.exact <= one.learners for one in mistakes)


def test_an_answer_that_was_not_begun_is_no_mistake():
    level = a_level(["a", "b", "c"])
    made = a_card(level, "ada", {"a": "fail", "b": "fail", "c": "pass"}).checks
    text = messages.three_lines("called it", "NotImplementedError", "there")
    unwritten = messages.three_lines("called it", messages.UNWRITTEN, "there")
    said = {"a": unwritten, "b": text, "c": ""}
    found = pattern_of(dataclasses.replace(one, message=said[one.id.rpartition("/")[2]]) for one in made)
    assert (found.failed, found.unwritten) == ({"a", "b"}, {"a"})
    assert behind("a", [found], KINDS) == ((), 1)
    ((mistake,), unlike) = behind("b", [found], (kind("both", "a b"),))  # what was not begun neither adds nor denies
    assert (mistake.variants, unlike) == (("both",), 0)
