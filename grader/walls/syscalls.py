"""The few Linux calls Python has no name for. Standard library only: this also runs beside hostile code."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import platform
import signal
import socket
import struct

CLONE_NEWTIME = 0x00000080
CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
NEW_NAMESPACES = (
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET
)

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

_CAPABILITY_VERSION_3 = 0x20080522
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1

MACHINE = platform.machine()
_CLONE = {"x86_64": 56, "aarch64": 220}.get(MACHINE, -1)
_CAPSET = {"x86_64": 126, "aarch64": 91}.get(MACHINE, -1)

_libc = ctypes.CDLL(None, use_errno=True)
# PyDLL keeps the interpreter's lock over the call, which a fork inside it needs
_libc_locked = ctypes.PyDLL(None, use_errno=True)


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Move the calling process into new namespaces; OSError."""
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """mount(2); OSError names the target."""
    words = [word.encode() if word is not None else None for word in (source, target, kind, data)]
    result = _libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3])
    _check(result, f"mount on {target}")


def unmount(target: str) -> None:
    """Detach a mount now, for good once nobody uses it."""
    _check(_libc.umount2(target.encode(), MNT_DETACH), f"unmount {target}")


def prctl(option: int, *values: int) -> int:
    """prctl(2) with up to four numbers; OSError."""
    words = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    return _check(_libc.prctl(ctypes.c_int(option), *words), f"prctl {option}")


def syscall(number: int, *values: object) -> int:
    """A raw call by number; OSError."""
    words = [ctypes.c_long(value) if isinstance(value, int) else value for value in values]
    return _check(_libc.syscall(ctypes.c_long(number), *words), f"system call {number}")


def fork_into(flags: int) -> int:
    """Fork straight into new namespaces: the child's pid, or 0 in the child, which is pid 1 if so asked.

    One raw ``clone`` instead of fork, unshare, fork: each fork of a large process costs milliseconds. The
    child may use Python, but should do little beyond setting up and forking again.
    """
    ctypes.pythonapi.PyOS_BeforeFork()
    # the two architectures order the last two arguments differently; both are 0
    words = [ctypes.c_long(word) for word in (_CLONE, flags | signal.SIGCHLD, 0, 0, 0, 0)]
    pid = int(_libc_locked.syscall(*words))
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    number = ctypes.get_errno()
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(number, f"clone: {os.strerror(number)}")
    return pid


def drop_capabilities() -> None:
    """Empty every capability set of this process, the bounding set included, for good."""
    for capability in range(64):
        with contextlib.suppress(OSError):  # past the last one this kernel knows
            prctl(PR_CAPBSET_DROP, capability)
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0))
    syscall(_CAPSET, header, ctypes.create_string_buffer(bytes(24)))


def loopback_up() -> None:
    """Bring up ``lo`` of this network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(sock, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))
