"""Requests drawn from the OpenAPI document that a learner's service gives of itself.

The document is the learner's data: references are followed a few steps and no further, patterns are never run. What is
drawn are texts of JSON, since much of what services receive is none (`NaN`, half a character).
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_MOST_BYTES = 1 << 19
_MOST_STEPS = 12
_MOST_OF_ONE = 12  # values drawn of one schema's enumeration
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")

# Values that a field of no service has, and that some service fell over, as texts of JSON.
ODD: Sequence[str] = (
    "null", "true", "[]", "{}", '""', "0", "-1", "1e308", "-1e308", "1e-308", "NaN", "Infinity", "-Infinity", "1e999",
    "1" * 400, '"' + "x" * 5000 + '"', '"\\u0000"', '"\\ud800"', '"\\udfff\\ud800"', '"\U0001f6eb"', '"\u0130"',
    "[" * 60 + "]" * 60, '{"a":{"b":[null]}}', '"None"', '"nan"', '"1e999"',
)  # fmt: skip
TIMES: Sequence[str] = (
    '"0001-01-01T00:00"', '"9999-12-31T23:59"', '"1677-09-21T00:00"', '"2262-04-12T00:00"', '"2013-02-30T10:00"',
    '"2013-10-03T24:00"', '"2013-10-03T18:45+02:00"', '"2013-10-03T18:45Z"', '"2013-10-03"', '"2013-10-03T18:45:60"',
    '"-2013-10-03T18:45"', '"0000-00-00T00:00"', "1e9", "253402300800", '"2013-10-03T18:45\\u0000"',
    '"٢٠١٣-١٠-٠٣T18:45"', '"20١٣-10-03T18:45"', '"2024-02-29T23:59"', '"2023-02-29T23:59"',
)  # fmt: skip


class BadDocument(Exception):
    """There is no document to draw from; the text says why, to follow "Came: "."""


class Document:
    """An OpenAPI document, as far as it says what requests look like."""

    def __init__(self, data: bytes) -> None:
        if len(data) > _MOST_BYTES:
            raise BadDocument(f"a document of {len(data) >> 10} KB")
        try:
            content = json.loads(data)
        except (ValueError, RecursionError):
            raise BadDocument("a document that is no JSON") from None
        if type(content) is not dict or type(content.get("paths")) is not dict:
            raise BadDocument("a document without paths")
        self._content: dict[str, Any] = content

    def operations(self) -> Iterator[tuple[str, str]]:
        """Every method (in capitals) and path, without those whose path has parameters."""
        for path, item in self._content["paths"].items():
            for method in METHODS:
                plain = path.startswith("/") and path.isascii() and path.isprintable() and not set(path) & set("{ ")
                if type(item) is dict and method in item and plain:
                    yield method.upper(), path

    def body(self, method: str, path: str) -> Mapping[str, Any]:
        """The schema of the JSON that a request carries; BadDocument."""
        found: Any = self._content["paths"]
        for key in (path, method.lower(), "requestBody", "content", "application/json", "schema"):
            found = self.followed(found).get(key)
            if type(found) is not dict:
                raise BadDocument(f"nothing about what {method} {path} takes (no {key!r})")
        return self.followed(found)

    def property(self, schema: Any, name: str) -> Mapping[str, Any]:
        """The schema of a property of an object; {} if the document says nothing about it."""
        properties = self.followed(schema).get("properties")
        return self.followed(properties.get(name)) if type(properties) is dict else {}

    def items(self, schema: Any) -> Mapping[str, Any]:
        """The schema of an array's items; {} if the document says nothing about them."""
        return self.followed(self.followed(schema).get("items"))

    def followed(self, schema: Any) -> dict[str, Any]:
        """A schema with its reference followed; {} if it is none."""
        for _ in range(_MOST_STEPS):
            if type(schema) is not dict:
                return {}
            target = schema.get("$ref")
            if type(target) is not str:
                return schema
            schema = self._content
            for key in target.removeprefix("#/").split("/"):
                schema = schema.get(key) if type(schema) is dict else None
        return {}

    def edges(self, schema: Any, draw: random.Random) -> list[str]:
        """Values, as texts of JSON, at the edges of what a schema of one field allows, on both sides of them."""
        found: list[Any] = []
        for one in self._ways(schema):
            kind = one.get("type")
            for key in ("enum", "examples"):
                values = one.get(key)
                found += draw.sample(values, min(len(values), _MOST_OF_ONE)) if type(values) is list else []
            found += [one[key] for key in ("const", "default", "example") if key in one]
            for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
                edge = one.get(key)
                if isinstance(edge, int | float) and abs(edge) < 1e300:
                    found += [edge, edge - 1, edge + 1, edge * (1 + 1e-15), edge + draw.random()]
            for key in ("minLength", "maxLength"):
                length = one.get(key)
                if type(length) is int and 0 <= length <= 2000:
                    found += ["A" * length, "é" * (length + 1)]
            if kind in ("number", "integer"):
                found += [draw.uniform(-1e6, 1e6), draw.randrange(-(2**70), 2**70), 0, -0.0, 5e-324, 1.79e308]
            if kind == "string":
                found += ["".join(draw.choices("AZ09az -_:é\u2028\ufeff", k=draw.randrange(12))) for _ in range(3)]
        plain = [value for value in found if type(value) in (str, int, float, bool, type(None))]
        return [json.dumps(value) for value in plain] + list(TIMES if self._is_time(schema) else ())

    def _ways(self, schema: Any, deep: int = 0) -> Iterator[dict[str, Any]]:
        """The schema itself, and those it is made of."""
        here = self.followed(schema)
        yield here
        for key in ("anyOf", "oneOf", "allOf"):
            ways = here.get(key)
            if type(ways) is list and deep < 4:
                for way in ways[:_MOST_STEPS]:
                    yield from self._ways(way, deep + 1)

    def _is_time(self, schema: Any) -> bool:
        return any(str(one.get("format", "")).startswith(("date", "time")) for one in self._ways(schema))
