"""The kit that runs a learner's DVC pipeline: on pipelines as learners may hand them in, behind real walls."""

import pytest

from grader.judges.kits.dvc_pipeline import (
    BadPipeline,
    Did,
    Pipeline,
    add,
    drop,
    dvc,
    env,
    flat,
    put,
    read_lock,
    read_yaml,
)
from grader.model import Limits

LIMITS = Limits(seconds=300, check_seconds=60)
FIRST = b"import os, sys, words\nopen('a.txt', 'w').write(words.FOR['first'] + os.environ.get('MORE', ''))\n"
SECOND = b"""
import yaml
n = yaml.safe_load(open("params.yaml"))["n"]
open("b.txt", "w").write(open("a.txt").read() + str(n))
"""
PIPELINE = b"""
stages:
  first:
    cmd: python first.py
    deps: [first.py, words.py]
    outs: [a.txt]
  second:
    cmd:
      - python3 second.py
      - echo done
    deps: [a.txt, second.py]
    params: [n]
    outs: [b.txt]
"""
FILES = {
    ".dvc/config": b"[core]\n no_scm = true\n",
    "first.py": FIRST,
    "second.py": SECOND,
    "words.py": b"FOR = {'first': 'one'}\n",
    "params.yaml": b"n: 1\n",
    "dvc.yaml": PIPELINE,
}


@pytest.mark.walls
def test_what_runs_again_is_seen(handed_in):
    submission = handed_in(FILES)
    made, nothing, other, touched, stale, shown = Pipeline(submission).do(
        dvc("repro"), dvc("repro"), put("params.yaml", b"n: 2\n"), dvc("repro"), add("words.py", "# more\n"),
        dvc("status", "--json"))  # fmt: skip
    assert (made.said, made.code, made.ran, nothing.ran) == ("", 0, ("first", "second"), ())
    assert made.loaded == {"first": {"first.py", "words.py"}, "second": {"second.py"}}
    assert other == Did() and touched.ran == ("second",) and stale == Did()
    assert shown.json == {"first": [{"changed deps": {"words.py": "modified"}}]}
    assert submission.files.read("b.txt") == b"one2"
    assert submission.files.list(".dvc/cache/**/*") == []  # its cache lies elsewhere


@pytest.mark.walls
def test_another_worker_goes_on_from_a_kept_state(handed_in):
    first = handed_in(FILES)
    _, state = Pipeline(first).keep(dvc("repro"))
    lock = read_lock(first.files.read("dvc.lock"))
    assert lock["second"].params == {"n": 1} and set(lock["second"].deps) == {"a.txt", "second.py"}
    second = handed_in(FILES)
    pipeline = Pipeline(second)
    again, gone, back = pipeline.do(dvc("repro"), drop("a.txt", "*.lock"), dvc("repro"), state=state)
    assert (again.code, again.ran, gone) == (0, (), Did())
    assert back.ran == ("first", "second") or back.ran == ()  # what DVC kept may be taken out again
    assert read_lock(second.files.read("dvc.lock"))["first"].outs == lock["first"].outs


@pytest.mark.walls
def test_another_environment_starts_cold_and_is_handed_on(handed_in):
    submission = handed_in(FILES)
    *_, done = Pipeline(submission).do(env(MORE="!", PYTHONHASHSEED="7"), dvc("repro"))
    assert done.code == 0 and done.loaded == {} and submission.files.read("b.txt") == b"one!1"


@pytest.mark.walls
@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"dvc.yaml": PIPELINE.replace(b"[first.py, words.py]", b"[first.py, b.txt]")}, 255,
         "Same item(s) are defined as both a dependency and an output in stages"),
        ({"first.py": b"import urllib.request\nurllib.request.urlopen('http://192.0.2.7', timeout=5)\n"}, 255,
         "exited with 1; before that: urllib.error.URLError: <urlopen error [Errno 101] Network is unreachable>"),
        ({"first.py": b"open('/usr/local/left-behind', 'w')\n"}, 255, "Read-only file system"),
        ({"dvc.yaml": b"stages: [1, 2]\n"}, 255, "'./dvc.yaml' validation failed."),
        ({"dvc.yaml": PIPELINE.replace(b"python first.py", b"echo nothing")}, 255, "output 'a.txt' does not exist"),
        ({".dvc/config": b"[core\n"}, 251, ""),
    ],
    ids=["a cycle", "asks the network", "writes outside", "no stages", "makes nothing", "broken settings"],
)  # fmt: skip
def test_what_does_not_run_says_why(handed_in, changes, code, said):
    submission = handed_in({**FILES, **changes})
    (done,) = Pipeline(submission).do(dvc("repro"))
    assert done.code == code and said in done.said, done.said


@pytest.mark.walls
def test_no_repository_of_dvcs_is_said(handed_in):
    submission = handed_in({path: data for path, data in FILES.items() if path != ".dvc/config"})
    (done,) = Pipeline(submission).do(dvc("repro"))
    assert done.code == 253 and "not inside of a DVC repository" in done.said


@pytest.mark.walls
def test_a_stage_that_never_ends_is_ended(handed_in):
    submission = handed_in({**FILES, "second.py": b"import time\ntime.sleep(600)\n"})
    with pytest.raises(BadPipeline, match="did not end in time; the stage 'second' was running"):
        Pipeline(submission).do(dvc("repro", seconds=6))


@pytest.mark.walls
def test_a_stage_that_ends_the_driver_is_said(handed_in):
    submission = handed_in({**FILES, "dvc.yaml": PIPELINE.replace(b"python first.py", b"kill -9 $PPID")})
    with pytest.raises(BadPipeline, match="the program that runs DVC was ended"):
        Pipeline(submission).do(dvc("repro"))


@pytest.mark.parametrize("data", [b"", b"[]", b"stages: 7", b"stages: {a: 7}", b"a: &b [*b]", b"\xff", b"x: [" * 3000])
def test_what_is_no_lock_is_refused(data):
    with pytest.raises(BadPipeline, match="dvc.lock"):
        read_lock(data)


def test_names_have_dots():
    assert flat({"a": {"b": 1, "c": {"d": 2}}, "e": [3]}) == {"a.b": 1, "a.c.d": 2, "e": [3]}
    assert read_yaml(b"a: 1", "it") == {"a": 1}
    with pytest.raises(BadPipeline, match="2 MB"):
        read_yaml(b" " * (2 << 20), "it")
