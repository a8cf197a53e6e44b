"""`ladder tools install`: what it says and where it stops. The installation itself needs the registries and minutes."""

import stat

import pytest
from click.testing import CliRunner

from grader import installer
from grader.cli import main
from grader.errors import GraderFault, InputError
from grader.installer.n8n import version
from grader.tools import n8n, tools_folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LADDER_TOOLS", str(tmp_path / "tools"))
    return tools_folder() / "n8n"


def stand_in(folder, answer):
    """An installation whose Node is a shell script: enough for whoever only asks for the version."""
    program = n8n.node(folder)
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    n8n.script(folder).parent.mkdir(parents=True)
    n8n.script(folder).write_text("")
    n8n.database(n8n.empty(folder)).parent.mkdir(parents=True)
    n8n.database(n8n.empty(folder)).write_bytes(b"")


def test_a_tool_that_there_is_not_is_named():
    with pytest.raises(InputError, match="no tool 'hammer'; there are: n8n"):
        installer.install("hammer", print)
    done = CliRunner().invoke(main, ["tools", "install", "hammer"])
    assert done.exit_code == 2 and "no tool 'hammer'" in done.output


def test_what_is_there_is_left_alone(folder):
    stand_in(folder, f"echo {n8n.VERSION}")
    said = []
    assert installer.install("n8n", said.append) == n8n.VERSION
    assert said == [f"n8n {n8n.VERSION} is there: {folder}"]


def test_an_installation_without_a_database_gets_one(folder):
    """As it was before there was one, or was cut short; a worker, another user, has to be able to read it."""
    makes = 'mkdir -m 700 -p "$N8N_USER_FOLDER/.n8n" && echo tables > "$N8N_USER_FOLDER/.n8n/database.sqlite"'
    stand_in(folder, f'[ "$2" = list:workflow ] && {makes}; echo {n8n.VERSION}')
    made = n8n.database(n8n.empty(folder))
    made.unlink()
    assert installer.install("n8n", lambda _: None) == n8n.VERSION
    assert made.read_text() == "tables\n"
    assert {path.stat().st_mode & 0o055 for path in (made.parent, made.parent.parent)} == {0o055}
    assert not (folder / "empty.begun").exists()


def test_a_database_that_is_not_made_is_said(folder):
    stand_in(folder, f"echo {n8n.VERSION}")
    n8n.database(n8n.empty(folder)).unlink()
    with pytest.raises(GraderFault, match="makes no database"):
        installer.install("n8n", lambda _: None)


def test_a_tool_is_run_with_its_arguments_and_a_folder_of_its_own(folder, capfd):
    stand_in(folder, 'shift; echo "$@ in $N8N_USER_FOLDER"; exit 4')
    done = CliRunner().invoke(main, ["tools", "run", "n8n", "execute", "--id=7", "--help"])
    assert done.exit_code == 4
    assert capfd.readouterr().out == f"execute --id=7 --help in {n8n.user(folder)}\n"


def test_what_is_not_installed_is_not_run(folder):
    done = CliRunner().invoke(main, ["tools", "run", "n8n"])
    assert done.exit_code == 3 and "ladder tools install n8n" in done.output


@pytest.mark.parametrize("answer", ["echo 0.1", "exit 1", "true"])
def test_another_version_or_none_is_not_there(folder, answer):
    stand_in(folder, answer)
    assert version(folder) != n8n.VERSION


def test_nothing_installed_has_no_version(folder):
    assert version(folder) is None


def test_what_fails_is_one_line(folder):
    answers = '[ "$1" = --version ] && echo v24.19.0 && exit 0'
    stand_in(folder, f'{answers}\necho "first" >&2; echo "the registry is away" >&2; exit 3')
    with pytest.raises(GraderFault, match="node ended with 3: the registry is away"):
        installer.install("n8n", lambda _: None)
    assert (folder / "app" / "package.json").read_text().count(n8n.VERSION) == 1
