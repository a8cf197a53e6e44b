"""Hidden checks of delay-service, part service: the learner's program, started, asked and ended behind the walls."""

from __future__ import annotations

import hashlib
import time

import pytest

from grader.judges.kits.http_service import request

FLIGHT = {"time": "2013-10-03T18:45", "origin": "JFK", "dest": "LAX", "carrier": "AA", "distance": 2475, "temp": 61.5,
          "wind_speed": 8.1, "precip": 0.0, "visib": 10.0}
MANY = 1000  # requests
AT_ONCE = 50

@pytest.mark.check(points=3, skill="packaging", part="service")
def test_each_flight_gets_a_chance(desk, draw):
    """The service starts, is ready, and answers with a chance for each flight."""
    service = desk.serving()
    for count in (1, draw.randrange(30, 60)):
        rows = desk.later(count, draw)
        tried = f"POST /predict with {count} of the later flights"
        chances = desk.said(service.post("/predict", desk.asked(rows)), count, tried)[1]
    assert len(set(chances)) > 10, (
        f"Tried: {tried}.\n"
        f"Came: {len(set(chances))} different chances.\n"
        "Look: does the model see each flight's own fields?")


@pytest.mark.check(points=2, skill="packaging", part="service", requires=["test_each_flight_gets_a_chance"])
def test_the_answer_names_its_model(desk):
    """The service names the model's file by its SHA-256."""
    service = desk.serving()
    name = hashlib.sha256(desk.model()).hexdigest()
    ready, answer = service.get("/ready"), service.post("/predict", {"flights": [FLIGHT]})
    for what, came in (("GET /ready", ready), ("POST /predict", answer)):
        told = came.json.get("model") if type(came.json) is dict else None
        assert told == name, (
            f"Tried: {what} with a model in place, and read which one answers.\n"
            f"Came: {came}.\n"
            "Look: `model` is the SHA-256 of the bytes of the model's file, as `sha256sum model.json` prints it.")


@pytest.mark.check(points=2, skill="packaging", part="service", requires=["test_each_flight_gets_a_chance"])
def test_short_and_long_requests_are_taken(desk, draw):
    """Readings may be left out, and a thousand flights asked for."""
    service = desk.serving()
    rows = desk.later(40, draw)
    whole = desk.asked(rows)
    short = {"flights": [{key: value for key, value in flight.items() if value is not None}
                         for flight in whole["flights"]]}
    with_null = desk.said(service.post("/predict", whole), 40, "flights with readings that are null")[1]
    without = desk.said(service.post("/predict", short), 40, "the same flights, these readings left out")[1]
    assert desk.same(with_null, without), (
        "Tried: the same flights, once with readings that are null and once with these left out.\n"
        "Came: other chances.\n"
        "Look: both say that the instrument was silent.")
    rows = desk.later(1000, draw)
    desk.said(service.post("/predict", desk.asked(rows), 20), 1000, "1000 flights in one request")


@pytest.mark.check(points=4, skill="packaging", part="service", requires=["test_each_flight_gets_a_chance"])
def test_many_at_once_get_their_own(desk, draw, submission):
    """Of 1,000 requests, 50 at a time, none is lost and each gets its own answer."""
    service = desk.serving()
    rows = desk.later(400, draw, silent=False)
    expected = desk.chances(service, rows, "400 flights, a few at a time")
    starts = [draw.randrange(398) for _ in range(MANY)]
    pieces = [(first, first + draw.randrange(1, 4)) for first in starts]
    sent = [request("POST", "/predict", desk.asked(rows.iloc[first:last])) for first, last in pieces]
    answers = service.ask(sent, at_once=AT_ONCE, seconds=20)
    tried = f"{MANY} requests, {AT_ONCE} at a time"
    lost = [answer for answer in answers if answer.status != 200]
    assert not lost, (
        f"Tried: {tried}.\n"
        f"Came: {len(lost)} without a good answer; the first: {lost[0]}.\n"
        "Look: is there a limit on how many may ask at once, or something only one can hold?")
    for (first, last), answer in zip(pieces, answers, strict=True):
        chances = desk.said(answer, last - first, tried)[1]
        assert desk.same(chances, expected[first:last]), (
            f"Tried: {tried}, and compared with the same flights asked alone.\n"
            "Came: an answer that belongs to other flights.\n"
            "Look: what do two requests share while both are being answered?")
    slow, bare = slowest([answer.seconds for answer in answers]), desk.bare_seconds(sent[:300], AT_ONCE)
    if bare and slowest(bare) > 0:
        submission.note(  # said, not judged: it depends on the machine and on who else is at work there
            f"Measured, not judged: {tried}; one in twenty waited more than {slow:.2f} s, {slow / slowest(bare):.1f} "
            "times as long as for an app that answers without looking.")


def slowest(seconds):
    """The seconds that one answer in twenty took longer than."""
    return sorted(seconds)[int(0.95 * len(seconds))]


@pytest.mark.check(points=3, skill="packaging", part="service", requires=["test_each_flight_gets_a_chance"])
def test_it_ends_as_it_should(desk, draw):
    """On SIGTERM it answers what it was asked, takes its socket away and ends with 0, and waits for nobody for ever."""
    service = desk.serving()
    rows = desk.later(5, draw)
    expected = desk.chances(service, rows, "5 flights")
    whole = request("POST", "/predict", desk.asked(rows))
    held = service.hold(whole[:-40])
    service.hold(whole[:-40])  # and of this one nothing more will come
    # Begun after both: once these are answered, the heads of both have been read. Several, for several processes.
    service.ask([request("GET", "/health")] * 8, at_once=4)
    service.terminate()
    time.sleep(0.5)
    answer = service.go_on(held, whole[-40:])
    tried = "SIGTERM while two requests were on their way, of which one never ends"
    _, chances = desk.said(answer, 5, f"{tried}, and the rest of the other half a second later")
    assert desk.same(chances, expected), f"Tried: {tried}.\nCame: other chances.\nLook: what changes when it ends?"
    ended = service.ended(seconds=10)
    assert ended.code == 0, (
        f"Tried: {tried}, then waited for the process.\n"
        f"Came: {'it still ran after ten seconds' if ended.code is None else f'exit code {ended.code}'}"
        f" ({ended.said}).\n"
        "Look: uvicorn waits for requests as long as it is told to, and sends the signal on when it has ended well; "
        "and a thread that never ends keeps a process alive.")
    assert not ended.socket_is_there and not ended.answers, (
        f"Tried: {tried}, then looked for its socket.\n"
        "Came: it is still there"
        f"{', and somebody answers at it' if ended.answers else ''}.\n"
        "Look: what made the socket takes it away; and nothing of the service stays behind.")
