# %% double
import ctypes
import os
import signal


def double(values):
    ctypes.string_at(0)


# %% total
def total(table):
    os.kill(os.getpid(), signal.SIGSTOP)


# %% tidy
def in_order(table):
    os.abort()


# %% best
import sys

sys.setrecursionlimit(10**9)


def deeper():
    return deeper.__call__()


deeper()
best = 0
