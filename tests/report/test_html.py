"""The feedback page: complete, self-contained, safe and readable."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup, Tag

from grader.model import Level, Outcome, Scorecard, SkillPoints, SkipReason
from grader.report.html import TEMPLATES, Hint, feedback_page

MakeCard = Callable[..., Scorecard]
Hints = Mapping[str, Hint]
CLEAN = "check-01-clean-the-export-"


def text(tag: Tag | None) -> str:
    assert tag is not None
    return " ".join(tag.get_text(" ").split())


@pytest.fixture
def soup(card: MakeCard, level: Level, hints: Hints) -> BeautifulSoup:
    return BeautifulSoup(feedback_page(card(), level, hints), "html.parser")


def by_id(soup: BeautifulSoup, name: str) -> Tag:
    found = soup.find(id=name)
    assert isinstance(found, Tag), name
    return found


def test_the_top_says_level_points_rule_and_the_next_step(soup: BeautifulSoup) -> None:
    assert text(soup.h1) == "AI Intern"
    assert text(soup.select_one(".total")) == "22 of 55 points"
    assert "not met yet: 4 of its 5 lines are open." in text(soup.select_one(".verdict"))
    link = soup.select_one(".next a")
    assert text(link) == "Every column is still there"
    assert link is not None
    assert by_id(soup, str(link["href"]).removeprefix("#"))


def test_the_next_step_skips_checks_whose_prerequisites_failed(card: MakeCard, level: Level, hints: Hints) -> None:
    made = card({"it-runs": Outcome.FAILED, "duplicates-found": Outcome.FAILED, "gradient": Outcome.FAILED})
    checks = tuple(check for check in made.checks if check.id.rpartition("/")[2] != "it-runs")
    page = BeautifulSoup(feedback_page(replace(made, checks=checks), level, hints), "html.parser")
    assert text(page.select_one(".next a")) == "The gradient agrees with finite differences"


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ({}, "Every check passed."),
        ({"gradient": Outcome.ERROR}, "Nothing for you to do"),
        ({"image-builds": SkipReason.TOOL}, "Everything that could be judged here passed."),
    ],
)
def test_with_nothing_failed_the_next_step_says_so(
    outcomes: Mapping[str, Outcome | SkipReason], words: str, card: MakeCard, level: Level, hints: Hints
) -> None:
    page = BeautifulSoup(feedback_page(card(outcomes), level, hints), "html.parser")
    assert words in text(page.select_one(".next"))


def test_where_only_some_exercises_were_graded_it_does_not_say_that_all_is_done(
    card: MakeCard, level: Level, hints: Hints
) -> None:
    made = card({})
    some = tuple(check for check in made.checks if check.exercise == made.checks[0].exercise)
    page = BeautifulSoup(feedback_page(replace(made, checks=some), level, hints), "html.parser")
    assert "other exercises of this level were not graded" in text(page.select_one(".next"))


def test_a_failed_check_tells_what_was_tried_what_came_and_where_to_look(soup: BeautifulSoup) -> None:
    failed = by_id(soup, CLEAN + "duplicates-found")
    terms = [text(term) for term in failed.select("dt")]
    assert terms == ["What we tried", "What came", "Where to look"]
    tried, came, look = (text(said) for said in failed.select("dd"))
    assert "31 rows were duplicated" in tried
    assert "9 of the duplicates are still there" in came
    assert "case or the spaces" in look
    assert "✗ Failed" in text(failed)
    assert "0 of 4" in text(failed)


def test_lines_of_the_learners_code_keep_their_columns(soup: BeautifulSoup) -> None:
    block = by_id(soup, CLEAN + "units-agree").select_one("dd pre")
    assert block is not None
    assert block.get_text().splitlines()[0] == '5  fahrenheit = weather["station"].isin(US_STATIONS)'


def test_the_second_hint_is_inside_the_first_and_both_are_closed(soup: BeautifulSoup) -> None:
    check = by_id(soup, CLEAN + "duplicates-found")
    outer = check.select_one(".hints > details")
    assert outer is not None
    inner = outer.select_one("details")
    assert "different spelling" in text(outer.p)
    assert "Strip and upper-case" in text(inner)
    assert not any(details.has_attr("open") for details in soup.select("details"))
    assert "I pass this check and fail" in text(check.select_one(".notes"))
    assert "pandas user guide" in text(check.select_one(".read"))


def test_hints_are_offered_for_failed_checks_only(card: MakeCard, level: Level, hints: Hints) -> None:
    assert not BeautifulSoup(feedback_page(card({}), level, hints), "html.parser").select(".hints")


def test_a_note_stands_under_a_check_that_passed(card: MakeCard, level: Level, hints: Hints) -> None:
    made = card({})
    noted = replace(made, checks=tuple(replace(one, message="Half the time of a bare one.") for one in made.checks))
    check = by_id(BeautifulSoup(feedback_page(noted, level, hints), "html.parser"), CLEAN + "midnight-sorts")
    assert "Half the time of a bare one." in text(check)


def test_a_skipped_check_names_what_it_builds_on(soup: BeautifulSoup) -> None:
    said = text(by_id(soup, CLEAN + "midnight-sorts"))
    assert "Builds on “2400 is midnight, the end of its day”. It runs once that passes." in said
    on_error = text(by_id(soup, "check-delay-report-no-credential"))
    assert "Builds on “The merge keeps both intents”. An error of ours stands in the way" in on_error
    assert "Not assessable here" in text(by_id(soup, "check-delay-report-image-builds"))


def test_an_error_is_plainly_ours_and_shows_nothing_of_ours(soup: BeautifulSoup) -> None:
    ours = text(by_id(soup, "check-delay-report-merge-keeps-both"))
    assert "our fault, not yours" in ours
    assert "It costs you no points" in ours
    assert "– of 4" in ours
    assert "/srv/cases" not in soup.get_text()


def test_every_check_is_there_once_and_visible_ones_come_last(soup: BeautifulSoup, level: Level) -> None:
    shown = [str(item["id"]) for item in soup.select(".checks > li")]
    assert len(shown) == len(set(shown)) == len(level.checks)
    visible = sum(not check.hidden for check in level.checks)
    assert shown[-visible:] == [
        "check-01-clean-the-export-it-runs",
        "check-01-clean-the-export-columns-kept",
        "check-delay-report-test-suite",
    ]


def test_points_by_skill_and_the_rule_are_in_words(soup: BeautifulSoup) -> None:
    assert "Python, pandas, NumPy 8 of 25 32%; the rule asks for 60%" in text(soup.select_one(".skills"))
    lines = [text(line) for line in soup.select(".rule li")]
    assert len(lines) == 5
    assert lines[2].startswith("✓ Met At least 60% of the points in Simple models")
    assert lines[0].startswith("✗ Not met At least 70% of all points")


def test_a_share_just_below_the_bar_is_not_rounded_up(card: MakeCard, level: Level, hints: Hints) -> None:
    made = card()
    skills = {"pandas": SkillPoints(59.6, 100.0), "models": SkillPoints(9.0, 15.0)}
    page = BeautifulSoup(feedback_page(replace(made, skills=skills), level, hints), "html.parser")
    assert [text(small) for small in page.select(".skills small")] == [
        "59%; the rule asks for 60%",
        "60%; the rule asks for 60%",
    ]


def test_the_page_loads_nothing_and_runs_nothing(soup: BeautifulSoup) -> None:
    assert not soup.find_all(["script", "iframe", "object", "embed", "img", "form", "base"])
    for tag in soup.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on")]
        for name in ("href", "src"):
            assert str(tag.get(name, "#")).startswith(("#", "data:,"))
    style = text(soup.style)
    assert "@import" not in style
    assert "url(" not in style
    assert soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})


def test_headings_descend_without_gaps(soup: BeautifulSoup) -> None:
    ranks = [int(tag.name[1]) for tag in soup.find_all(re.compile("^h[1-6]$"))]
    assert ranks[0] == 1
    assert ranks.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(ranks, ranks[1:], strict=False))


HOSTILE = (
    "</pre></style><script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "`<b>`{{ 7 * 7 }}{% raw %}&lt;",
    "\x1b[31mred\x1b]8;;https://evil.invalid\x07link",
    "\u202eevil\u2066\u200f",
    "\x00\x08\ud800",
)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("form", ["{}", "Tried: {0}\nCame: {0}\n{0}\nLook: {0}"])
def test_hostile_text_stays_text(hostile: str, form: str, card: MakeCard, level: Level, hints: Hints) -> None:
    page = feedback_page(card(learner=hostile, message=form.format(hostile)), level, hints)
    page.encode()  # no half characters
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]", page)
    parsed = BeautifulSoup(page, "html.parser")
    assert not parsed.find_all(["script", "img"])
    tame = BeautifulSoup(feedback_page(card(message=form.format("tame")), level, hints), "html.parser")
    names = [tag.name for tag in parsed.find_all(True) if tag.name != "code"]
    assert names == [tag.name for tag in tame.find_all(True) if tag.name != "code"]


def test_a_megabyte_of_message_stays_a_small_page(card: MakeCard, level: Level, hints: Hints) -> None:
    page = feedback_page(card(message="<" * 1_000_000), level, hints)
    assert len(page) < 150_000
    assert "cut: 1,000,000 characters in all" in page


def test_a_scorecard_older_than_its_level_is_still_shown(card: MakeCard, level: Level, hints: Hints) -> None:
    made = card()
    renamed = tuple(
        replace(check, id=f"01-intern/gone/old-{index}", exercise="gone", skill="gone")
        for index, check in enumerate(made.checks)
    )
    page = feedback_page(replace(made, checks=renamed, started="yesterday"), level, hints)
    parsed = BeautifulSoup(page, "html.parser")
    assert len(parsed.select(".checks > li")) == len(renamed)
    assert "yesterday" in text(parsed.footer)


def test_practice_without_walls_is_said(card: MakeCard, level: Level, hints: Hints) -> None:
    made = card()
    page = feedback_page(replace(made, walls=replace(made.walls, kind="none")), level, hints)
    assert "Made without walls" in page


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2, 1 to 21."""

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_has_contrast_in_light_and_dark(scheme: int) -> None:
    style = (TEMPLATES / "feedback.css").read_text()
    found = colours(re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme])
    pairs = [("ink", "page"), ("ink", "paper"), ("soft", "page"), ("soft", "paper"), ("ink", "sunk")]
    pairs += [("link", "paper"), ("accent", "paper")]
    pairs += [(kind, f"{kind}-bg") for kind in ("passed", "failed", "waiting", "tool", "error")]
    for text_colour, ground in pairs:
        assert contrast(found[text_colour], found[ground]) >= 4.5, (text_colour, ground)
    assert contrast(found["fill"], found["track"]) >= 3
