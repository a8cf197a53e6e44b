"""A system-call filter made by hand: an added wall that needs no library.

Denied calls return an error instead of killing, because libraries probe for features (io_uring, clone3) and
fall back. A call made for another architecture, x32 included, kills the process: its numbers mean other things.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Collection

from grader.walls import syscalls

_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_KILL = 0x80000000
_LOAD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_NR, _ARCH, _ARG0, _ARG1 = 0, 4, 16, 24  # offsets in struct seccomp_data; low halves of the arguments
_X32 = 0x40000000
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C

_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_NAMESPACE_FLAGS = syscalls.NEW_NAMESPACES
# UNIX, INET, INET6, NETLINK. Others are not needed, and AF_VSOCK is not confined by a network namespace.
_FAMILIES = (1, 2, 10, 16)

# name: (x86_64, aarch64); -1 where an architecture has no such call
_DENIED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "kcmp": (312, 272),
    "move_pages": (279, 239), "migrate_pages": (256, 238),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "bpf": (321, 280), "userfaultfd": (323, 282),
    "perf_event_open": (298, 241), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "open_tree": (428, 428), "open_tree_attr": (467, 467), "move_mount": (429, 429),
    "mount_setattr": (442, 442), "setns": (308, 268), "unshare": (272, 97),
    "open_by_handle_at": (304, 265), "fanotify_init": (300, 262), "lookup_dcookie": (212, 18),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "create_module": (174, -1), "query_module": (178, -1), "get_kernel_syms": (177, -1),
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "quotactl": (179, 60),
    "quotactl_fd": (443, 443), "acct": (163, 89), "nfsservctl": (180, 42), "syslog": (103, 116),
    "vhangup": (153, 58), "uselib": (134, -1), "ustat": (136, -1), "iopl": (172, -1), "ioperm": (173, -1),
    "modify_ldt": (154, -1), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266), "sethostname": (170, 161),
    "setdomainname": (171, 162), "shmget": (29, 194), "msgget": (68, 186),
}  # fmt: skip
# "not implemented" makes callers take their older way. memfd pages are memory that no limit counts.
_ABSENT = {
    "clone3": (435, 435), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "memfd_create": (319, 279), "memfd_secret": (447, 447),
}  # fmt: skip
_CLONE, _SOCKET, _PERSONALITY, _IOCTL = (56, 220), (41, 198), (135, 92), (16, 29)
_PERSONALITIES = (0, 0xFFFFFFFF)  # the ordinary one, and "what is it?"

_Rule = tuple[int, int, int, int]  # code, jump if true, jump if false, operand


def _return(action: int) -> _Rule:
    return (_RET, 0, 0, action)


def _load(offset: int) -> _Rule:
    return (_LOAD, 0, 0, offset)


def _when(number: int, body: list[_Rule]) -> list[_Rule]:
    """``body``, which must return, for the call ``number``; the number stays loaded for what follows."""
    return [(_JEQ, 0, len(body), number), *body]


def _only(offset: int, values: tuple[int, ...], otherwise: int) -> list[_Rule]:
    """Allow an argument only if it is one of ``values``."""
    tests = [(_JEQ, len(values) - place, 0, value) for place, value in enumerate(values)]
    return [_load(offset), *tests, _return(otherwise), _return(_ALLOW)]


def program(machine: str = syscalls.MACHINE, allowed: Collection[str] = ()) -> bytes:
    """The filter as the kernel wants it, 8 bytes an instruction; KeyError for an unknown machine.

    ``allowed`` names calls that are not to be denied; ``clone`` among them is one that makes namespaces.
    """
    column = {"x86_64": 0, "aarch64": 1}[machine]
    denied, absent = _return(_ERRNO | errno.EPERM), _return(_ERRNO | errno.ENOSYS)
    rules: list[_Rule] = [_load(_ARCH), (_JEQ, 1, 0, _AUDIT[machine]), _return(_KILL), _load(_NR)]
    if machine == "x86_64":
        rules += [(_JGE, 0, 1, _X32), _return(_KILL)]
    for table, action in ((_DENIED, denied), (_ABSENT, absent)):
        for name, numbers in table.items():
            if numbers[column] >= 0 and name not in allowed:
                rules += _when(numbers[column], [action])
    if "clone" not in allowed:
        rules += _when(_CLONE[column], [_load(_ARG0), (_JSET, 0, 1, _NAMESPACE_FLAGS), denied, _return(_ALLOW)])
    rules += _when(_SOCKET[column], _only(_ARG0, _FAMILIES, _ERRNO | errno.EAFNOSUPPORT))
    rules += _when(_PERSONALITY[column], _only(_ARG0, _PERSONALITIES, _ERRNO | errno.EPERM))
    rules += _when(
        _IOCTL[column],
        [_load(_ARG1), (_JEQ, 1, 0, _TIOCSTI), (_JEQ, 0, 1, _TIOCLINUX), denied, _return(_ALLOW)],
    )
    rules.append(_return(_ALLOW))
    return b"".join(struct.pack("=HBBI", *rule) for rule in rules)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("rules", ctypes.c_void_p)]


def install(allowed: Collection[str] = ()) -> None:
    """Put the filter on this process and all it starts, for good; needs no_new_privs. OSError, KeyError."""
    code = program(allowed=allowed)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = _Program(len(code) // 8, ctypes.addressof(buffer))
    syscalls.prctl(syscalls.PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(header))
