"""Length-prefixed messages over a stream socket, with a deadline on every read and write.

A deadline is a time.monotonic() value, a function that gives one and is asked again when it has come, or None: never.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable

MAX_MESSAGE = 192 * 1024 * 1024  # bytes; a month of flights is under one hundredth of it
Deadline = float | Callable[[], float] | None
_HEADER = struct.Struct("!I")


class Closed(Exception):
    """The other side is gone."""


class TooLate(Exception):
    """The deadline passed before the message was whole."""


class TooLarge(Exception):
    """The other side announced a message above MAX_MESSAGE."""


class Channel:
    """One end of the bridge. Not thread-safe: each side reads and writes from one thread."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def send(self, payload: bytes, deadline: Deadline = None) -> None:
        """Send one message; raises Closed or TooLate."""
        header = _HEADER.pack(len(payload))
        for part in [header + payload] if len(payload) < 65536 else [header, payload]:
            left = memoryview(part)
            while left:
                self._wait_at_most(deadline)
                try:
                    left = left[self._sock.send(left) :]
                except TimeoutError:
                    continue  # the deadline may have moved
                except OSError as gone:
                    raise Closed(str(gone)) from gone

    def receive(self, deadline: Deadline = None) -> bytes:
        """The next message; raises Closed, TooLate or TooLarge."""
        (size,) = _HEADER.unpack(self._exactly(_HEADER.size, deadline))
        if size > MAX_MESSAGE:
            raise TooLarge(f"a message of {size} bytes")
        return self._exactly(size, deadline)

    def close(self) -> None:
        self._sock.close()

    def _exactly(self, size: int, deadline: Deadline) -> bytes:
        if size <= 65536:
            chunks = bytearray()
            while len(chunks) < size:
                chunks += self._some(size - len(chunks), deadline)
            return bytes(chunks)
        # Grown in steps, so that a liar who announces much and sends little costs no memory.
        parts = []
        missing = size
        while missing:
            part = self._some(min(missing, 1 << 20), deadline)
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _some(self, size: int, deadline: Deadline) -> bytes:
        while True:
            self._wait_at_most(deadline)
            try:
                data = self._sock.recv(size)
            except TimeoutError:
                continue  # the deadline may have moved
            except OSError as gone:
                raise Closed(str(gone)) from gone
            if not data:
                raise Closed("end of stream")
            return data

    def _wait_at_most(self, deadline: Deadline) -> None:
        if deadline is None:
            self._sock.settimeout(None)
            return
        left = (deadline() if callable(deadline) else deadline) - time.monotonic()
        if left <= 0:
            raise TooLate
        self._sock.settimeout(left)
