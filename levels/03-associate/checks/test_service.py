"""Hidden checks of delay-service, part service: the learner's own program, started and asked behind the walls."""

from __future__ import annotations

import hashlib
import json
import math
import time

import pytest
from sklearn.metrics import roc_auc_score

from grader.judges.kits.http_service import request
from grader.judges.kits.openapi import ODD, TIMES, BadDocument, Document

FLIGHT = {"time": "2013-10-03T18:45", "origin": "JFK", "dest": "LAX", "carrier": "AA", "distance": 2475, "temp": 61.5,
          "wind_speed": 8.1, "precip": 0.0, "visib": 10.0}


@pytest.mark.check(points=4, skill="packaging", part="service")
def test_the_model_is_one_file_of_data(desk):
    """The model is one file, and it is XGBoost's JSON."""
    data = desk.model()
    try:
        content = json.loads(data)
        objective = content["learner"]["objective"]["name"]
        trees = content["learner"]["gradient_booster"]
        chance = float(str(content["learner"]["learner_model_param"]["base_score"]).strip("[]"))
        readable = type(trees) is dict and 0 < chance < 1
    except (ValueError, LookupError, TypeError, RecursionError):
        objective, readable = "", False
    assert readable, (
        "Tried: python -m delay_service.train on a prepared table, and read the model's file as XGBoost's JSON.\n"
        f"Came: {len(data)} bytes that begin with {data[:12]!r}, and are none.\n"
        "Look: save_model with a path that ends in .json; a pickle is a program, and nobody should have to run it.")
    assert objective == "binary:logistic", (
        "Tried: read the objective in the model's file.\n"
        f"Came: {str(objective)[:60]!r}.\n"
        "Look: the first part of the ticket says what the model is trained with.")


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


@pytest.mark.check(points=3, skill="packaging", part="service", requires=["test_each_flight_gets_a_chance"])
def test_the_chances_know_something(desk):
    """On later months the chances put late flights before punctual ones.

    The bar is half of what the rate of each hour of the day reaches; the reference lies above it by nine standard
    errors of 2,500 flights, so that chance fails no honest model.
    """
    service = desk.serving()
    later, learned = desk.table("later.csv"), desk.table("train.csv")
    chances = desk.chances(service, later, "the flights of October to December")
    rate = learned.groupby(learned["time"].str[11:13])["late"].mean()
    by_hour = later["time"].str[11:13].map(rate).fillna(learned["late"].mean())
    naive = roc_auc_score(later["late"], by_hour)
    reached = roc_auc_score(later["late"], chances)
    assert reached >= 0.5 + (naive - 0.5) / 2, (
        "Tried: the flights of October to December, and how well the chances put late before punctual.\n"
        f"Came: an AUC of {reached:.2f}; what the hour of the day alone knows is far more.\n"
        "Look: is it the chance of leaving late, and do the features mean in service what they meant in training?")


@pytest.mark.check(points=4, skill="packaging", part="service", requires=["test_each_flight_gets_a_chance"])
def test_alone_and_together_are_the_same(desk, draw):
    """A flight has the same chance alone, in a batch, and in another order."""
    service = desk.serving()
    rows = desk.later(36, draw)
    together = desk.chances(service, rows, "36 flights at once")
    order = draw.sample(range(36), 36)
    mixed = desk.chances(service, rows.iloc[order], "the same flights in another order")
    assert desk.same([together[place] for place in order], mixed), (
        "Tried: 36 flights at once, and again in another order.\n"
        "Came: some flights have another chance.\n"
        "Look: what is computed over all rows of a request: codes, medians, ranks, or the order of the answer.")
    answers = service.ask([request("POST", "/predict", desk.asked(rows.iloc[[place]])) for place in range(36)])
    alone = [desk.said(answer, 1, "one flight alone")[1][0] for answer in answers]
    off = [place for place in range(36) if abs(alone[place] - together[place]) > 1e-5]
    assert not off, (
        "Tried: 36 flights at once, and each of them alone; some have readings that are null.\n"
        f"Came: {len(off)} flights have another chance alone.\n"
        "Look: what `features` asks of the whole table has no answer when the table is one row.")


@pytest.mark.check(points=4, skill="packaging", part="service", requires=["test_each_flight_gets_a_chance"])
def test_served_as_scored(desk, draw):
    """The service answers what `score.chances` gives the same rows by the same file."""
    service = desk.serving()
    rows = desk.later(60, draw)
    rows.loc[[1, 4, 7], "temp"] = math.nan
    served = desk.chances(service, rows, "60 flights, some without readings")
    score = desk.submission.module("delay_service.score")
    scored = score.chances("/tmp/model/model.json", rows.drop(columns="late"))
    values = [float(one) for one in list(scored)]
    assert len(values) == 60 and len(set(values)) > 10, (
        "Tried: score.chances on a prepared table of 60 flights.\n"
        f"Came: {len(values)} values, {len(set(values))} of them different.\n"
        "Look: one chance for each row, in their order.")
    off = [place for place in range(60) if abs(values[place] - served[place]) > 1e-5]
    missing = [place for place in off if rows.iloc[place].isna().any()]
    assert not off, (
        "Tried: the same 60 flights through the service and through score.chances, with the same model's file.\n"
        f"Came: {len(off)} flights have two chances; {len(missing)} of these have readings that are missing.\n"
        "Look: one way from a flight to its features, used by both; null and NaN mean the same.")


@pytest.mark.check(points=2, skill="packaging", part="service", requires=["test_each_flight_gets_a_chance"])
def test_a_new_carrier_gets_a_chance(desk, draw):
    """A carrier and a destination that training has not seen get a chance."""
    service = desk.serving()
    learned = desk.table("train.csv")
    carriers = [a + b for a in "QXZ7" for b in "389" if a + b not in set(learned["carrier"])]
    dests = [a + "QX" for a in "QXZ" if a + "QX" not in set(learned["dest"])]
    rows = desk.later(12, draw)
    for changed in ({"carrier": draw.choice(carriers)}, {"dest": draw.choice(dests)},
                    {"carrier": draw.choice(carriers), "dest": draw.choice(dests)}):
        some = rows.assign(**changed)
        for few in (some, some.head(1)):
            tried = f"flights with {' and '.join(changed)} that training has not seen"
            desk.said(service.post("/predict", desk.asked(few)), len(few), tried)


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
    try:
        document = Document(service.get("/openapi.json").body)
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
def test_it_starts_before_its_model(desk):
    """Without a model it is there and not ready; when the file comes, it is."""
    service = desk.start(None)
    health, ready = service.get("/health"), service.get("/ready")
    refused = service.post("/predict", {"flights": [FLIGHT]})
    tried = "the service started without a model's file"
    assert health.status == 200, (
        f"Tried: {tried}, and GET /health.\nCame: {health}.\nLook: the process is there, whatever else is missing.")
    for answer, what in ((ready, "GET /ready"), (refused, "POST /predict")):
        assert answer.status == 503 and type(answer.json) is dict and answer.json.get("detail"), (
            f"Tried: {tried}, and {what}.\n"
            f"Came: {answer}.\n"
            "Look: 503 and {\"detail\": why} until there is a model.")
    service.put("/tmp/model/model.json", desk.model())
    desk.wait_ready(service, "the service started without a model's file, then the file moved to its place")
    desk.said(service.post("/predict", {"flights": [FLIGHT]}), 1, "a flight, once the file was there")


@pytest.mark.check(points=5, skill="packaging", part="service",
                   requires=["test_the_model_is_one_file_of_data", "test_the_answer_names_its_model"])
def test_a_new_model_is_taken(desk, draw):
    """A model moved over the old one answers soon, wholly, and no request fails in between.

    The other model is the learner's own with another base score, so that the judge knows what it answers.
    """
    service = desk.serving()
    rows = desk.later(20, draw)
    first = desk.model()
    before = desk.chances(service, rows, "20 flights, before a new model comes")
    known = {hashlib.sha256(first).hexdigest(): before}
    for chance in (draw.uniform(0.25, 0.4), draw.uniform(0.04, 0.08)):
        data, by = desk.shifted(first, chance)
        name = hashlib.sha256(data).hexdigest()
        known[name] = desk.moved(before, by)
        service.put("/tmp/model/model.json", data)
        _until_taken(desk, service, rows, name, known)
    ready = service.get("/ready")
    assert type(ready.json) is dict and ready.json.get("model") == name, (
        "Tried: GET /ready after a new model's file had been taken.\n"
        f"Came: {ready}.\n"
        "Look: it names the file that answers now.")


def _until_taken(desk, service, rows, name, known):
    """Ask again and again until the model ``name`` answers; every answer has to be wholly one model's."""
    tried = "20 flights, again and again, while another model's file was moved over the first one"
    until = time.monotonic() + 8.0
    while True:
        answers = service.ask([request("POST", "/predict", desk.asked(rows))] * 4, at_once=4)
        for answer in answers:
            model, chances = desk.said(answer, len(rows), tried)
            assert model in known, (
                f"Tried: {tried}.\n"
                "Came: an answer that names a model which is none of these files.\n"
                "Look: the SHA-256 is that of the bytes the model was read from.")
            assert all(abs(a - b) <= 1e-4 for a, b in zip(chances, known[model], strict=True)), (
                f"Tried: {tried}.\n"
                "Came: an answer that names one file, and whose chances are not that model's.\n"
                "Look: take model and name together, once for each request; is anything remembered from before?")
        if model == name:
            return
        assert time.monotonic() < until, (
            f"Tried: {tried}.\n"
            "Came: the old model still answers after several seconds.\n"
            "Look: who looks at the file again, and when? Its time and inode change with os.replace.")
        time.sleep(0.2)


@pytest.mark.check(points=3, skill="packaging", part="service", requires=["test_a_new_model_is_taken"])
def test_a_broken_file_changes_nothing(desk, draw):
    """A file that is no model leaves the model before it in service."""
    service = desk.serving()
    rows = desk.later(10, draw)
    first = desk.model()
    name = hashlib.sha256(first).hexdigest()
    before = desk.chances(service, rows, "10 flights")
    broken = {"half of a model": first[: len(first) // 2], "an empty file": b"", "an empty object": b"{}"}
    for what in draw.sample(sorted(broken), 3):
        service.put("/tmp/model/model.json", broken[what])
        for _ in range(4):
            time.sleep(0.25)
            tried = f"10 flights after {what} was moved over the model's file"
            model, chances = desk.said(service.post("/predict", desk.asked(rows)), 10, tried)
            assert model == name and desk.same(chances, before), (
                f"Tried: {tried}.\n"
                "Came: other chances, or another name.\n"
                "Look: read the new file wholly before the old model is let go.")
    data, by = desk.shifted(first, draw.uniform(0.25, 0.4))
    new = hashlib.sha256(data).hexdigest()
    service.put("/tmp/model/model.json", data)
    _until_taken(desk, service, rows, new, {name: before, new: desk.moved(before, by)})


@pytest.mark.check(points=4, skill="packaging", part="service", requires=["test_each_flight_gets_a_chance"])
def test_many_at_once_get_their_own(desk, draw):
    """Of 200 requests, 20 at a time, each gets its own answer."""
    service = desk.serving()
    rows = desk.later(400, draw, silent=False)
    expected = desk.chances(service, rows, "400 flights, a few at a time")
    pieces, start = [], 0
    while start < 400 and len(pieces) < 200:
        pieces.append((start, start + draw.randrange(1, 4)))
        start = pieces[-1][1]
    pieces = [(first, min(last, 400)) for first, last in pieces] * 2
    pieces = draw.sample(pieces, min(200, len(pieces)))
    sent = [request("POST", "/predict", desk.asked(rows.iloc[first:last])) for first, last in pieces]
    answers = service.ask(sent, at_once=20, seconds=20)
    slow = sorted(answer.seconds for answer in answers)[int(0.95 * len(answers))]
    tried = f"{len(sent)} requests, 20 at a time (one in twenty took more than {slow:.2f} seconds)"
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


@pytest.mark.check(points=3, skill="packaging", part="service", requires=["test_each_flight_gets_a_chance"])
def test_it_ends_as_it_should(desk, draw):
    """On SIGTERM it answers what it was asked, takes its socket away and ends with 0."""
    service = desk.serving()
    rows = desk.later(5, draw)
    expected = desk.chances(service, rows, "5 flights")
    whole = request("POST", "/predict", desk.asked(rows))
    held = service.hold(whole[:-40])
    time.sleep(0.2)  # the head of it has been read when the signal comes
    service.terminate()
    time.sleep(0.5)
    answer = service.go_on(held, whole[-40:])
    tried = "SIGTERM while a request was on its way"
    _, chances = desk.said(answer, 5, f"{tried}, and the rest of that request half a second later")
    assert desk.same(chances, expected), f"Tried: {tried}.\nCame: other chances.\nLook: what changes when it ends?"
    ended = service.ended(seconds=10)
    assert ended.code == 0, (
        f"Tried: {tried}, then waited for the process.\n"
        f"Came: {'it still ran after ten seconds' if ended.code is None else f'exit code {ended.code}'}"
        f" ({ended.said}).\n"
        "Look: uvicorn sends the signal on when it has ended well; and a thread that never ends keeps a process alive.")
    assert not ended.socket_is_there and not ended.answers, (
        f"Tried: {tried}, then looked for its socket.\n"
        "Came: it is still there"
        f"{', and somebody answers at it' if ended.answers else ''}.\n"
        "Look: what made the socket takes it away; and nothing of the service stays behind.")
