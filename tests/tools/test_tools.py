"""`ladder tools install`: what it says and where it stops. The installation itself needs the registries and minutes."""

import stat

import pytest
from click.testing import CliRunner

from grader import tools
from grader.cli import main
from grader.errors import GraderFault, InputError
from grader.tools import n8n


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LADDER_TOOLS", str(tmp_path / "tools"))
    return tools.tools_folder() / "n8n"


def stand_in(folder, answer):
    """An installation whose Node is a shell script: enough for whoever only asks for the version."""
    program = n8n.node(folder)
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    n8n.script(folder).parent.mkdir(parents=True)
    n8n.script(folder).write_text("")


def test_a_tool_that_there_is_not_is_named():
    with pytest.raises(InputError, match="no tool 'hammer'; there are: n8n"):
        tools.install("hammer", print)
    done = CliRunner().invoke(main, ["tools", "install", "hammer"])
    assert done.exit_code == 2 and "no tool 'hammer'" in done.output


def test_what_is_there_is_left_alone(folder):
    stand_in(folder, f"echo {n8n.VERSION}")
    said = []
    assert tools.install("n8n", said.append) == n8n.VERSION
    assert said == [f"n8n {n8n.VERSION} is there: {folder}"]


@pytest.mark.parametrize("answer", ["echo 0.1", "exit 1", "true"])
def test_another_version_or_none_is_not_there(folder, answer):
    stand_in(folder, answer)
    assert n8n.version(folder) != n8n.VERSION


def test_nothing_installed_has_no_version(folder):
    assert n8n.version(folder) is None


def test_what_fails_is_one_line(folder):
    answers = '[ "$1" = --version ] && echo v24.19.0 && exit 0'
    stand_in(folder, f'{answers}\necho "first" >&2; echo "the registry is away" >&2; exit 3')
    with pytest.raises(GraderFault, match="node ended with 3: the registry is away"):
        tools.install("n8n", lambda _: None)
    assert (folder / "app" / "package.json").read_text().count(n8n.VERSION) == 1
