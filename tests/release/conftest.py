"""A small level with something of everything that learners may not have, its release, and that release installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.catalog.level_file import read_level
from grader.model import Level
from grader.release.secrets import Secrets, secrets_of
from grader.release.writing import assembled, release
from grader.tree import Tree

SMALL = Path(__file__).parents[1] / "levels_small" / "01-small"
RUBRIC = """
[[review]]
id = "memo"
title = "Would you sign it?"
exercise = "01-add"
skill = "numbers"
minimum = 1
[[review.criterion]]
id = "decision"
title = "It says what to add"
points = 1
marks = ["No sum is named, or one that nobody asked for", "The sum is named, with what was left out of it and why"]
"""
# Every draw's truth in a length that can be told from others, and in a format that is no text.
TRUTH = """
    (truth / "steps.json").write_text(json.dumps({"steps": np.cumsum(values).tolist()}))
    np.save(truth / "steps.npy", np.cumsum(draw.random(200)))
"""


@dataclass(frozen=True)
class Kept:
    """A level, what its release holds, and what it must not hold."""

    level: Level
    tree: Tree
    secrets: Secrets
    cases: Path


def with_truth(level: Path) -> None:
    """Give the level a rubric, and a truth of some length."""
    (level / "level.toml").write_text((level / "level.toml").read_text() + RUBRIC)
    code = (level / "generate.py").read_text()
    start = code.index("\n\nif __name__")
    (level / "generate.py").write_text(code[:start] + TRUTH + code[start:])


def own_copy(root: Path) -> Path:
    """A folder ``levels`` of one level for a test to edit; the path is the level's."""
    folder = root / "levels" / "01-small"
    shutil.copytree(SMALL, folder, ignore=shutil.ignore_patterns("__pycache__"))
    with_truth(folder)
    return folder


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("release")
    own_copy(made)
    return made


@pytest.fixture
def own_level(tmp_path: Path) -> Path:
    """The folder of a level that the test may edit."""
    return own_copy(tmp_path)


@pytest.fixture(autouse=True)
def cache(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LADDER_CACHE", str(root / "cache"))


@pytest.fixture(scope="session")
def kept(root: Path) -> Iterator[Kept]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LADDER_CACHE", str(root / "cache"))
        level = read_level(root / "levels" / "01-small")
        secrets = secrets_of([level])
        cases = next((root / "cache" / "cases").iterdir())
        yield Kept(level, assembled([level]), secrets, cases)


@dataclass(frozen=True)
class Installed:
    """A release, and a virtual environment that has it: everything of Ladder comes from the release alone."""

    release: Path
    python: Path
    packages: Path

    def ladder(self, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LADDER_", "PYTHON"))}
        command = [str(self.python.with_name("ladder")), *words]
        return subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def installed(root: Path) -> Installed:
    """Installed by pip from the release's own pyproject.toml, beside the packages that are here anyway."""
    out = root / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LADDER_CACHE", str(root / "cache"))
        release(out, [read_level(root / "levels" / "01-small")])
    home = root / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    paths = json.loads(
        subprocess.check_output([python, "-c", "import json, sysconfig; print(json.dumps(sysconfig.get_paths()))"])
    )
    packages = Path(paths["purelib"])
    # A folder named here is searched; what lies in it to lead on to a checkout (another .pth) is not read.
    (packages / "packages.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    source = root / "unpacked"
    shutil.copytree(out, source)  # pip builds where the source lies
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    subprocess.run(
        [*pip, "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", str(source)], check=True
    )
    return Installed(out, python, packages)
