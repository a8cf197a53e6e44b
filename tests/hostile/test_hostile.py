"""Every attack of the corpus behind the real walls: no unearned point, nobody harmed, nothing left.

An attack gives right answers wherever what it tries has worked (a file read, a port reached), so that success shows as
points.
"""

import time
import unicodedata
from html.parser import HTMLParser

import corpus
import pytest

from grader import catalog
from grader.model import Outcome
from grader.report.html import feedback_page

ATTACKS = corpus.read_attacks()


def asked(field_of_fire):
    return [attack for attack in ATTACKS if attack.name in field_of_fire.attacks]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack(attack, field_of_fire, world):
    came = field_of_fire.came(attack)
    assert came.harmed == ()
    assert came.left == ()
    if attack.refused:
        assert came.refused and len(came.refused.splitlines()) == 1
        return
    assert came.refused == ""
    lines = [line for line in came.card.checks if line.exercise == attack.exercise]
    assert {line.id for line in lines} == {check.id for check in field_of_fire.level.exercise(attack.exercise).checks}
    assert [(line.id, line.message) for line in lines if line.outcome is Outcome.ERROR] == []
    passed = [line.id for line in lines if line.outcome is Outcome.PASSED and line.hidden]
    assert came.card.points == attack.earns, passed
    assert all(line.points == 0 and line.message for line in lines if line.outcome is not Outcome.PASSED)
    assert world.words["SECRET"] not in came.text
    limits = field_of_fire.level.exercise(attack.exercise).limits
    assert came.seconds < limits.seconds + 20


def test_an_honest_learner_beside_and_after_the_attacks_earns_all(field_of_fire):
    beside = [card.result() for card in field_of_fire.honest]
    after = field_of_fire.grade_honest()
    for card in (*beside, after):
        assert [(line.id, line.message) for line in card.checks if line.outcome is not Outcome.PASSED] == []
        assert card.points == card.max_points == 18
    alone = {(line.id, line.outcome, line.points) for line in after.checks}
    assert all({(line.id, line.outcome, line.points) for line in card.checks} == alone for card in beside)


def test_nothing_is_left_running_or_lying_about(field_of_fire, world, inside):
    for attack in asked(field_of_fire):
        field_of_fire.came(attack)
    field_of_fire.grade_honest()
    end = time.monotonic() + 10
    while inside() and time.monotonic() < end:
        time.sleep(0.1)
    assert inside() == []
    assert world.look() == world.before
    assert world.called() == []


class Active(HTMLParser):
    """Collects what a page would do: elements that load or run something, handlers, links that are no places in it."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "img", "iframe", "object", "embed", "link", "base", "form", "svg", "video", "audio"):
            self.found.append(tag)
        for name, value in attrs:
            inert = name not in ("src", "srcdoc", "action", "formaction") and not name.startswith("on")
            if not inert or (name == "href" and not (value or "").startswith("#")):
                self.found.append((tag, name, value))


def test_nothing_in_a_feedback_page_is_active(field_of_fire):
    """Whatever learners write into messages, a page runs and loads nothing, and no terminal obeys it."""

    def page_of(card):
        return feedback_page(card, field_of_fire.level, catalog.hints(field_of_fire.level))

    def active_in(page):
        active = Active()
        active.feed(page)
        return active.found

    ours = active_in(page_of(field_of_fire.grade_honest()))  # an empty icon
    for attack in asked(field_of_fire):
        card = field_of_fire.came(attack).card
        if card is not None:
            page = page_of(card)
            assert active_in(page) == ours, attack.name
            odd = {char for char in page if unicodedata.category(char) in ("Cc", "Cf", "Cs") and char not in "\n\t"}
            assert odd == set(), attack.name


def test_the_corpus_is_as_large_as_it_says():
    assert len(ATTACKS) >= 80
    assert len({attack.family for attack in ATTACKS}) >= 15
    assert all(attack.tries.endswith(".") and len(attack.tries) < 200 for attack in ATTACKS)
