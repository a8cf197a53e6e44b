"""Small exercises made of text: a source notebook and its checks, judged in the test's process by real workers."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.judges import notebook as judging
from grader.model import Check, Exercise, Limits
from grader.tree import Tree

LIMITS = Limits(seconds=60, check_seconds=2, cell_seconds=2)


def cell(name, flags, source, points=None, title=None, requires=()):
    marks = {
        "schema_version": 3,
        "grade_id": name,
        "grade": "g" in flags,
        "solution": "s" in flags,
        "locked": "l" in flags,
        "task": False,
    }
    metadata = {"nbgrader": marks}
    if points is not None:
        marks["points"] = points
        metadata["ladder"] = {"title": title or name, "skill": "k", "requires": list(requires)}
    return new_code_cell(source, id=f"c-{name}", metadata=metadata)


def hidden(source):
    return f"### BEGIN HIDDEN TESTS\n{source}\n### END HIDDEN TESTS"


class Book:
    """A source notebook in the making; ``checks`` are those of its test cells."""

    def __init__(self):
        self.cells = []
        self.checks = []

    def text(self, words):
        self.cells.append(new_markdown_cell(words, id=f"t{len(self.cells)}"))
        return self

    def free(self, source):
        self.cells.append(new_code_cell(source, id=f"f{len(self.cells)}"))
        return self

    def locked(self, name, source):
        self.cells.append(cell(name, "l", source))
        return self

    def solution(self, name, source):
        self.cells.append(cell(name, "s", f"### BEGIN SOLUTION\n{source}\n### END SOLUTION"))
        return self

    def test(self, name, source, requires=(), visible=False):
        points = 0 if visible else 1
        self.cells.append(cell(name, "gl", source if visible else hidden(source), points, name.title(), requires))
        needs = tuple(f"l/e/{one}" for one in requires)
        self.checks.append(Check(f"l/e/{name}", "e", name.title(), "k", points, not visible, None, needs))
        return self

    @property
    def source(self):
        return new_notebook(cells=self.cells)

    def exercise(self, limits=LIMITS):
        return Exercise("e", "notebook", "E", 1, "gentle", "x", 0, limits, tuple(self.checks))

    def submitted(self, **answers):
        """The notebook as handed in, solution cells replaced by ``answers``."""
        copied = nbformat.from_dict(self.source)
        for one in copied.cells:
            marks = one.metadata.get("nbgrader", {})
            if marks.get("solution"):
                one.source = answers.get(marks["grade_id"], one.source)
            if marks.get("grade") and "HIDDEN" in one.source:
                one.source = f"# Hidden check: {one.metadata['ladder']['title']} ({marks['points']:g} point)"
        return nbformat.writes(copied).encode()


@pytest.fixture
def book():
    return Book()


@pytest.fixture
def judge(workers, tmp_path):
    """Judges a book's answers; what came of each check, by name."""
    (tmp_path / "e" / "0" / "data").mkdir(parents=True)
    (tmp_path / "e" / "0" / "data" / "given.txt").write_text("given")

    def run(book, data=None, limits=LIMITS, only=None, more=None, **answers):
        data = book.submitted(**answers) if data is None else data
        tree = Tree({"notebooks/e.ipynb": data, **(more or {})})
        told = []
        judging.judge(book.exercise(limits), book.source, tree, tmp_path, workers, "seed", told.append, only)
        assert [line.id for line in told] == [check.id for check in book.checks if only is None or check.id in only]
        return {line.id.rsplit("/", 1)[1]: line for line in told}

    return run
