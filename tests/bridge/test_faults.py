import builtins

import pytest

from grader.bridge.faults import Place, RemoteError, known_kind, mirror


def failure(*kinds, **words):
    return {"kinds": list(kinds), "text": "told", "label": "", "line": 0, "source": "", **words}


BUILT_IN = [
    name for name, found in vars(builtins).items() if isinstance(found, type) and issubclass(found, BaseException)
]


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_exception_has_a_mirror_that_is_an_exception(name):
    lineage = [kind.__name__ for kind in getattr(builtins, name).__mro__ if kind is not object]
    error = mirror(failure(*lineage))
    assert isinstance(error, Exception)
    assert isinstance(error, RemoteError)
    assert type(error).__name__ == lineage[0]
    assert not isinstance(error, SystemExit | KeyboardInterrupt | GeneratorExit | StopIteration)


def test_the_nearest_built_in_class_counts():
    error = mirror(failure("Mine", "FileNotFoundError", "OSError", "Exception", "BaseException"))
    assert isinstance(error, FileNotFoundError)
    assert (error.ladder_kind, error.ladder_known_kind) == ("Mine", "FileNotFoundError")


def test_a_name_that_is_no_exception_is_none():
    assert not isinstance(mirror(failure("open", "print", "Exception")), type(open))
    assert known_kind(["open", "int", "ValueError"]) == "ValueError"
    assert known_kind(["SECRET"]) == "Exception"
    assert known_kind(["NotFittedError", "ValueError"]) == "NotFittedError"


def test_many_names_fill_no_memory_and_still_mirror():
    for n in range(1200):
        assert isinstance(mirror(failure(f"Mine{n}", "ValueError")), ValueError)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place("cell", 3, "x = 1"), "line 3 of cell: x = 1"),
        (Place("", 3, "x"), "line 3: x"),
        (Place("cell", 3, ""), "line 3 of cell"),
        (Place("cell", 0, "x"), ""),
    ],
)
def test_a_place_in_words(place, words):
    assert str(place) == words
