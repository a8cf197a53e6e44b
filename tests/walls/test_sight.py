"""What code behind the walls can see and reach, tried from inside real walls."""

import os
import pwd
import socket
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.walls
CHECKOUT = Path(__file__).resolve().parents[2]
REACH = """
def reach(make):
    try:
        return make()
    except OSError as error:
        return type(error).__name__
"""


def test_a_worker_answers_from_its_own_folder_as_a_user_who_is_nobody(spawn):
    seen = spawn().run(
        "import os, getpass, pathlib; answer = [os.getcwd(), os.listdir('.'), os.getuid(), os.getgid(),"
        " getpass.getuser(), str(pathlib.Path.home()), sorted(os.environ)]"
    )
    assert seen[:6] == ["/work", [], 1000, 1000, "learner", "/home/learner"]
    assert set(seen[6]).isdisjoint({"LADDER_CACHE", "LADDER_LEVELS", "SSH_AUTH_SOCK", "VIRTUAL_ENV"})


def test_the_uid_inside_is_neither_root_nor_an_account_outside(spawn, marked):
    name = marked.new()
    spawn().run(f"import subprocess; subprocess.Popen([{name!r}, '60'], executable='/bin/sleep')")
    assert marked.appear(name)
    owners = {path.stat().st_uid for path in marked.processes(name)}
    assert owners
    if os.geteuid() == 0:
        assert owners.isdisjoint({account.pw_uid for account in pwd.getpwall()})
    else:
        assert owners == {os.geteuid()}


@pytest.mark.parametrize(
    "path",
    [
        str(CHECKOUT / "levels"), str(CHECKOUT / "pyproject.toml"), str(CHECKOUT / "tests"), str(CHECKOUT / ".git"),
        str(CHECKOUT / "datasets"), "/root/.bashrc", "/root/.cache", "/home/learner/../root", "/opt", "/var", "/srv",
        "/etc/shadow", "/etc/ssh", "/run", "/mnt", "/boot", "/sys/kernel", "/sys/class", "/proc/1/root/etc",
    ],
)  # fmt: skip
def test_a_worker_does_not_see(spawn, path):
    assert spawn().run(f"import os; answer = os.path.exists({path!r})") is False


def test_a_worker_sees_of_the_grader_the_bridge_and_its_own_walls_only(spawn):
    seen = spawn().run("import os; answer = [sorted(os.listdir('/ladder/grader')), os.listdir('/ladder/grader/walls')]")
    assert set(seen[0]) - {"__pycache__"} == {"__init__.py", "runqueue.py", "bridge", "walls"}
    assert set(seen[1]).isdisjoint({"outer.py", "view.py", "opening.py", "launch.py"})


def test_interpreter_and_packages_work_inside(spawn):
    seen = spawn().run(
        "import numpy, pandas, sys, subprocess;"
        "code = 'import numpy; print(numpy.ones(3).sum())';"
        "cold = subprocess.run(['python', '-c', code], capture_output=True, text=True);"
        "git = subprocess.run(['git', 'init', '-q', '.'], capture_output=True, text=True);"
        "script = subprocess.run(['pytest', '--version'], capture_output=True, text=True);"
        "answer = [cold.stdout, git.returncode, script.returncode, numpy.__version__]"
    )
    import numpy as np

    assert seen == ["3.0\n", 0, 0, np.__version__]


def test_a_judge_sees_the_grader_read_only_and_a_worker_never_its_paths(spawn):
    judge = spawn(judge=True)
    package = str(CHECKOUT / "grader" / "model.py")
    assert judge.run(f"import os; answer = [os.path.exists({package!r}), os.getcwd()]") == [True, "/scratch"]
    assert judge.run(f"open({package!r}, 'a')")["raised"] in ("PermissionError", "OSError")
    assert judge.run("import grader.model; answer = grader.model.FORMAT_VERSION") == 1
    assert judge.run(f"import os; answer = os.path.exists({str(CHECKOUT / 'tests' / 'walls')!r})") is False


@pytest.mark.parametrize("judge", [False, True])
def test_nothing_outside_its_own_folders_can_be_written(spawn, judge):
    refused = spawn(judge=judge).run(
        """
        import os, sys, sysconfig
        targets = ["/", "/etc", "/usr", "/usr/lib", "/ladder", "/dev", "/proc", "/sys", sys.prefix,
                   sysconfig.get_paths()["purelib"], "/ladder/inside", "/ladder/store"]
        answer = []
        for target in targets:
            try:
                open(os.path.join(target, "planted"), "w")
                answer.append(target)
            except OSError:
                pass
        """
    )
    assert refused == []


def test_what_one_worker_writes_no_other_sees(spawn):
    first, second = spawn(), spawn()
    first.run("[open(f'{f}/secret', 'w').write('x') for f in ('/work', '/tmp', '/home/learner', '/dev/shm')]")
    looked = (
        "import os; answer = [os.path.exists(f'{f}/secret') for f in ('/work', '/tmp', '/home/learner', '/dev/shm')]"
    )
    assert second.run(looked) == [False] * 4
    assert first.run("import pty, os; answer = os.ttyname(pty.openpty()[1])") == "/dev/pts/0"
    assert second.run("import os; answer = os.listdir('/dev/pts')") == ["ptmx"]


def test_a_worker_sees_its_own_processes_only(spawn):
    pids = spawn().run("import os; answer = [int(p) for p in os.listdir('/proc') if p.isdigit()]")
    assert pids == [1, 2]


@pytest.mark.parametrize("judge", [False, True])
def test_the_only_descriptors_are_the_socket_and_three_times_nothing(spawn, judge):
    seen = spawn(judge=judge).run(
        "import os; answer = [os.readlink(f'/proc/self/fd/{n}') for n in range(4)];"
        "answer.append(len(os.listdir('/proc/self/fd')))"
    )
    assert seen[:3] == ["/dev/null"] * 3
    assert seen[3].startswith("socket:")
    assert seen[4] == 5  # the fifth lists the folder


def test_no_way_out_over_the_network(spawn):
    name = f"\0ladder-{os.urandom(8).hex()}"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as abstract, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:  # fmt: skip
        abstract.bind(name)
        abstract.listen()
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(0.5)
        port, udp_port = tcp.getsockname()[1], udp.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()  # it is there, for us
        for judge in (False, True):
            seen = spawn(judge=judge).run(
                REACH
                + f"""
import socket
def connect(family, address):
    with socket.socket(family) as sock:
        sock.settimeout(2)
        sock.connect(address)
        return "reached"
def send(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", address)
        return "sent"
answer = [reach(lambda: connect(socket.AF_INET, ("127.0.0.1", {port}))),
          reach(lambda: connect(socket.AF_UNIX, {name!r})),
          reach(lambda: connect(socket.AF_VSOCK, (2, 1024))),
          reach(lambda: connect(socket.AF_INET, ("192.0.2.1", 80))),
          reach(lambda: send(("192.0.2.1", 53)))]
reach(lambda: send(("127.0.0.1", {udp_port})))
answer.append([name for _, name in socket.if_nameindex()])
"""
            )
            assert "reached" not in seen
            assert "sent" not in seen
            assert seen[-1] == ["lo"]
        with pytest.raises(TimeoutError):
            udp.recv(1)


def test_loopback_works_inside(spawn):
    assert (
        spawn().run(
            "import socket; server = socket.create_server(('127.0.0.1', 0));"
            "client = socket.create_connection(server.getsockname()); peer = server.accept()[0]; client.send(b'hello');"
            "answer = peer.recv(5).decode()"
        )
        == "hello"
    )


def test_console_scripts_name_an_interpreter_that_is_there(spawn):
    seen = spawn().run("import shutil; p = shutil.which('pytest'); answer = open(p).readline()[2:].strip()")
    assert spawn().run(f"import os; answer = os.path.exists({seen!r})") is True
    assert Path(seen).name.startswith("python")
    assert sys.prefix  # the environment under test is the one that runs us
