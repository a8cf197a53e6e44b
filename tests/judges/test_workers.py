"""Plain workers: a process each, for a learner's own machine."""

import sys
from pathlib import Path

import pytest

from grader.bridge.session import Budget, Session
from grader.errors import GraderFault
from grader.judges import workers as module
from grader.judges.workers import NO_WORKERS, PlainWorkers, TemporaryFolders
from grader.model import Limits
from grader.tree import Tree


def test_two_plain_workers_know_nothing_of_each_other_and_end():
    workers = PlainWorkers()
    sockets = [workers.new(), workers.new()]
    folders = []
    for sock, word in zip(sockets, ("one", "two"), strict=True):
        session = Session(sock, Limits(check_seconds=60), Budget(120))
        session.put(Tree({"notebooks/mine.py": f"word = {word!r}".encode()}))
        session.enter("notebooks", notebook=True)
        assert session.cell("import os, mine\nplace = os.getcwd()", "c") is None
        assert session.cell("state = mine.word", "c") is None
        assert session.fetch("state") == word
        folders.append(Path(session.fetch("place")))
        assert session.run(["python", "-c", "import mine; print(mine.word)"]).stdout == f"{word}\n".encode()
    assert folders[0] != folders[1]
    workers.drop(sockets[0])
    workers.close()
    assert not any(folder.exists() for folder in folders)


def test_a_worker_that_cannot_start_is_our_fault(monkeypatch):
    workers = PlainWorkers()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(GraderFault, match="no worker could be started"):
        workers.new()
    workers.close()


def test_somebody_else_at_the_door_is_turned_away(monkeypatch, tmp_path):
    stranger = tmp_path / "stranger.py"
    stranger.write_text(
        "#!" + sys.executable + "\nimport socket, sys\n"
        "socket.create_connection(('127.0.0.1', int(sys.argv[3]))).sendall(b'x' * 32)\n"
    )
    stranger.chmod(0o755)
    workers = PlainWorkers()
    monkeypatch.setattr(sys, "executable", str(stranger))
    with pytest.raises(GraderFault, match="another program"):
        workers.new()
    workers.close()


def test_no_workers_gives_none():
    with pytest.raises(GraderFault):
        NO_WORKERS.new()


def test_folders_are_new_and_gone_afterwards():
    folders = TemporaryFolders()
    one, two = Path(folders.new()), Path(folders.new())
    assert one != two
    assert one.is_dir()
    folders.close()
    assert not one.exists()
    assert module.NO_WORKERS is NO_WORKERS
