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
