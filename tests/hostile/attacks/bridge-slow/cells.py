# %% double
import os
import struct
import time


def double(values):
    os.write(3, struct.pack("!I", 1000))
    for _ in range(1000):
        os.write(3, b"x")
        time.sleep(0.2)


# %% tidy
def in_order(table):
    for byte in struct.pack("!I", 200_000):
        os.write(3, bytes([byte]))
        time.sleep(0.8)
