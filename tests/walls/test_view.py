"""What is planned to be seen inside, as data."""

import os
import sys
from pathlib import Path

import pytest

from grader.walls import view

GRADER = Path(view.__file__).resolve().parents[1]


def targets(plan):
    return {mount.target for mount in plan.mounts}


@pytest.mark.parametrize("role", [view.worker_role(), view.judge_role([])])
def test_never_the_root_nor_a_folder_of_people(role):
    plan = view.plan(role)
    closed = {"/", "/root", "/home", "/opt", "/var", "/srv", "/etc", "/run", "/proc", "/dev", "/tmp", "/mnt"}
    assert closed.isdisjoint({mount.source for mount in plan.mounts})
    assert closed.isdisjoint(targets(plan))


def test_a_worker_gets_no_source_of_levels_or_judges():
    sources = [Path(mount.source) for mount in view.plan(view.worker_role()).mounts]
    hidden = [GRADER.parent / "levels", GRADER / "judges", GRADER / "walls" / "outer.py", GRADER.parent / "datasets"]
    for source in sources:
        assert not any(path.is_relative_to(source) for path in hidden), source


def test_an_environment_that_a_work_folder_would_hide_moves(monkeypatch):
    monkeypatch.setattr(sys, "prefix", "/work/env")
    plan = view.plan(view.worker_role())
    assert view.Mount("/work/env", "/ladder/python") in plan.mounts
    assert plan.python[0].startswith("/ladder/python/bin/")
    assert plan.environment["PATH"].split(":")[:2] == ["/ladder/bin", "/ladder/python/bin"]
    assert plan.place["scripts"] == {
        "from": "/ladder/python/bin", "to": "/ladder/bin", "was": "/work/env/bin/", "is": "/ladder/python/bin/",
    }  # fmt: skip
    assert "/ladder/bin" in plan.locked


def test_an_environment_elsewhere_stays_where_it_is(monkeypatch):
    monkeypatch.setattr(sys, "prefix", "/data/env")
    plan = view.plan(view.worker_role())
    assert view.Mount("/data/env", "/data/env") in plan.mounts
    assert plan.environment["PATH"].startswith("/data/env/bin:")
    assert plan.place["scripts"] is None


def test_a_judge_finds_everything_where_main_finds_it(tmp_path):
    plan = view.plan(view.judge_role([tmp_path]))
    assert {view.Mount(str(GRADER), str(GRADER)), view.Mount(str(tmp_path), str(tmp_path))} <= set(plan.mounts)


def test_the_environment_is_ours_alone(monkeypatch):
    monkeypatch.setenv("LADDER_SECRET", "key")
    plan = view.plan(view.worker_role())
    assert "LADDER_SECRET" not in plan.environment
    assert plan.environment["OMP_NUM_THREADS"] == "1"
    head, _ = view.bubblewrap_options(plan)
    assert "--clearenv" in head
    assert "--share-net" not in head
    assert {"--unshare-user", "--unshare-net", "--unshare-pid", "--unshare-ipc", "--die-with-parent"} <= set(head)


def test_the_root_ends_read_only():
    _, tail = view.bubblewrap_options(view.plan(view.worker_role()))
    assert tail.index("--remount-ro") < tail.index("--chdir")
    assert tail[-4:-2] == ["--remount-ro", "/"]
    links = [tail[place + 1 : place + 3] for place, word in enumerate(tail) if word == "--symlink"]
    assert all(os.readlink(path) == points for points, path in links)  # noqa: PTH115 - unresolved
