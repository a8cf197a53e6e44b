# %% double
import os
import socket

held = []


def double(values):
    for make in (os.pipe, socket.socket, lambda: open("/dev/null"), os.eventfd_read, lambda: os.dup(3)):
        try:
            for _ in range(2000):
                held.append(make())
        except (OSError, TypeError):
            pass
    return None
