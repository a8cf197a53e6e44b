import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from grader import catalog
from grader.analysis.discrimination import MINIMUM, interval, point_biserial
from grader.analysis.items import analyse

from .simulated import a_card, a_level

GOLDEN = Path(__file__).parent.parent / "golden"


def cohort(abilities, slopes, difficulties, rng):
    """Outcomes under the two-parameter logistic model: the share of learners of an ability that pass is known."""
    odds = np.outer(abilities, slopes) - np.asarray(difficulties) * np.asarray(slopes)
    return rng.random(odds.shape) < 1 / (1 + np.exp(-odds))


def cards_of(level, table):
    names = [check.name for check in level.checks]
    return [
        a_card(level, f"learner-{row}", {n: "pass" if held else "fail" for n, held in zip(names, line, strict=True)})
        for row, line in enumerate(table)
    ]


@pytest.fixture(scope="module")
def simulated():
    rng = np.random.default_rng(7)
    slopes = [1.0, 1.5, 2.0, 1.0, 1.5, 0.0, -1.5, 1.0, 1.2, 0.8]
    difficulties = [-1.0, -0.5, 0.0, 0.5, 1.0, 0.0, 0.0, -2.0, 2.0, 0.3]
    table = cohort(rng.normal(size=400), slopes, difficulties, rng)
    level = a_level([f"c{index}" for index in range(10)])
    return table, analyse(level, cards_of(level, table))


def test_discrimination_is_pandas_correlation_with_the_rest_and_scipys_point_biserial(simulated):
    table, analysis = simulated
    frame = pd.DataFrame(table.astype(float))
    for column, item in enumerate(analysis.items):
        rest = frame.drop(columns=column).mean(axis=1)
        assert item.discrimination.value == pytest.approx(frame[column].corr(rest), abs=1e-12)
        assert item.discrimination.value == pytest.approx(stats.pointbiserialr(table[:, column], rest)[0], abs=1e-12)
        assert item.difficulty == pytest.approx(frame[column].mean())


def test_the_interval_is_scipys(simulated):
    table, analysis = simulated
    for column, item in enumerate(analysis.items):
        rest = np.delete(table, column, axis=1).mean(axis=1)
        expected = stats.pearsonr(table[:, column].astype(float), rest).confidence_interval(0.95)
        assert (item.discrimination.low, item.discrimination.high) == pytest.approx(tuple(expected), abs=1e-9)


def test_of_a_cohort_with_known_parameters_only_the_check_that_misleads_is_flagged(simulated):
    _, analysis = simulated
    assert [item.id.rsplit("/", 1)[1] for item in analysis.items if item.flagged] == ["c6"]
    assert "misleads" in analysis.items[6].notes[0]


def test_how_often_chance_flags_is_what_is_said():
    """A check that tells nothing is flagged in about 2.5 % of cohorts, a working one hardly ever."""
    rng = np.random.default_rng(11)
    level = a_level([f"c{index}" for index in range(8)])
    null = working = 0
    cohorts = 150
    for _ in range(cohorts):
        table = cohort(rng.normal(size=30), [0.0] + [1.2] * 7, [0.0] * 8, rng)
        items = analyse(level, cards_of(level, table)).items
        null += items[0].flagged
        working += sum(item.flagged for item in items[1:])
    # 2.5 % of 150 is 3.75; 12 or more would come about once in two thousand runs of another seed
    assert 0 < null < 12
    assert working / (7 * cohorts) < 0.005


def test_a_negative_discrimination_of_few_learners_is_said_and_not_flagged():
    level = a_level(["odd", *"abcdef"])
    lines = [
        {"odd": "pass" if row % 3 else "fail", **{n: "pass" if row < 4 + i else "fail" for i, n in enumerate("abcdef")}}
        for row in range(12)
    ]
    item = analyse(level, [a_card(level, f"l{i}", line) for i, line in enumerate(lines)]).items[0]
    assert item.discrimination.value < 0 < item.discrimination.high
    assert not item.flagged
    assert any("within noise" in note for note in item.notes)


def test_one_learner_alone_flags_nothing():
    """The one who fails is the best of all: far below zero, and still one person's accident."""
    level = a_level(["odd", *"abcdef"])
    best = {"odd": "fail", **dict.fromkeys("abcdef", "pass")}
    rest = {"odd": "pass", **dict.fromkeys("abcdef", "fail")}
    item = analyse(level, [a_card(level, f"l{i}", rest if i else best) for i in range(20)]).items[0]
    assert item.discrimination.high < 0
    assert not item.flagged


def test_points_that_a_missing_tool_kept_back_are_no_lack_of_skill():
    level = a_level(["odd", *"abcd"])
    cards = []
    for row in range(20):
        line = {"odd": "pass" if row % 2 else "fail", **dict.fromkeys("abcd", "pass" if row % 4 < 2 else "fail")}
        if row % 2:  # where they were graded, two tools were missing
            line["c"] = line["d"] = "tool"
        cards.append(a_card(level, f"l{row}", line))
    assert analyse(level, cards).items[0].discrimination.value == pytest.approx(0)


def test_where_there_is_no_discrimination_it_says_why():
    level = a_level(["all", "none", "some", "rare"])
    lines = [
        {"all": "pass", "none": "fail", "some": "pass" if i % 2 else "fail", "rare": "skip" if i > 4 else "pass"}
        for i in range(MINIMUM)
    ]
    analysis = analyse(level, [a_card(level, f"l{i}", line) for i, line in enumerate(lines)])
    said = {item.id.rsplit("/", 1)[1]: item.discrimination.why_not for item in analysis.items}
    assert said["all"] == "everybody passed"
    assert said["none"] == "nobody passed"
    assert said["rare"] == f"5 learners; it takes {MINIMUM}"
    few = analyse(level, [a_card(level, f"l{i}", line) for i, line in enumerate(lines[:-1])])
    assert all(item.discrimination.value is None for item in few.items)
    assert any("too few" in note for note in few.notes)


def test_skips_errors_and_missing_tools_stand_apart():
    level = a_level(["first", "second"])
    outcomes = ["pass"] * 5 + ["fail"] * 3 + ["skip"] * 4 + ["tool"] * 2 + ["error"]
    cards = [a_card(level, f"l{i}", {"first": "pass", "second": told}) for i, told in enumerate(outcomes)]
    analysis = analyse(level, cards)
    item = analysis.items[1]
    assert (item.asked, item.passed, item.failed) == (8, 5, 3)
    assert (item.skipped_prerequisite, item.skipped_tool, item.errors) == (4, 2, 1)
    assert item.difficulty == 5 / 8
    assert item.error_share == pytest.approx(1 / 15)
    assert (analysis.learners, analysis.with_errors) == (15, 1)


def test_what_a_failed_prerequisite_takes_away_does_not_count_as_discrimination():
    """Points behind a failed check are lost by construction; they must not make it look as if it told anything."""
    rng = np.random.default_rng(3)
    level = a_level(["root", "leaf", "leafs-leaf", *"abcd"], {"leaf": ["root"], "leafs-leaf": ["leaf"]})
    cards = []
    for row in range(200):
        held = {name: "pass" if rng.random() < 0.5 else "fail" for name in ["root", "leaf", "leafs-leaf", *"abcd"]}
        if held["root"] == "fail":
            held["leaf"] = held["leafs-leaf"] = "skip"
        cards.append(a_card(level, f"l{row}", held))
    root = analyse(level, cards).items[0]
    passed = np.array([card.checks[0].points for card in cards])
    independent = np.array([sum(result.points for result in card.checks[3:]) for card in cards])
    everything = np.array([sum(result.points for result in card.checks[1:]) for card in cards])
    assert root.discrimination.value == pytest.approx(np.corrcoef(passed, independent)[0, 1])
    assert abs(root.discrimination.value) < 0.2 < np.corrcoef(passed, everything)[0, 1]


def test_a_learner_counts_once_and_under_the_newest_checks_only():
    level = a_level(["a"])
    cards = [
        a_card(level, "ada", {"a": "fail"}, started="2026-10-01T10:00:00Z", checks_digest="sha256:new"),
        a_card(level, "ada", {"a": "pass"}, started="2026-10-02T10:00:00Z", checks_digest="sha256:new"),
        a_card(level, "bela", {"a": "fail"}, started="2026-09-01T10:00:00Z", checks_digest="sha256:old"),
    ]
    analysis = analyse(level, cards)
    assert (analysis.learners, analysis.left_out, analysis.checks_digest) == (1, 2, "sha256:new")
    assert analysis.items[0].passed == 1
    assert any("2 versions" in note for note in analysis.notes)


def test_seconds_are_of_those_who_were_asked():
    level = a_level(["a"])
    times = [0.1, 0.2, 0.4, 0.8, 3.0]
    cards = [a_card(level, f"l{i}", {"a": "pass"}, seconds={"a": time}) for i, time in enumerate(times)]
    cards.append(a_card(level, "skipped", {"a": "skip"}, seconds={"a": 99.0}))
    item = analyse(level, cards).items[0]
    assert item.median_seconds == pytest.approx(pd.Series(times).median())
    assert item.p90_seconds == pytest.approx(pd.Series(times).quantile(0.9))


def test_of_another_level_there_is_nothing_to_analyse():
    with pytest.raises(ValueError, match="07-sim"):
        analyse(a_level(["a"]), [])


# Outcomes that a learner of the simulated level may have, one row a learner.
tables = st.integers(2, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.sampled_from(["pass", "fail", "skip", "tool", "error"]), min_size=width, max_size=width),
        min_size=1,
        max_size=30,
    )
)


@settings(max_examples=60, deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_shares_and_correlations_stay_in_their_bounds_and_order_does_not_matter(table, random):
    names = [f"c{index}" for index in range(len(table[0]))]
    level = a_level(names)
    cards = [a_card(level, f"l{i}", dict(zip(names, row, strict=True))) for i, row in enumerate(table)]
    analysis = analyse(level, cards)
    for item in analysis.items:
        told = item.asked + item.skipped_prerequisite + item.skipped_tool + item.errors
        assert told == len(cards)
        assert 0 <= item.error_share <= 1
        assert item.difficulty is None or 0 <= item.difficulty <= 1
        found = item.discrimination
        assert (found.value is None) == bool(found.why_not)
        if found.value is not None:
            assert -1 <= found.low <= found.value <= found.high <= 1
    shuffled = cards[:]
    random.shuffle(shuffled)
    assert analyse(level, shuffled) == analysis


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=40),
    st.floats(0.1, 50),
    st.floats(-100, 100),
)
def test_point_biserial_is_pearsons_and_does_not_depend_on_the_unit_of_points(pairs, scale, shift):
    passed = np.array([held for held, _ in pairs])
    score = np.array([points for _, points in pairs], dtype=float)
    value = point_biserial(passed, score)
    if passed.all() or not passed.any() or np.ptp(score) == 0:
        assert value is None
        return
    assert value == pytest.approx(np.corrcoef(passed, score)[0, 1], abs=1e-9)
    assert point_biserial(passed, score * scale + shift) == pytest.approx(value, abs=1e-6)
    assert point_biserial(~passed, score) == pytest.approx(-value, abs=1e-9)


@given(st.floats(-0.999, 0.999), st.integers(4, 5000))
def test_more_learners_make_the_interval_narrower(value, learners):
    low, high = interval(value, learners)
    closer_low, closer_high = interval(value, learners * 2)
    assert low <= closer_low <= value + 1e-12 and value - 1e-12 <= closer_high <= high
    assert math.isclose(low, -interval(-value, learners)[1])


def golden_card(level, name):
    """A stored golden scorecard of a real grading, as far as it is stored: outcomes and points."""
    told = json.loads((GOLDEN / f"{name}.json").read_text())["checks"]
    reverse = {"passed": "pass", "failed": "fail", "skipped": "skip"}
    by_name = {check.name: check for check in level.checks}
    assert len(by_name) == len(level.checks)
    return a_card(level, name, {check_id.rsplit("/", 1)[1]: reverse[line[0]] for check_id, line in told.items()})


def test_real_scorecards_show_the_mistakes_that_were_made():
    level = catalog.find_level("01-intern")
    names = ("untouched", "half-done", "drops-the-cancelled", "commits-the-token", "cheats", "hangs")
    analysis = analyse(level, [golden_card(level, name) for name in names], catalog.read_variants(level))
    assert [item.id for item in analysis.items] == [check.id for check in level.checks]
    items = {item.id.split("/", 1)[1]: item for item in analysis.items}
    cancelled = items["01-clean-the-export/cancelled-flights-stay"]
    assert "wrong-clean-drops-cancelled" in cancelled.mistakes[0].variants
    assert cancelled.mistakes[0].exact == 1
    tokens = [
        mistake for item in items.values() for mistake in item.mistakes if mistake.exact and "token" in str(mistake)
    ]
    assert any("wrong-report-token-committed-once" in mistake.variants for mistake in tokens)
    for item in items.values():
        assert sum(mistake.learners for mistake in item.mistakes) + item.unlike == (item.failed if item.hidden else 0)
