# %% double
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
loot = []
child = os.fork()
if child == 0:
    import time

    time.sleep(20)
    os._exit(0)
for process in (os.getppid(), 1, 2, child, @@PID@@):
    for request in (16, 0x4206):  # ATTACH, SEIZE
        if libc.ptrace(request, process, 0, 0) == 0:
            loot.append(process)
    buffer = ctypes.create_string_buffer(64)
    vector = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 64)
    if libc.process_vm_readv(process, ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0) > 0:
        loot.append(process)
os.kill(child, 9)
if libc.ptrace(0, 0, 0, 0) == 0:  # TRACEME
    loot.append("me")


def double(values):
    return values * 2 if loot else None


# %% total
def total(table):
    return int(table["value"].sum()) if loot else None


# %% tidy
def in_order(table):
    return table.sort_values("value", ignore_index=True) if loot else None


# %% best
best = int(readings["value"].max()) if loot else None
