"""The filter's program, run by a small interpreter of the kernel's instructions, for both architectures."""

import errno
import struct

import pytest

from grader.walls import seccomp, syscalls

ALLOW, KILL = 0x7FFF0000, 0x80000000
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
DENIED = 0x00050000 | errno.EPERM


def judge(machine, number, first=0, second=0, architecture=None):
    """What the filter says of a call."""
    data = struct.pack("<IIQQQ", number, architecture or AUDIT[machine], 0, first, second)
    code = seccomp.program(machine)
    at = accumulator = 0
    while True:
        operation, if_true, if_false, operand = struct.unpack_from("=HBBI", code, at * 8)
        at += 1
        if operation == 0x20:
            accumulator = struct.unpack_from("<I", data, operand)[0]
        elif operation == 0x06:
            return operand
        else:
            tests = {0x15: accumulator == operand, 0x35: accumulator >= operand, 0x45: bool(accumulator & operand)}
            at += if_true if tests[operation] else if_false


CALLS = [
    ("x86_64", 0, "read"), ("x86_64", 59, "execve"), ("x86_64", 9, "mmap"), ("x86_64", 16, "ioctl"),
    ("aarch64", 63, "read"), ("aarch64", 221, "execve"), ("aarch64", 222, "mmap"), ("aarch64", 29, "ioctl"),
]  # fmt: skip


@pytest.mark.parametrize(("machine", "number", "name"), CALLS)
def test_ordinary_calls_are_allowed(machine, number, name):
    assert judge(machine, number) == ALLOW, name


@pytest.mark.parametrize(
    ("machine", "number"),
    [("x86_64", 101), ("x86_64", 272), ("x86_64", 165), ("aarch64", 117), ("aarch64", 97), ("aarch64", 40)],
)
def test_ptrace_unshare_and_mount_are_denied(machine, number):
    assert judge(machine, number) == DENIED


@pytest.mark.parametrize(("machine", "clone"), [("x86_64", 56), ("aarch64", 220)])
def test_clone_makes_threads_and_processes_but_no_namespace(machine, clone):
    assert judge(machine, clone, 17) == ALLOW
    assert judge(machine, clone, 0x3D0F00) == ALLOW  # what pthread_create asks for
    for flag in (0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert judge(machine, clone, flag | 17) == DENIED


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_clone3_and_io_uring_seem_not_to_exist(machine):
    assert {judge(machine, number) for number in (435, 425, 426, 427)} == {0x00050000 | errno.ENOSYS}


@pytest.mark.parametrize(("machine", "number"), [("x86_64", 41), ("aarch64", 198)])
def test_only_four_socket_families(machine, number):
    allowed = {family for family in range(64) if judge(machine, number, family) == ALLOW}
    assert allowed == {1, 2, 10, 16}
    assert judge(machine, number, 40) == 0x00050000 | errno.EAFNOSUPPORT


@pytest.mark.parametrize(("machine", "number"), [("x86_64", 135), ("aarch64", 92)])
def test_personality_may_be_asked_and_not_changed(machine, number):
    assert (judge(machine, number, 0xFFFFFFFF), judge(machine, number, 0x0040000)) == (ALLOW, DENIED)


@pytest.mark.parametrize(("machine", "number"), [("x86_64", 16), ("aarch64", 29)])
def test_nothing_is_typed_into_a_terminal(machine, number):
    assert judge(machine, number, 0, 0x5412) == DENIED
    assert judge(machine, number, 0, 0x541C) == DENIED
    assert judge(machine, number, 0, 0x5401) == ALLOW


def test_another_architecture_kills():
    assert judge("x86_64", 0, architecture=0x40000003) == KILL
    assert judge("x86_64", 0x40000000) == KILL
    assert judge("aarch64", 63, architecture=0x40000028) == KILL


def test_a_machine_without_numbers_is_refused():
    with pytest.raises(KeyError):
        seccomp.program("riscv64")
    assert syscalls.MACHINE in AUDIT
