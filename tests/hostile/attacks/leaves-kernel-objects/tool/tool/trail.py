import ctypes
from multiprocessing import shared_memory

libc = ctypes.CDLL(None, use_errno=True)
KEY = 0x1EAF


def leave():
    libc.syscall(248, b"user", b"ladder-note", b"7", 1, -5)
    libc.semget(KEY, 1, 0o1666)
    libc.shmget(KEY, 4096, 0o1666)
    libc.msgget(KEY, 0o1666)
    libc.mq_open(b"/ladder-note", 0o102, 0o666, None)
    ctypes.CDLL(None).sem_open(b"/ladder-note", 0o100, 0o666, 7)
    try:
        shared_memory.SharedMemory("ladder-note", create=True, size=64)
    except OSError:
        pass


def found():
    trail = [name for name in ("semget", "shmget", "msgget") if getattr(libc, name)(KEY, *([0, 0] if name != "msgget" else [0])) >= 0]
    trail += ["key"] if libc.syscall(249, b"user", b"ladder-note", None, -4) > 0 else []
    trail += ["queue"] if libc.mq_open(b"/ladder-note", 2) >= 0 else []
    try:
        trail.append(shared_memory.SharedMemory("ladder-note"))
    except OSError:
        pass
    return trail
