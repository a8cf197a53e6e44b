"""Pages with figures: however a submission is graded, the page shows what its notebook was saved with."""

import base64
import contextlib
import io
import json

import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure
from rich.console import Console

from grader import catalog, scoring
from grader.cohort import run
from grader.cohort.inbox import found_in
from grader.cohort.local import Item
from grader.cohort.results import Results
from grader.cohort.run import How, grade_cohort
from grader.content import variant
from grader.intake.label import FILE, Label
from grader.tree import Tree
from grader.workspace.pack import archive_of

pytestmark = pytest.mark.walls
NO_SOFTWARE = {"Software": None}  # matplotlib writes its name into a file, which pages leave out


def _drawn() -> bytes:
    file = io.BytesIO()
    figure = Figure(figsize=(1, 1))
    figure.subplots().plot([1, 2])
    figure.savefig(file, format="png", metadata=NO_SOFTWARE)
    return file.getvalue()


PNG = _drawn()
NOTEBOOK = "notebooks/01-add.ipynb"


@pytest.fixture(scope="module")
def drawn_level(small_folder):
    """The small level whose notebook's figures are shown, as one of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(catalog.LEVELS_VARIABLE, str(small_folder.levels))
        level = small_folder.added("51-drawn")
        file = level.folder / "level.toml"
        file.write_text(file.read_text().replace('kind = "notebook"', 'kind = "notebook"\nfigures = true'))
        yield catalog.find_level("51-drawn")


@pytest.fixture
def pack(small, drawn_level):
    """Makes an archive of the reference with its first code cell's output, which is saved or not."""
    solved = variant.reference_tree(drawn_level, drawn_level.exercise("01-add"))

    def packed(path, learner, output=None):
        document = json.loads(solved.files[NOTEBOOK])
        first = next(cell for cell in document["cells"] if cell["cell_type"] == "code")
        if output is not None:
            first["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": output}]
        label = Label(drawn_level.id, learner, "practice", "")
        tree = Tree({FILE: label.text().encode(), NOTEBOOK: json.dumps(document).encode()})
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(archive_of(tree.placed(learner)))
        return path

    return packed


@pytest.fixture
def walls(real_walls, monkeypatch):
    monkeypatch.setattr(run, "open_walls", lambda: contextlib.nullcontext(real_walls))


def pictures(out, learner):
    soup = BeautifulSoup((out / learner / "51-drawn.html").read_text(), "html.parser")
    return [base64.b64decode(image["src"].removeprefix("data:image/png;base64,")) for image in soup.select("img")]


def test_ladder_grade_shows_them_and_the_scorecard_knows_nothing_of_it(pack, walls, practice, tmp_path, capsys):
    items = [
        Item(pack(tmp_path / "ann.tar.gz", "ann", {"image/png": base64.encodebytes(PNG).decode()})),
        Item(pack(tmp_path / "ben.tar.gz", "ben")),
    ]
    out = tmp_path / "out"
    assert run.grade(items, practice, 2, out, as_json=True) == 0
    assert pictures(out, "ann") == [PNG]
    assert pictures(out, "ben") == []
    assert "saved without figures. Run all cells" in (out / "ben" / "51-drawn.html").read_text()
    assert "figures" not in (out / "ann" / "51-drawn.json").read_text()
    assert "note:" not in capsys.readouterr().err


def test_a_cohorts_pages_show_them_also_when_they_are_written_again(pack, walls, cohort, inbox, capsys):
    pack(inbox / "ann" / "51-drawn.tar.gz", "ann", {"image/png": base64.encodebytes(PNG).decode()})

    def grade():
        code = grade_cohort(cohort, lambda: found_in(inbox), How(as_json=True, exercises=("01-add",)))
        return code, capsys.readouterr().err

    assert grade()[0] == 0
    page = cohort.out / "ann" / "51-drawn.html"
    first = page.read_text()
    assert pictures(cohort.out, "ann") == [PNG]
    page.unlink()
    assert grade()[0] == 0  # graded before: the scorecard is the ledger's, the submission the store's
    assert page.read_text() == first


def test_a_submission_that_is_not_there_any_more_costs_the_figures_and_not_the_page(
    pack, walls, practice, tmp_path, capsys
):
    path = pack(tmp_path / "ann.tar.gz", "ann", {"image/png": base64.encodebytes(PNG).decode()})
    out = tmp_path / "out"
    run.grade([Item(path)], practice, 1, out, as_json=True)
    card = scoring.from_line(capsys.readouterr().out)
    (out / "ann" / "51-drawn.html").unlink()
    results = Results(Console(stderr=True, soft_wrap=True), out, as_json=True)
    results.add(card, lambda: Tree({"notebooks/another.ipynb": b"{}"}))
    assert pictures(out, "ann") == []
    said = capsys.readouterr().err
    assert "note: ann: the page shows no figures: the submission has changed since it was graded" in said
