"""Hidden checks of delay-service, part service: a flight has one chance, whoever asks, and it is the model's."""

from __future__ import annotations

import json
import math

import pytest
from sklearn.metrics import roc_auc_score

from grader.judges.kits.http_service import request


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
