"""Hidden checks of delay-service, part service: what is refused, how, and what its document says of it."""

from __future__ import annotations

import json

import pytest

from grader.judges.kits.http_service import request
from grader.judges.kits.openapi import ODD, TIMES, BadDocument, Document

FLIGHT = {"time": "2013-10-03T18:45", "origin": "JFK", "dest": "LAX", "carrier": "AA", "distance": 2475, "temp": 61.5,
          "wind_speed": 8.1, "precip": 0.0, "visib": 10.0}

@pytest.mark.check(points=4, skill="packaging", part="service", requires=["test_each_flight_gets_a_chance"])
def test_bad_input_is_refused_with_a_reason(desk, draw):
    """What is no flight gets 422, and the reason names the field."""
    service = desk.serving()
    wrong = {
        "time": ["2013-10-03T25:10", "yesterday", "2013-02-30T10:00", "2013-10-03T18:45+02:00", "1999-12-31T23:00",
                 None],
        "origin": ["BOS", "jfk", "", None, 7],
        "dest": ["LA", "lax", "LAXX", "L X", None],
        "carrier": ["A", "AAA", "a!", None],
        "distance": [0, -draw.randrange(1, 900), draw.randrange(6001, 90_000), "far", None],
        "temp": [draw.choice([-300, 200, 451]), "mild", [61.5]],
        "wind_speed": [-draw.randrange(1, 9), 400, {}],
        "precip": [-1, 21 + draw.randrange(9), "rain"],
        "visib": [-1, 11 + draw.randrange(90), "fog"],
    }
    cases = [(name, value, dict(FLIGHT, **{name: value})) for name, values in wrong.items() for value in values]
    for name in ("time", "origin", "dest", "carrier", "distance"):
        cases.append((name, "nothing", {key: value for key, value in FLIGHT.items() if key != name}))
    bodies = []
    for _, _, flight in cases:  # the wrong one stands among right ones
        others = [dict(FLIGHT) for _ in range(draw.randrange(3))]
        others.insert(draw.randrange(len(others) + 1), flight)
        bodies.append({"flights": others})
    cases += [("flights", "an empty list", {}), ("flights", "no flights", {}), ("flights", "1001 flights", {}),
              ("flights", "a text", {})]
    bodies += [{"flights": []}, {}, {"flights": [FLIGHT] * 1001}, {"flights": "all"}]
    answers = service.ask([request("POST", "/predict", body) for body in bodies])
    for (name, value, _), answer in zip(cases, answers, strict=True):
        tried = f"a request in which {name} is {value!r}"
        assert answer.status == 422, (
            f"Tried: {tried}.\n"
            f"Came: {answer}.\n"
            "Look: the table of fields in the README: what is no flight is refused with 422, and nothing is guessed.")
        detail = answer.json.get("detail") if type(answer.json) is dict else None
        assert detail and name in json.dumps(detail), (
            f"Tried: {tried}.\n"
            f"Came: 422, and a detail in which {name!r} does not stand: {answer.text[:100]}.\n"
            "Look: whoever reads it has never seen your code, and wants to know what to change.")
    good = service.post("/predict", {"flights": [FLIGHT]})
    desk.said(good, 1, "a good flight after all the bad ones")


@pytest.mark.check(points=5, skill="packaging", part="service", requires=["test_each_flight_gets_a_chance"])
def test_no_request_makes_it_fall(desk, draw):
    """Whatever its document allows, and much that it does not, is never answered with 5xx."""
    service = desk.serving()
    tried = "GET /openapi.json, to see what POST /predict takes"
    document = read_document(service)
    try:
        flight = document.items(document.property(document.body("POST", "/predict"), "flights"))
    except BadDocument as bad:
        raise AssertionError(
            f"Tried: {tried}.\nCame: {bad}.\n"
            "Look: FastAPI writes the document from the types of the function's arguments.") from None
    unknown = [name for name in FLIGHT if not document.property(flight, name)]
    assert not unknown, (
        f"Tried: {tried}.\n"
        f"Came: nothing about {', '.join(unknown)} of a flight.\n"
        "Look: a type with a field for each line of the table; FastAPI writes the document from it.")
    texts = []
    for name in FLIGHT:
        odd = draw.sample(list(ODD), 9) + ["NaN", '"\\ud800"', "1e999"]
        odd += list(TIMES) if name == "time" else []
        texts += [(name, value) for value in [*document.edges(document.property(flight, name), draw), *odd]]
    fields = {key: json.dumps(value) for key, value in FLIGHT.items()}
    bodies = [(f"{name} = {value[:40]}", _body({**fields, name: value})) for name, value in texts]
    bodies += [(f"JSON that is {what}", data) for what, data in _BROKEN.items()]
    bodies += [(f"flights = {value[:40]}", f'{{"flights": {value}}}'.encode()) for value in ODD]
    draw.shuffle(bodies)
    sent = [(what, request("POST", "/predict", body)) for what, body in bodies]
    sent += [(f"{method} {path}", request(method, path)) for method, path in list(document.operations())[:12]]
    sent += [
        ("a form", request("POST", "/predict", b"a=b", kind="application/x-www-form-urlencoded")),
        ("an unknown kind of content", request("POST", "/predict", b"\x80\x02}q\x00.", kind="application/x-pickle")),
        ("GET /predict", request("GET", "/predict")),
        ("an address that is none", request("GET", "/%00/../x?a=%ff")),
    ]
    for (what, _), answer in zip(sent, service.ask([one for _, one in sent], at_once=4), strict=True):
        assert 100 <= answer.status < 500, (
            f"Tried: a request to your service: {ascii(what)}.\n"
            f"Came: {answer}.\n"
            "Look: send it yourself with curl, and read what the service says on its standard error.")
        if answer.status == 200 and "=" in what:
            count = len(answer.json["chances"]) if type(answer.json) is dict and "chances" in answer.json else None
            assert count == 1, (
                f"Tried: a request with one flight: {ascii(what)}.\n"
                f"Came: 200, and {answer.text[:80]}.\n"
                "Look: what is answered with 200 holds a chance for each flight, a number that JSON can say.")
    desk.said(service.post("/predict", {"flights": [FLIGHT]}), 1, "a good flight after all the odd ones")


def _body(fields):
    return ('{"flights": [{' + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}]}").encode()


_BROKEN = {
    "cut off": b'{"flights": [{"time": "2013-10-0', "empty": b"", "a null": b"null", "a list": b"[]", "a number": b"7",
    "deep": b"[" * 20_000, "no text": b'{"flights": ["\xff\xfe"]}', "in UTF-16": '{"flights": []}'.encode("utf-16"),
    "closed only": b"}" * 50, "a flight that is null": b'{"flights": [null]}', "lists in lists": b'{"flights": [[[]]]}',
}  # fmt: skip


@pytest.mark.check(points=3, skill="packaging", part="service", requires=["test_each_flight_gets_a_chance"])
def test_the_document_says_what_it_answers(desk, draw):
    """Status and body of each answer are those that its document names, refusals too."""
    service = desk.serving()
    document = read_document(service)
    for method, path, statuses in (("POST", "/predict", (200, 422, 503)), ("GET", "/ready", (200, 503))):
        missing = [status for status in statuses if document.answer(method, path, status) is None]
        assert not missing, (
            f"Tried: GET /openapi.json, and read what {method} {path} answers.\n"
            f"Came: nothing about {' and '.join(map(str, missing))}.\n"
            "Look: the table of answers; `responses={503: …}` of a route names what it answers beside 200.")
    good = document.answer("POST", "/predict", 200)
    unknown = [name for name in ("model", "chances") if not document.property(good, name)]
    assert not unknown, (
        "Tried: GET /openapi.json, and read what POST /predict answers with 200.\n"
        f"Came: nothing about {' and '.join(unknown)}.\n"
        "Look: FastAPI writes it from the type that the function returns, or from response_model.")
    flights = desk.asked(desk.later(3, draw))["flights"]
    wrong = dict(FLIGHT, distance=draw.choice([0, -3, 7001, "far", None]))
    asked = {
        "three flights": request("POST", "/predict", {"flights": flights}),
        "a flight with a wrong distance": request("POST", "/predict", {"flights": [FLIGHT, wrong]}),
        "a flight without a carrier": request(
            "POST", "/predict", {"flights": [{key: FLIGHT[key] for key in FLIGHT if key != "carrier"}]}),
        "no flights": request("POST", "/predict", {"flights": []}),
        "JSON that is cut off": request("POST", "/predict", b'{"flights": [{"ti'),
    }
    answers = dict(zip(asked, service.ask(list(asked.values())), strict=True))
    cases = [("POST", "/predict", what, answer) for what, answer in answers.items()]
    cases.append(("GET", "/ready", "whether it is ready", service.get("/ready")))
    for method, path, what, answer in cases:
        schema = document.answer(method, path, answer.status)
        tried = f"{method} {path}, {what}, and held the answer against /openapi.json"
        assert schema is not None, (
            f"Tried: {tried}.\n"
            f"Came: {answer}; the document does not name that status.\n"
            "Look: `responses={…}` of the route.")
        said = document.unlike(schema, answer.json) if schema else ""
        assert not said, (
            f"Tried: {tried}.\n"
            f"Came: {answer.status}, and {said}: {answer.text[:100]}.\n"
            "Look: whoever writes refusals of their own describes them, too: responses={422: {\"model\": …}}.")


def read_document(service):
    """The document that the service gives of itself."""
    try:
        return Document(service.get("/openapi.json").body)
    except BadDocument as bad:
        raise AssertionError(
            f"Tried: GET /openapi.json.\nCame: {bad}.\n"
            "Look: FastAPI writes the document from the types of the function's arguments.") from None
