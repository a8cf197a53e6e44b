"""nbgrader's check of its metadata, done once for what submissions share."""

import nbformat
import pytest
from jsonschema import ValidationError
from nbgrader.preprocessors import CheckCellMetadata

from grader.nbgrader_course.metadata import CheckMetadataOnce

from .cells import notebook, solution, test, text


@pytest.fixture
def looks(monkeypatch):
    """How often nbgrader itself has looked."""
    seen = []
    real = CheckCellMetadata.preprocess

    def counted(self, nb, resources):
        seen.append(nb)
        return real(self, nb, resources)

    monkeypatch.setattr(CheckCellMetadata, "preprocess", counted)
    return seen


def made(name="check", points=1, answer="x = 1"):
    return nbformat.from_dict(notebook(text("# Title"), solution("x", answer), test(name, "assert x == 1", points)))


def test_another_answer_under_the_same_metadata_is_not_looked_at_again(looks):
    step = CheckMetadataOnce()
    first, second = made(), made(answer="x = 2")
    assert step(first, {})[0] is first
    assert step(second, {})[0] is second
    assert len(looks) == 1


@pytest.mark.parametrize("other", [{"name": "another"}, {"points": 2}])
def test_other_metadata_is_looked_at(looks, other):
    step = CheckMetadataOnce()
    step(made(), {})
    step(made(**other), {})
    assert len(looks) == 2


def test_what_nbgrader_refuses_is_refused_every_time(looks):
    step = CheckMetadataOnce()
    step(made(), {})
    for _ in range(2):
        with pytest.raises(ValidationError):
            step(made(name="x"), {})
    assert len(looks) == 3
