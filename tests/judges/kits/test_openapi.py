"""Requests drawn from a learner's OpenAPI document, which may say anything."""

import json
import random

import pytest

from grader.judges.kits.openapi import TIMES, BadDocument, Document

FLIGHT = {
    "properties": {
        "when": {"type": "string", "format": "date-time"},
        "origin": {"enum": ["EWR", "JFK"]},
        "distance": {"type": "number", "exclusiveMinimum": 0, "maximum": 6000},
        "temp": {"anyOf": [{"type": "number", "minimum": -60}, {"type": "null"}]},
    }
}


def document(**changes):
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Asked"}}}}
    whole = {
        "paths": {"/predict": {"post": {"requestBody": body}}, "/health": {"get": {}}, "/of/{one}": {"get": {}}},
        "components": {
            "schemas": {
                "Asked": {"properties": {"flights": {"items": {"$ref": "#/components/schemas/Flight"}}}},
                "Flight": FLIGHT,
                "Round": {"$ref": "#/components/schemas/Round"},
            }
        },
        **changes,
    }
    return Document(json.dumps(whole).encode())


def test_a_field_is_found_behind_references():
    read = document()
    flight = read.items(read.property(read.body("POST", "/predict"), "flights"))
    assert flight == FLIGHT
    assert set(read.operations()) == {("POST", "/predict"), ("GET", "/health")}


def test_values_lie_on_both_sides_of_every_edge():
    read = document()
    flight = read.items(read.property(read.body("POST", "/predict"), "flights"))
    values = {name: read.edges(read.property(flight, name), random.Random(1)) for name in FLIGHT["properties"]}
    assert {"0", "1", "-1", "6000", "6001", "5999"} <= set(values["distance"])
    assert {"-60", "-61"} <= set(values["temp"])
    assert set(TIMES) <= set(values["when"]) and not set(TIMES) & set(values["distance"])
    assert {'"EWR"', '"JFK"'} <= set(values["origin"])


def test_references_that_lead_nowhere_or_round_are_nothing():
    read = document()
    for schema in ({"$ref": "#/components/schemas/Round"}, {"$ref": "#/nowhere"}, {"$ref": 7}, None, [], "x"):
        assert read.property(schema, "a") == {} and read.items(schema) == {}
    huge = {"type": "integer", "minimum": 10**400, "enum": [[[]], {}, 10**400]}
    assert len(read.edges(huge, random.Random(1))) == 7  # no arithmetic with what no float holds
    odd = {"anyOf": [{"$ref": "#/components/schemas/Round"}], "enum": "abc", "minimum": "1"}
    assert read.edges(odd, random.Random(1)) == []


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "without paths"),
        (b'{"paths": 7}', "without paths"),
        (b" " * (1 << 20), "KB"),
    ],
)
def test_what_is_no_document_is_refused(data, why):
    with pytest.raises(BadDocument, match=why):
        Document(data)


def test_a_path_that_takes_nothing_is_said():
    with pytest.raises(BadDocument, match="GET /health takes"):
        document().body("GET", "/health")


DETAIL = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]}
ANSWERS = {
    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}},
    "204": {"description": "nothing"},
    "422": {"content": {"application/json": {"schema": {"properties": {"detail": DETAIL}, "required": ["detail"]}}}},
}
ANSWER = {
    "type": "object",
    "properties": {
        "model": {"type": "string"},
        "chances": {"type": "array", "items": {"type": "number"}},
        "kind": {"enum": ["a", "b"]},
    },
    "required": ["model", "chances"],
    "additionalProperties": False,
}


def answering():
    return document(
        paths={"/predict": {"post": {"responses": ANSWERS}}},
        components={"schemas": {"Answer": ANSWER, "Round": {"items": {"$ref": "#/components/schemas/Round"}}}},
    )


def test_an_answer_is_found_by_its_status():
    read = answering()
    assert read.answer("POST", "/predict", 200) == ANSWER
    assert read.answer("POST", "/predict", 204) == {}  # named, and nothing said of its body
    assert read.answer("POST", "/predict", 503) is None and read.answer("GET", "/predict", 200) is None


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (200, {"model": "a", "chances": [0.1, 1]}, ""),
        (200, {"model": "a", "chances": [], "kind": "b"}, ""),
        (204, ["what", "ever"], ""),
        (422, {"detail": "no"}, ""),
        (422, {"detail": [{}], "more": 1}, ""),
        (200, {"chances": []}, "no 'model'"),
        (200, {"model": 7, "chances": []}, "'model' of the body is of the type int, and string"),
        (200, {"model": "a", "chances": [True]}, "an item of 'chances' of the body is of the type bool"),
        (200, {"model": "a", "chances": [], "kind": "c"}, "none of the documented values"),
        (200, {"model": "a", "chances": [], "more": 1}, "'more', which is not documented"),
        (200, [], "type list"),
        (422, {"detail": 7}, "type int"),
        (422, {"detail": ["no"]}, "'detail' of the body is of the type list"),
    ],
)
def test_an_answer_is_held_against_the_document(status, body, why):
    read = answering()
    said = read.unlike(read.answer("POST", "/predict", status), body)
    assert why in said and bool(why) == bool(said)


def test_what_goes_too_deep_is_said_and_not_followed():
    read = answering()
    deep = []
    for _ in range(900):
        deep = [deep]
    assert "too deep" in read.unlike({"$ref": "#/components/schemas/Round"}, deep)
    assert "too deep" in read.unlike({"items": {}}, [0] * 50_000)
    many = {"anyOf": [{"anyOf": [{"type": "string"}] * 200}] * 200}
    assert read.unlike(many, 7)
