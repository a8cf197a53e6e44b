import os
import socket

NAMES = ["\0@@MARK@@", "/tmp/@@MARK@@"]


def leave():
    if os.fork() == 0:
        os.setsid()
        held = [socket.socket(), *(socket.socket(socket.AF_UNIX) for _ in NAMES)]
        for server, address in zip(held, [("127.0.0.1", 45871), *NAMES]):
            try:
                server.bind(address)
                server.listen()
            except OSError:
                pass
        try:
            held[0].settimeout(600)
            held[0].accept()
        finally:
            os._exit(0)


def found():
    trail = []
    for kind, address in ((socket.AF_INET, ("127.0.0.1", 45871)), *((socket.AF_UNIX, name) for name in NAMES)):
        try:
            socket.socket(kind).connect(address)
            trail.append(address)
        except OSError:
            pass
    return trail
