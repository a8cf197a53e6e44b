"""What the checks of delay-report share: the desk that runs a submission, and the history read commit by commit."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass
from typing import Any

import pytest

RUN_ALL = ".restart-and-run-all.py"
# Runs a notebook's code cells in order in one new process, as a fresh kernel would, and says on its last line what
# they showed. No kernel is started: that would cost seconds and a socket for the same answer.
RUN_ALL_SOURCE = '''
import json, os, sys

os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

config = Config()
config.HistoryManager.enabled = False
shell = InteractiveShell.instance(config=config)
sys.modules["__main__"] = shell.user_module  # as a kernel has it: processes look the notebook's functions up there
problem, shown = None, []
with open(sys.argv[1], encoding="utf-8") as file:
    cells = json.load(file)["cells"]
for number, cell in enumerate(cells, 1):
    if cell["cell_type"] != "code":
        continue
    with capture_output() as captured:
        result = shell.run_cell("".join(cell["source"]), store_history=True)
    shown.append([captured.stdout, *(str(output.data.get("text/plain", "")) for output in captured.outputs)])
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        problem = {"cell": number, "error": f"{type(error).__name__}: {error}"[:200]}
        break
sys.__stdout__.write("\\n" + json.dumps({"problem": problem, "shown": shown}) + "\\n")
sys.__stdout__.flush()
'''


@dataclass(frozen=True)
class Month:
    """One generated month: the two files of RAW, and what only the judge knows about them."""

    flights: bytes
    airports: bytes
    rows: dict[tuple[str, str], dict[str, Any]]  # by (origin, carrier)
    summary: dict[str, Any]
    token: str

    @property
    def charters(self) -> set[tuple[str, str]]:
        """The groups that careless code loses: the airline NA, the airport without a name."""
        return {key for key, row in self.rows.items() if key[1] == "NA" or row["airport"] == key[0]}

    @property
    def left(self) -> set[tuple[str, str]]:
        """The groups of which at least one flight left."""
        return {key for key, row in self.rows.items() if row["mean_delay"] is not None}


class Desk:
    """Runs the submitted package and notebook the way the README says, and reads what they wrote."""

    def __init__(self, submission: Any) -> None:
        self._submission = submission

    def month(self, n: int) -> Month:
        """Draw ``n`` of the learner's data; 0 is their own."""
        case = self._submission.fresh(n)
        truth = json.loads((case.truth / "report.json").read_text(encoding="utf-8"))
        return Month(
            (case.data / "raw" / "flights.csv").read_bytes(),
            (case.data / "raw" / "airports.csv").read_bytes(),
            {(row["origin"], row["carrier"]): row for row in truth["rows"]},
            truth["summary"],
            truth["token"],
        )

    def lay(self, month: Month, raw: str, flights: bytes | None = None) -> None:
        """Write a RAW folder into the worker; ``flights`` in place of the month's own."""
        self._submission.files.write(f"{raw}/flights.csv", month.flights if flights is None else flights)
        self._submission.files.write(f"{raw}/airports.csv", month.airports)

    def run(self, raw: str, out: str) -> Any:
        return self._submission.run(["python", "-m", "delay_report", raw, out])

    def report(self, raw: str, out: str, tried: str) -> bytes:
        """Run the command; the bytes of its report. Fails the check if it ends badly or writes none."""
        done = self.run(raw, out)
        said = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["nothing on stderr"])[-1][:200]
        assert done.returncode == 0, (
            f"Tried: {tried}.\n"
            f"Came: `python -m delay_report RAW OUT` ended with exit code {done.returncode} ({said}).\n"
            "Look: main() in delay_report/__main__.py; its docstring says what has to happen.")
        assert self._submission.files.exists(f"{out}/report.csv"), (
            f"Tried: {tried}.\n"
            "Came: exit code 0, and no report.csv in OUT.\n"
            "Look: where main() writes; OUT is its second argument, and may not exist yet.")
        return self._submission.files.read(f"{out}/report.csv")

    def rows(self, report: bytes, columns: list[str], tried: str) -> dict[tuple[str, str], dict[str, str]]:
        """The report's rows by (origin, carrier); fails the check without ``columns`` or with a group twice."""
        lines = csv.DictReader(io.StringIO(report.decode("utf-8", "replace"), newline=""))
        missing = [column for column in columns if column not in (lines.fieldnames or [])]
        assert not missing, (
            f"Tried: {tried}.\n"
            f"Came: a report without the column {', '.join(missing)}.\n"
            "Look: the table of columns in the README, and which columns each side of the merge brings.")
        rows: dict[tuple[str, str], dict[str, str]] = {}
        for line in lines:
            key = (line["origin"] or "", line["carrier"] or "")
            assert key not in rows, (
                f"Tried: {tried}.\n"
                f"Came: more than one row for origin {key[0]!r} and carrier {key[1]!r}.\n"
                "Look: what the rows are grouped by.")
            rows[key] = line
        return rows

    def months_worth(self, report: bytes, month: Month, tried: str) -> None:
        """Fails the check unless the report has mean delays for most of the month: an empty one proves nothing."""
        rows = self.rows(report, ["origin", "carrier", "mean_delay"], tried)
        means = [number(rows[key]["mean_delay"]) for key in month.left if key in rows]
        found = [mean for mean in means if mean is not None]
        assert len(found) >= 0.8 * len(month.left) and len(set(found)) > 1, (
            f"Tried: {tried}.\n"
            f"Came: a report with a mean_delay for {len(found)} pairs of airport and airline, of {len(month.left)}.\n"
            "Look: a plain month first; this check builds on it.")

    def restart_and_run_all(self, month: Month, tried: str) -> tuple[list[list[str]], dict[str, Any]]:
        """Run report.ipynb in a fresh process on ``month``: what its cells showed, and out/summary.json."""
        files = self._submission.files
        assert files.exists("report.ipynb"), (
            f"Tried: {tried}.\n"
            "Came: there is no report.ipynb.\n"
            "Look: make it beside the README, from the one in handover/.")
        for path in files.list("out/**/*"):
            files.remove(path)
        self.lay(month, "raw")
        files.write(RUN_ALL, RUN_ALL_SOURCE.encode())
        done = self._submission.run(["python", RUN_ALL, "report.ipynb"])
        try:
            told = json.loads(done.stdout.decode("utf-8", "replace").strip().splitlines()[-1])
            problem, shown = told["problem"], told["shown"]
        except (ValueError, LookupError, TypeError):
            problem, shown = {"cell": "?", "error": f"the process ended with exit code {done.returncode}"}, []
        assert problem is None, (
            f"Tried: {tried}.\n"
            f"Came: cell {problem['cell']} failed: {problem['error']}\n"
            "Look: does the cell need a name whose cell is gone, or a path that only one machine has?")
        assert files.exists("out/summary.json"), (
            f"Tried: {tried}.\n"
            "Came: every cell ran, and there is no out/summary.json.\n"
            "Look: the notebook's part of the README; the folder out/ is not in a clone, so make it.")
        try:
            summary = json.loads(files.read("out/summary.json"))
        except ValueError:
            summary = None
        assert isinstance(summary, dict), (
            f"Tried: {tried}.\n"
            "Came: out/summary.json is no JSON object.\n"
            "Look: json.dumps of one dict, with the keys of the README.")
        return shown, summary


def number(text: str | None) -> float | None:
    """A finite number of a report's field, or None for anything else."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


@pytest.fixture
def desk(submission: Any) -> Desk:
    return Desk(submission)


@pytest.fixture
def as_number() -> Any:
    return number
