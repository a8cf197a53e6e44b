"""The notebook as it will be committed: there, and without stored outputs."""

import json
from pathlib import Path

NOTEBOOK = Path(__file__).parents[1] / "report.ipynb"


def test_the_notebook_has_code_and_no_outputs():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert code, "report.ipynb has no code cells"
    assert not any(cell["outputs"] for cell in code), "clear the outputs before you commit"
