"""The kit that runs a learner's DVC pipeline: on pipelines as learners may hand them in, behind real walls."""

import sys

import pytest

from grader.judges.kits.dvc_imports import Imports, imports
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
    assert (done.said, done.code, done.unseen) == ("", 0, frozenset())
    assert done.loaded == {"first": {"first.py", "words.py"}, "second": {"second.py"}}
    assert submission.files.read("b.txt") == b"one!1"


def first(cmd):
    return PIPELINE.replace(b"python first.py", b'"' + cmd + b'"')


@pytest.mark.walls
@pytest.mark.parametrize(
    "cmd",
    [
        b"PYTHONHASHSEED=0 python first.py",
        b"PYTHONHASHSEED=0 python -m first",
        b"PYTHONHASHSEED=0 PYTHONPATH=lib python3 -m first",
        b"python -u -X utf8 -W ignore first.py",
        b"python%d.%d -um first" % sys.version_info[:2],
        b"python -c 'import subprocess, sys; sys.exit(subprocess.call([sys.executable, *sys.argv[1:]]))' first.py",
        b"python -c 'import os, sys; os.execv(sys.executable, [sys.executable, *sys.argv[1:]])' first.py",
    ],
)
def test_a_cold_start_says_what_it_has_loaded(handed_in, cmd):
    submission = handed_in({**FILES, "dvc.yaml": first(cmd)})
    (done,) = Pipeline(submission).do(dvc("repro"))
    assert (done.said, done.code, done.unseen) == ("", 0, frozenset())
    assert {path for path in done.loaded["first"] if path.endswith(".py")} == {"first.py", "words.py"}
    assert submission.files.read("b.txt") == b"one1"


@pytest.mark.walls
@pytest.mark.parametrize("folder", ["", "lib:", "lib:./more:"])
def test_a_sitecustomize_of_the_learners_is_not_disturbed(handed_in, folder):
    told = b"""
import sys, words, sitecustomize
here = [path for path in sys.path if "dvc-" in path]
open("a.txt", "w").write(f"{words.FOR['first']} {getattr(sitecustomize, 'SAID', 0)} {here}")
"""
    files = {"dvc.yaml": first(f"PYTHONHASHSEED=0 PYTHONPATH={folder}$PYTHONPATH python first.py".encode()),
             "first.py": told, "lib/sitecustomize.py": b"import late\nSAID = 7\n", "lib/late.py": b""}  # fmt: skip
    submission = handed_in({**FILES, **files})
    (done,) = Pipeline(submission).do(dvc("repro", "first"))
    assert (done.said, done.code, done.unseen) == ("", 0, frozenset())
    theirs = {"lib/sitecustomize.py", "lib/late.py"} if folder else set()
    assert done.loaded == {"first": {"first.py", "words.py"} | theirs}
    assert submission.files.read("a.txt") == (b"one 7 []" if folder else b"one 0 []")


@pytest.mark.walls
def test_an_error_in_a_sitecustomize_of_the_learners_is_said_as_ever(handed_in):
    pipeline = first(b"PYTHONHASHSEED=0 PYTHONPATH=lib python first.py")
    submission = handed_in({**FILES, "dvc.yaml": pipeline, "lib/sitecustomize.py": b"1 / 0\n"})
    (done,) = Pipeline(submission).do(dvc("repro", "first"))
    assert done.code == 0 and done.loaded == {"first": {"first.py", "words.py"}}
    assert "ZeroDivisionError: division by zero" in done.err


@pytest.mark.walls
@pytest.mark.parametrize("options", [b"-E", b"-I -S", b"-S"])
def test_who_does_not_look_for_it_is_unseen(handed_in, options):
    script = b"open('a.txt', 'w').write('one')\n"
    submission = handed_in({**FILES, "dvc.yaml": first(b"python " + options + b" first.py"), "first.py": script})
    (done,) = Pipeline(submission).do(dvc("repro"))
    assert (done.said, done.code) == ("", 0)
    assert done.unseen == {"first"} and done.loaded == {"second": {"second.py"}}


@pytest.mark.walls
@pytest.mark.parametrize("before", [b"", b"PYTHONHASHSEED=0 "], ids=["warm", "cold"])
def test_who_ends_without_a_word_is_unseen(handed_in, before):
    script = b"import os, words\nwith open('a.txt', 'w') as out:\n    out.write('one')\nos._exit(0)\n"
    pipeline = first(before + b"python -m first && " + before + b"python other.py")
    submission = handed_in({**FILES, "dvc.yaml": pipeline, "first.py": script, "other.py": b""})
    (done,) = Pipeline(submission).do(dvc("repro", "first"))
    assert (done.said, done.code) == ("", 0)
    assert done.unseen == {"first"} and done.loaded == {"first": {"other.py"}}


TEXTS = {
    "shop/__init__.py": "from shop import names\n",
    "shop/names.py": "",
    "shop/sell.py": "import json, shop.price\nfrom .stock import count\n\ndef plot():\n    from shop import paint\n",
    "shop/price.py": "try:\n    import shop.fast\nexcept ImportError:\n    pass\n",
    "shop/stock.py": "from . import (bins)\n",
    "shop/bins.py": "", "shop/fast.py": "", "shop/paint.py": "", "shop/app.py": "import shop.sell\n",
    "shop/__main__.py": "import shop.app\n",
    "bin/sell.py": "import till\n", "bin/till.py": "", "till.py": "",
    "broken.py": "def\n",
    "loads.py": "import shop.names\nfrom importlib import import_module\n",
}  # fmt: skip
SOLD = {f"shop/{name}.py" for name in ("__init__", "names", "sell", "price", "stock", "bins")}


@pytest.mark.parametrize(
    ("cmd", "surely", "more"),
    [
        ("PYTHONHASHSEED=0 python -m shop.sell shop.app data/app.csv", SOLD, {"shop/fast.py", "shop/paint.py"}),
        ("echo\npython3 -um shop.sell", SOLD, {"shop/fast.py", "shop/paint.py"}),
        ("python -mshop.names && python ./bin/sell.py", {"shop/__init__.py", "shop/names.py", "bin/sell.py",
                                                         "bin/till.py", "till.py"}, set()),
        ("python -m shop", {*SOLD, "shop/app.py", "shop/__main__.py"}, {"shop/fast.py", "shop/paint.py"}),
        ("python loads.py", {"loads.py", "shop/__init__.py", "shop/names.py"}, set(TEXTS)),
        ("python broken.py", {"broken.py"}, set(TEXTS)),
        ("make shop.app", set(), set(TEXTS)),
        ("", set(), set(TEXTS)),
    ],
)  # fmt: skip
def test_imports_are_read_from_the_text(cmd, surely, more):
    assert imports(TEXTS, cmd) == Imports(frozenset(surely), frozenset(surely | more))


def test_a_lock_has_the_commands():
    assert read_lock(b"stages: {a: {cmd: x y}, b: {cmd: [x, y]}, c: {}}")["b"].cmd == "x\ny"


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
