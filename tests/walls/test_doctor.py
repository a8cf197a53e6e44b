"""What the doctor says of machines that can and cannot."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from grader.walls import doctor

INSIDE = Path(__file__).parent / "inside"


@pytest.mark.walls
def test_on_a_machine_with_namespaces_all_that_is_required_stands():
    rows = doctor.examine()
    assert [row for row in rows if row.required and not row.ok] == []
    assert next(row for row in rows if row.name == "a worker behind namespaces").ok
    assert all(row.detail for row in rows)


@pytest.mark.walls
def test_on_a_machine_that_refuses_namespaces_grading_refuses_and_the_doctor_names_them():
    done = subprocess.run(
        [sys.executable, str(INSIDE / "refused.py")], capture_output=True, text=True, cwd=INSIDE.parents[2], timeout=120
    )
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert said["code"] == 3
    assert "\n" not in said["said"]
    assert "namespaces failed" in said["said"]
    assert "docker: not installed" in said["said"]
    assert "`ladder doctor`" in said["said"]
    rows = {name: (ok, advice) for name, ok, advice in said["rows"]}
    assert rows["user namespace"][0] is False
    assert rows["user namespace"][1] != ""
    assert rows["a worker behind namespaces"][0] is False
    assert rows["bubblewrap"] == [True, ""] or rows["bubblewrap"][0] is True


@pytest.mark.parametrize(
    ("files", "advice"),
    [
        ({"clone": "0"}, "sysctl kernel.unprivileged_userns_clone=1"),
        ({"most": "0"}, "sysctl user.max_user_namespaces=65536"),
        ({"apparmor": "1"}, "AppArmor"),
        ({"docker": ""}, "seccomp=unconfined"),
        ({"clone": "1", "most": "500", "apparmor": "0"}, "ask whoever runs this machine"),
    ],
)
def test_advice_fits_what_forbids(tmp_path, files, advice):
    for name, text in files.items():
        (tmp_path / name).write_text(text + "\n")
    said = doctor.namespace_advice(*(tmp_path / name for name in ("apparmor", "clone", "most", "docker")))
    assert advice in said
