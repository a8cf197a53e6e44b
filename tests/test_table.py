from pathlib import Path

import pytest

from grader.errors import InputError
from grader.table import Table, read_toml


def test_reads_every_type_and_closes() -> None:
    table = Table(
        {"a": " hello ", "b": 3, "c": 0.5, "d": True, "e": ["x", "y"], "f": {"g": 1}, "h": [{"id": "one"}]},
        "file",
    )
    assert table.text("a") == "hello"
    assert table.whole("b") == 3
    assert table.number("c", most=1.0) == 0.5
    assert table.flag("d") is True
    assert table.texts("e") == ("x", "y")
    assert table.table("f").whole("g") == 1
    assert table.tables("h")[0].where == "file, h one"
    table.close()


def test_defaults_stand_in_for_what_is_not_there() -> None:
    table = Table({}, "file")
    assert table.whole("n", 0) == 0
    assert table.flag("on", False) is False
    assert table.texts("names", ()) == ()
    assert table.table("more", {}).rest() == {}


@pytest.mark.parametrize(
    ("values", "read", "message"),
    [
        ({}, lambda t: t.text("a"), "file: a is missing"),
        ({"a": "  "}, lambda t: t.text("a"), "file: a is empty"),
        ({"a": 1}, lambda t: t.text("a"), "file: a must be a text"),
        ({"a": "Not This"}, lambda t: t.slug("a"), "'Not This' must be lower-case"),
        ({"a": "-x"}, lambda t: t.slug("a"), "must be lower-case"),
        ({"a": True}, lambda t: t.whole("a"), "whole number, at least 0; it is True"),
        ({"a": -1}, lambda t: t.whole("a"), "it is -1"),
        ({"a": 1.5}, lambda t: t.whole("a"), "it is 1.5"),
        ({"a": 1.5}, lambda t: t.number("a", most=1.0), "from 0 to 1; it is 1.5"),
        ({"a": float("nan")}, lambda t: t.number("a"), "it is nan"),
        ({"a": float("inf")}, lambda t: t.number("a"), "it is inf"),
        ({"a": True}, lambda t: t.number("a"), "it is True"),
        ({"a": "true"}, lambda t: t.flag("a"), "true or false"),
        ({"a": "x"}, lambda t: t.texts("a"), "list of texts"),
        ({"a": ["x", ""]}, lambda t: t.texts("a"), "list of texts"),
        ({"a": ["x", "x"]}, lambda t: t.texts("a"), "twice"),
        ({"a": "b"}, lambda t: t.choice("a", ("x", "y")), "one of x, y; it is 'b'"),
        ({"a": ["x"]}, lambda t: t.choice("a", ("x", "y")), "one of x, y"),
        ({"a": []}, lambda t: t.tables("a"), "list of tables"),
        ({"a": 1}, lambda t: t.table("a"), "file, a: a table is needed"),
        ({"a": 1, "b": 2}, lambda t: t.close(), "unknown key a, b"),
        ({"minuts": 30}, lambda t: t.whole("minutes"), "minutes is missing; there is minuts"),
        ({"rooster": "x"}, lambda t: ("roster" in t, t.close()), "unknown key rooster; did you mean roster?"),
    ],
)
def test_faults_are_one_line(values: object, read, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError) as fault:
        read(Table(values, "file"))
    assert message in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("content", [None, b"a = ", b"\xff\xfe", b"a = 1\na = 2"])
def test_unreadable_files_are_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "level.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"^01-x/level\.toml: ") as fault:
        read_toml(path, "01-x/level.toml")
    assert "\n" not in str(fault.value)
