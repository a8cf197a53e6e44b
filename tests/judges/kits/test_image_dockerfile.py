"""What a Dockerfile builds on."""

import pytest

from grader.judges.kits.image_dockerfile import Base, bases


@pytest.mark.parametrize(
    ("name", "pinned"),
    [
        ("python", False),
        ("python:latest", False),
        ("python:slim", False),
        ("python:3", False),
        ("python:3-slim", False),
        ("python:3.11", True),
        ("python:3.11-slim-bookworm", True),
        ("python:v3.11", True),
        ("registry.invalid:5000/python", False),
        ("registry.invalid:5000/desk/python:3.11-slim", True),
        ("python@sha256:" + "0" * 64, True),
        ("python:latest@sha256:" + "0" * 64, True),
    ],
)
def test_a_name_is_pinned_or_not(name, pinned):
    assert bases(f"FROM {name}\nRUN true\n") == [Base(name, pinned)]


def test_stages_of_its_own_and_scratch_are_no_bases():
    text = "FROM python:3.11 AS Packages\nFROM packages\nFROM scratch AS empty\n"
    text += "FROM --platform=linux/amd64 debian as d\n"
    assert bases(text) == [Base("python:3.11", True), Base("debian", False)]


def test_arguments_are_put_in():
    text = 'ARG A=3.11\nARG B="slim"\n# FROM nothing:1.0\nfrom python:${A}-$B\nARG A=9\n'
    text += "FROM python:${C:-latest}\nFROM x:$C\n"
    assert [base.name for base in bases(text)] == ["python:3.11-slim", "python:latest", "x:"]
    assert [base.pinned for base in bases(text)] == [True, False, False]


def test_a_long_line_goes_on():
    assert bases("FROM \\\n  # about it\n  python:3.11 \\\n  AS one\n") == [Base("python:3.11", True)]


@pytest.mark.parametrize("text", ["", "print('hello')\n", "FROM\n", "FROMAGE python\n", "\x00\xff"])
def test_no_dockerfile_has_no_base(text):
    assert bases(text) == []
