"""Commands as the judge runs them, against what a cold interpreter does with the same command line."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.bridge import process

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="warm starts need fork")

# Every process here is started from one that is as warm as a worker: it has imported and used what workers preload.
FORKER = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
from pathlib import Path
import numpy, random, tempfile, weakref, concurrent.futures
numpy.random.seed(0)
kept = tempfile.TemporaryDirectory()
from grader.bridge import process
for line in sys.stdin:
    order = json.loads(line)
    done = process.run(order["argv"], stdin=order["stdin"].encode(), env=order["env"], seconds=order["seconds"],
                       keep=order["keep"], folder=Path(order["folder"]))
    done["stdout"], done["stderr"] = done["stdout"].hex(), done["stderr"].hex()
    done["kept"] = Path(kept.name).is_dir()
    print(json.dumps(done), flush=True)
"""


class Warm:
    def __init__(self):
        import json

        self._json = json
        self._process = subprocess.Popen(
            [sys.executable, "-c", FORKER, json.dumps([str(Path(process.__file__).parents[2])])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "LANG": "C.UTF-8"},
        )

    def run(self, argv, folder, stdin="", env=None, seconds=20.0, keep=1 << 20):
        order = {
            "argv": argv,
            "stdin": stdin,
            "env": env or {},
            "seconds": seconds,
            "keep": keep,
            "folder": str(folder),
        }
        self._process.stdin.write(self._json.dumps(order) + "\n")
        self._process.stdin.flush()
        done = self._json.loads(self._process.stdout.readline())
        assert done.pop("kept"), "a program must not clean up what belongs to the worker"
        return {**done, "stdout": bytes.fromhex(done["stdout"]), "stderr": bytes.fromhex(done["stderr"])}

    def close(self):
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


@pytest.fixture(scope="module")
def warm():
    held = Warm()
    yield held
    held.close()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("where = 'here'\n")
    (tmp_path / "pkg" / "__main__.py").write_text(
        "import sys, pkg\nprint(sys.argv[1:], pkg.where, __name__, __package__)\n"
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "beside.py").write_text("value = 7\n")
    (tmp_path / "sub" / "script.py").write_text(
        "import sys, os, beside\nprint(sys.argv, __file__, __name__, os.getcwd() == os.environ['HERE'], beside.value)\n"
    )
    return tmp_path


PICKLES = "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)"
THREADS = "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.2), print('late'))).start()"
EXITS = "import atexit, tempfile\natexit.register(print, 'bye')\nt = tempfile.TemporaryDirectory()\nprint('end')"
POOL = "import concurrent.futures as c\np = c.ThreadPoolExecutor()\np.submit(lambda: print('in pool'))"
FINAL = "import sys\nsys.__stdout__.write('a')\nsys.stdout.write('b')\nsys.stderr.write('c')"
CHILDREN = "import multiprocessing as m\nif __name__ == '__main__':\n    with m.get_context('fork').Pool(2) as p: print(p.map(abs, [-1, 2]))"  # noqa: E501
RESOURCE = "import sys\nprint(sys.path[0], sys.modules['__main__'].__dict__ is globals(), '__file__' in globals())"

SAME = {
    "module": ["python", "-m", "pkg", "a", "-b"],
    "script": ["python", "sub/script.py", "x"],
    "code": ["python", "-c", "import sys; print(sys.argv, __name__)", "y"],
    "code sees its main": ["python", "-c", RESOURCE],
    "exit code": ["python", "-c", "import sys; sys.exit(7)"],
    "exit code above a byte": ["python", "-c", "import sys; sys.exit(258)"],
    "exit with words": ["python", "-c", "import sys; sys.exit('sorry')"],
    "exit with nothing": ["python", "-c", "import sys; sys.exit()"],
    "exit at once": ["python", "-c", "import os; print('lost'); os._exit(3)"],
    "signal": ["python", "-c", "import os; os.kill(os.getpid(), 9)"],
    "stdin": ["python", "-c", "import sys; print(sys.stdin.read()[::-1])"],
    "stdin by line": ["python", "-c", "print(input() + '|' + input())"],
    "odd bytes": ["python", "-c", r"import sys; print('\udcff'); sys.stdout.buffer.write(b'\xfe')"],
    "environment": ["python", "-c", "import os; print(os.environ.get('MINE'), os.environ.get('HOME'))"],
    "pickles its classes": ["python", "-c", PICKLES],
    "waits for threads": ["python", "-c", THREADS],
    "calls what was registered": ["python", "-c", EXITS],
    "waits for a pool": ["python", "-c", POOL],
    "both streams": ["python", "-c", FINAL],
    "processes": ["python", "-c", CHILDREN],
    "exit in a registered function": ["python", "-c", "import atexit, os\natexit.register(os._exit, 5)"],
    "no such script": ["python", "nowhere.py"],
    "folder without main": ["python", "sub"],
    "package folder": ["python", "pkg"],
    "interpreter's options": ["python", "-I", "-c", "print('isolated')"],
    "no Python": ["python", "-c", "if"],
    "no arguments": ["python"],
    "-c alone": ["python", "-c"],
    "other program": ["cat"],
}


def cold(argv, folder, stdin, env):
    return subprocess.run(
        [sys.executable if argv[0] == "python" else argv[0], *argv[1:]],
        cwd=folder,
        input=stdin.encode(),
        capture_output=True,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **env},
    )


@pytest.mark.parametrize("what", SAME)
def test_a_warm_program_does_what_a_cold_one_does(warm, folder, what):
    env = {"MINE": "yes", "HERE": str(folder)}
    wanted = cold(SAME[what], folder, "one\ntwo\n", env)
    came = warm.run(SAME[what], folder, "one\ntwo\n", env)
    assert came["stdout"] == wanted.stdout
    assert came["returncode"] == wanted.returncode
    assert bool(came["stderr"]) == bool(wanted.stderr)


@pytest.mark.parametrize("argv", [["python", "-c", "1/0"], ["python", "-m", "pkg.fails"], ["python", "fails.py"]])
def test_a_traceback_shows_the_program_and_nothing_of_ours(warm, folder, argv):
    (folder / "fails.py").write_text("def go():\n    1/0\ngo()\n")
    (folder / "pkg" / "fails.py").write_text("def go():\n    1/0\ngo()\n")
    came = warm.run(argv, folder)
    assert came["returncode"] == 1
    assert came["stderr"].strip().endswith(b"ZeroDivisionError: division by zero")
    assert b"bridge" not in came["stderr"]
    assert b"_interpret" not in came["stderr"]


def test_no_such_module_is_said(warm, folder):
    came = warm.run(["python", "-m", "nowhere"], folder)
    assert came["returncode"] == 1
    assert b"No module named nowhere" in came["stderr"] or b"No module named 'nowhere'" in came["stderr"]


def test_each_run_draws_its_own_random_numbers(warm, folder):
    argv = ["python", "-c", "import random, numpy; print(random.random(), numpy.random.rand())"]
    one, other = warm.run(argv, folder)["stdout"].split(), warm.run(argv, folder)["stdout"].split()
    assert one[0] != other[0]
    assert one[1] != other[1]


def test_a_hash_seed_is_honoured(warm, folder):
    argv = ["python", "-c", "print(hash('a'))"]
    said = {warm.run(argv, folder, env={"PYTHONHASHSEED": seed})["stdout"] for seed in ("1", "1", "2")}
    assert len(said) == 2


def test_modules_are_read_anew_after_a_file_changed(warm, folder):
    for value in ("one", "three", "eleven"):
        (folder / "pkg" / "__init__.py").write_text(f"where = '{value}'\n")
        assert value.encode() in warm.run(["python", "-m", "pkg"], folder)["stdout"]


def test_pythonpath_counts(warm, folder):
    came = warm.run(["python", "-c", "import beside; print(beside.value)"], folder, env={"PYTHONPATH": "sub"})
    assert came["stdout"] == b"7\n"


def test_a_command_that_is_not_there_is_127(warm, folder):
    came = warm.run(["no-such-command"], folder)
    assert came["returncode"] == 127
    assert b"no-such-command" in came["stderr"]


def test_a_file_that_cannot_be_run_is_an_answer_too(warm, folder):
    (folder / "text.txt").write_text("words")
    assert warm.run(["./text.txt"], folder)["returncode"] in (126, 127)


def gone(pid):
    for _ in range(200):
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return True
        if ") Z " in stat:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("argv", [["python", "sleeps.py"], ["sh", "-c", "sleep 300 & echo $! > child; sleep 300"]])
def test_time_out_kills_the_command_and_its_children(warm, folder, argv):
    (folder / "sleeps.py").write_text(
        "import subprocess, time, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '300'])\nopen('child', 'w').write(str(child.pid))\ntime.sleep(300)\n"
    )
    came = warm.run(argv, folder, seconds=1.5)
    assert came["returncode"] is None
    assert gone(int((folder / "child").read_text()))


def test_a_gigabyte_of_output_is_cut_and_does_not_hang(warm, folder):
    code = "import os\nblock = b'x' * (1 << 20)\nfor _ in range(1024): os.write(1, block)\nos.write(2, b'done')"
    came = warm.run(["python", "-c", code], folder, keep=1000, seconds=60)
    assert came["returncode"] == 0
    assert came["stdout"] == b"x" * 1000
    assert came["stderr"] == b"done"


def test_a_child_that_keeps_the_pipe_does_not_hold_us(warm, folder):
    came = warm.run(["sh", "-c", "sleep 300 & echo said"], folder)
    assert (came["returncode"], came["stdout"]) == (0, b"said\n")
    assert came["seconds"] < 15


def test_a_child_that_writes_for_ever_does_not_hold_us(warm, folder):
    came = warm.run(["sh", "-c", "yes & echo said"], folder, keep=100)
    assert came["returncode"] == 0
    came = warm.run(["python", "-c", "import os, subprocess\nsubprocess.Popen(['timeout', '5', 'yes'], start_new_session=True)"], folder, keep=100)  # fmt: skip  # noqa: E501
    assert came["returncode"] == 0
    assert len(came["stdout"]) <= 100


def test_input_that_nobody_reads_does_not_hold_us(warm, folder):
    assert warm.run(["true"], folder, stdin="x" * 3_000_000)["returncode"] == 0


def test_large_input_arrives_whole(warm, folder):
    came = warm.run(["python", "-c", "import sys; print(len(sys.stdin.read()))"], folder, stdin="x" * 3_000_000)
    assert came["stdout"] == b"3000000\n"


def test_costs_are_measured(warm, folder):
    came = warm.run(["python", "-c", "sum(range(5_000_000))"], folder)
    assert 0 < came["cpu_seconds"] <= came["seconds"] + 0.1


def test_descriptors_do_not_leak(warm, folder):
    argv = [
        "python",
        "-c",
        "import os; print(len(os.listdir('/proc/self/fd')), len(os.listdir(f'/proc/{os.getppid()}/fd')))",
    ]
    first = warm.run(argv, folder)["stdout"]
    for _ in range(5):
        warm.run(["true"], folder)
    assert warm.run(argv, folder)["stdout"] == first
