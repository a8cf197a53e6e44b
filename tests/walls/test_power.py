"""What code behind the walls can do, and how much: tried from inside real walls."""

import dataclasses
import time

import pytest

from grader.model import Limits

pytestmark = pytest.mark.walls
LIBC = "import ctypes, os; libc = ctypes.CDLL(None, use_errno=True)\n"


@pytest.mark.parametrize("judge", [False, True])
def test_no_capability_and_no_way_to_get_one(spawn, judge):
    status = spawn(judge=judge).run(
        "lines = [line for line in open('/proc/self/status') if line.startswith(('Cap', 'NoNew', 'Seccomp:'))];"
        "answer = dict(line.rstrip().split(':\\t') for line in lines)"
    )
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


@pytest.mark.parametrize(
    "call",
    [
        "libc.unshare(0x10000000)",  # a user namespace
        "libc.unshare(0x20000)",
        "libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)",
        "libc.mount(None, b'/', None, 32 | 4096, None)",  # read-write again
        "libc.umount2(b'/work', 2)",
        "libc.umount2(b'/proc/sys', 2)",
        "libc.ptrace(16, 1, 0, 0)",
        "libc.syscall(310, 1, None, 0, None, 0, 0)",
        "libc.setns(os.open('/proc/self/ns/net', os.O_RDONLY), 0)",
        "libc.chroot(b'/work')",
        "libc.setuid(0)",
        "libc.sethostname(b'x', 1)",
        "libc.personality(0x0040000)",
        "libc.syscall(425, 8, None)",  # io_uring
        "libc.syscall(321, 0, None, 0)",  # bpf
        "libc.syscall(298, None, 0, -1, -1, 0)",  # perf events
        "libc.syscall(250, 0, 0, 0, 0, 0)",  # keyctl
        "libc.memfd_create(b'x', 0)",
        "libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)",  # clone into a user namespace
        "libc.syscall(435, None, 0)",  # clone3
        "libc.kill(1, 9) or os.path.exists('/proc/1') - 1 - 1",  # pid 1 does not die of it
    ],
)
def test_a_worker_cannot(spawn, call):
    assert spawn().run(LIBC + f"answer = {call}") == -1


def test_calls_by_32_bit_numbers_kill(spawn):
    worker = spawn()
    with pytest.raises(EOFError):
        worker.run(LIBC + "libc.syscall(0x40000000 + 39)")
    usage = worker.child.wait(10)
    assert (usage.ended, usage.status) == ("signal", 31)


@pytest.mark.parametrize("path", ["/proc/sys/kernel/core_pattern", "/proc/sys/user/max_user_namespaces",
                                  "/proc/1/mem", "/proc/1/environ", "/proc/1/oom_score_adj"])  # fmt: skip
def test_a_worker_cannot_write(spawn, path):
    assert spawn().run(f"open({path!r}, 'w').write('0')")["raised"] in ("PermissionError", "OSError")


def test_what_proc_says_of_the_machine_is_hidden(spawn):
    seen = spawn().run(
        "import os; answer = ['/proc/kallsyms', '/proc/keys', '/proc/timer_list', '/proc/kcore'];"
        "answer = [len(open(p, 'rb').read(10)) for p in answer if os.path.exists(p)]"
    )
    assert set(seen) <= {0}


def test_processes_are_bounded(spawn):
    limits = Limits(processes=30)
    worker = spawn(limits)
    made = worker.run(
        """
        import os, time
        answer = 0
        try:
            for _ in range(60):
                if os.fork() == 0:
                    time.sleep(60)
                    os._exit(0)
                answer += 1
        except BlockingIOError:
            pass
        """
    )
    assert 20 <= made < 30
    assert worker.end().ended == "killed"


def test_data_beyond_the_limit_is_a_memory_error_and_the_worker_lives(spawn):
    worker = spawn()
    assert worker.run("data = bytearray(300 << 20)")["raised"] == "MemoryError"
    assert worker.run("answer = len(bytearray(150 << 20))") == 150 << 20


def test_many_processes_together_are_killed_for_memory(spawn):
    worker = spawn(dataclasses.replace(Limits(), memory_mb=200, total_memory_mb=300))
    worker.tell("import os, time; [os.fork() for _ in range(2)]; data = bytearray(b'x') * (150 << 20); time.sleep(60)")
    assert worker.child.wait(30).ended == "memory"


def test_shared_memory_counts(spawn):
    worker = spawn(dataclasses.replace(Limits(), total_memory_mb=150))
    worker.tell("import mmap, time; m = mmap.mmap(-1, 300 << 20); m.write(b'x' * (300 << 20)); time.sleep(60)")
    assert worker.child.wait(30).ended == "memory"


def test_the_disk_is_bounded_over_all_folders(spawn):
    written = spawn().run(
        """
        answer = 0
        for folder in ("/work", "/tmp", "/home/learner", "/dev/shm"):
            try:
                with open(folder + "/fill", "wb", buffering=0) as file:
                    for _ in range(40):
                        answer += file.write(bytes(1 << 20))
            except OSError:
                pass
        """
    )
    assert 14 << 20 <= written <= 16 << 20


def test_one_file_is_bounded(spawn):
    assert spawn().run("open('/work/sparse', 'wb').truncate(64 << 20)")["raised"] == "OSError"


def test_files_are_bounded(spawn):
    made = spawn().run(
        """
        answer = 0
        try:
            for number in range(10_000):
                open(f"/tmp/{number}", "w").close()
                answer += 1
        except OSError:
            pass
        """
    )
    assert 1_000 < made < 16 * 128


def test_descriptors_are_bounded(spawn):
    assert spawn().run("import os; kept = [os.dup(0) for _ in range(2000)]")["raised"] == "OSError"


def test_generators_differ_between_children(spawn):
    code = "import random, sys; answer = random.random()"
    assert spawn().run(code) != spawn().run(code)


def test_the_deadline_ends_a_worker_that_ignores_everything(spawn):
    worker = spawn(seconds=1.0)
    started = time.monotonic()
    worker.tell(
        """
        import signal
        for number in range(1, 32):
            number in (9, 19) or signal.signal(number, signal.SIG_IGN)
        while True: pass
        """
    )
    usage = worker.child.wait(30)
    assert usage.ended == "deadline"
    assert time.monotonic() - started >= 0.9
    assert usage.cpu_seconds > 0.2
