"""Requests drawn from the OpenAPI document that a learner's service gives of itself, and answers held against it.

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
_MOST_LOOKS = 20_000  # places of an answer that are held against a schema
_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "number": (int, float), "integer": (int,), "boolean": (bool,), "null": (type(None),),
    "array": (list,), "object": (dict,),
}  # fmt: skip
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

    def answer(self, method: str, path: str, status: int) -> Mapping[str, Any] | None:
        """The schema of the JSON that an answer with this status carries, {} if the document says nothing about its
        body; None if it does not name the status."""
        found: Any = self._content["paths"]
        for key in (path, method.lower(), "responses", str(status)):
            found = self.followed(found).get(key)
            if type(found) is not dict:
                return None
        for key in ("content", "application/json", "schema"):
            found = self.followed(found).get(key)
        return self.followed(found)

    def unlike(self, schema: Any, value: Any) -> str:
        """Where and how ``value`` is not what ``schema`` says, to follow "Came: "; "" if it is.

        Kinds, needed and known properties, enumerations and ways (anyOf …); no patterns, formats or lengths.
        """
        return self._unlike(schema, value, "the body", [_MOST_LOOKS], 0)

    def _unlike(self, schema: Any, value: Any, where: str, left: list[int], deep: int) -> str:
        here = self.followed(schema)
        left[0] -= 1
        if left[0] < 0 or deep > 4 * _MOST_STEPS:
            return f"{where} goes too deep to be held against the document"
        for key, least in (("anyOf", 1), ("oneOf", 1), ("allOf", None)):
            ways = here.get(key)
            if type(ways) is list and ways:
                wrong = [said for way in ways if (said := self._unlike(way, value, where, left, deep + 1))]
                if len(wrong) > (0 if least is None else len(ways) - least):
                    return wrong[0]
        kinds = here.get("type")
        named = [kinds] if type(kinds) is str else kinds if type(kinds) is list else []
        allowed = [kind for name in named if type(name) is str for kind in _KINDS.get(name, (type(value),))]
        if allowed and type(value) not in allowed:
            return f"{where} is of the type {type(value).__name__}, and {'/'.join(map(str, named))[:60]} is documented"
        options = here.get("enum", [here["const"]] if "const" in here else None)
        if type(options) is list and value not in options:
            return f"{where} is none of the documented values"
        if type(value) is dict:
            return self._unlike_object(here, value, where, left, deep)
        if type(value) is list and "items" in here:
            found = (self._unlike(here["items"], one, f"an item of {where}", left, deep + 1) for one in value)
            return next(filter(None, found), "")
        return ""

    def _unlike_object(
        self, here: Mapping[str, Any], value: Mapping[str, Any], where: str, left: list[int], deep: int
    ) -> str:
        needed, properties, others = here.get("required"), here.get("properties"), here.get("additionalProperties")
        properties = properties if type(properties) is dict else {}
        for name in needed if type(needed) is list else ():
            if name not in value:
                return f"{where} has no {str(name)[:40]!r}, which is documented as needed"
        for name, one in value.items():
            if name not in properties and others is False:
                return f"{where} has a {name[:40]!r}, which is not documented"
            schema = properties.get(name, others if type(others) is dict else {})
            if said := self._unlike(schema, one, f"{name[:40]!r} of {where}", left, deep + 1):
                return said
        return ""

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
