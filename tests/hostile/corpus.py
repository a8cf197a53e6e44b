"""The attacks as they lie in `attacks/`, and how each becomes a submission.

An attack is a folder: `attack.toml` says what it tries, beside it lie `cells.py` (solution cells by grade_id), a folder
`tool/` laid over the repo, or `build.py` with ``build(make)`` that returns a tree or the bytes of an archive.
"""

import json
import runpy
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from grader import intake
from grader.content import variant
from grader.model import Level
from grader.tree import Tree
from grader.workspace.pack import archive_of

ATTACKS = Path(__file__).parent / "attacks"
_KEYS = {"tries", "family", "exercise", "rest", "earns", "refused", "because"}


@dataclass(frozen=True)
class Attack:
    """``earns`` is what its honest part is worth, to the point; ``rest`` is what it leaves as it is: the untouched
    starter (so that any point is unearned) or the reference. ``refused``: intake must not take it."""

    name: str
    folder: Path
    tries: str
    family: str
    exercise: str
    rest: str = "starter"
    earns: float = 0.0
    refused: bool = False
    because: str = ""  # why it earns what it earns, where that is not nothing


def read_attacks():
    """Every attack, by name."""
    return [_read(folder) for folder in sorted(ATTACKS.iterdir()) if (folder / "attack.toml").is_file()]


def _read(folder):
    table = tomllib.loads((folder / "attack.toml").read_text())
    assert table.keys() <= _KEYS, f"{folder.name}: does not know {sorted(table.keys() - _KEYS)}"
    assert bool(table.get("earns")) == bool(table.get("because")), f"{folder.name}: points need a reason"
    return Attack(folder.name, folder, **table)


@dataclass(frozen=True)
class Workshop:
    """What attacks are made with: honest workspaces to spoil, and what a well-informed attacker knows of the machine.

    ``words`` replaces ``@@WORD@@`` in an attack's text: paths of the canaries, ports, process ids.
    """

    level: Level
    starter: Tree
    reference: Tree
    words: dict[str, str]
    inbox: Path
    base: Tree = field(default_factory=lambda: Tree({}))

    @classmethod
    def open(cls, level, words, inbox):
        starter = variant.starter_tree(level)
        reference = starter
        for exercise in level.exercises:
            solved = variant.reference_tree(level, exercise)
            reference = solved.laid_over(reference.without(exercise.id))
        return cls(level, starter, reference, words, inbox)

    def text(self, text):
        for word, value in self.words.items():
            text = text.replace(f"@@{word}@@", value)
        return text

    def notebook(self, tree=None):
        """The notebook of a workspace as the JSON document it is."""
        return json.loads((self.base if tree is None else tree).files[self.notebook_path])

    @property
    def notebook_path(self):
        return f"notebooks/{next(e.id for e in self.level.exercises if e.kind == 'notebook')}.ipynb"

    def with_notebook(self, document):
        """The base with another notebook: a document, or its bytes."""
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        return Tree({self.notebook_path: data}).laid_over(self.base)

    def with_cells(self, cells):
        """The base with these answers, by grade_id."""
        document = self.notebook()
        for cell in document["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if grade_id in cells:
                cell["source"] = cells[grade_id]
        return self.with_notebook(document)

    def with_files(self, files, executable=()):
        return Tree(files, frozenset(executable)).laid_over(self.base)

    def pack(self, tree):
        return archive_of(tree.placed("workspace"))

    def submission(self, attack, mark):
        """The clean tree of an attack, by the way every submission goes: packed and taken in. InputError if refused."""
        make = Workshop(
            self.level,
            self.starter,
            self.reference,
            {**self.words, "MARK": mark},
            self.inbox,
            self.reference if attack.rest == "reference" else self.starter,
        )
        made = _made(attack, make)
        data = made if isinstance(made, bytes) else make.pack(made)
        file = self.inbox / attack.name / f"{self.level.id}.{'zip' if data[:2] == b'PK' else 'tar.gz'}"
        file.parent.mkdir(parents=True)
        file.write_bytes(data)
        try:
            return intake.read_submission(file, self.level.id).tree
        finally:
            file.unlink()


def _made(attack, make):
    if (attack.folder / "build.py").is_file():
        return runpy.run_path(str(attack.folder / "build.py"))["build"](make)
    tree = make.base
    if (attack.folder / "cells.py").is_file():
        cells = variant.read_cells(attack.folder / "cells.py")
        tree = make.with_cells({name: make.text(code) for name, code in cells.items()})
    overlay = attack.folder / attack.exercise
    if overlay.is_dir():
        files = Tree.read(overlay, skip=frozenset({"__pycache__"}))
        texts = {path: make.text(data.decode()).encode() for path, data in files.files.items()}
        tree = Tree(texts, files.executable).placed(attack.exercise).laid_over(tree)
    return tree
