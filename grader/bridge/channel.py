"""Length-prefixed messages over a stream socket, with a deadline on every read and write."""

from __future__ import annotations

import socket
import struct
import time

MAX_MESSAGE = 192 * 1024 * 1024  # bytes; a month of flights is under one hundredth of it
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

    def send(self, payload: bytes, deadline: float | None = None) -> None:
        """Send one message; ``deadline`` is a time.monotonic() value, None waits for ever."""
        self._wait_at_most(deadline)
        try:
            if len(payload) < 65536:
                self._sock.sendall(_HEADER.pack(len(payload)) + payload)
            else:
                self._sock.sendall(_HEADER.pack(len(payload)))
                self._sock.sendall(payload)
        except TimeoutError as late:
            raise TooLate from late
        except OSError as gone:
            raise Closed(str(gone)) from gone

    def receive(self, deadline: float | None = None) -> bytes:
        """The next message; raises Closed, TooLate or TooLarge."""
        (size,) = _HEADER.unpack(self._exactly(_HEADER.size, deadline))
        if size > MAX_MESSAGE:
            raise TooLarge(f"a message of {size} bytes")
        return self._exactly(size, deadline)

    def close(self) -> None:
        self._sock.close()

    def _exactly(self, size: int, deadline: float | None) -> bytes:
        if size <= 65536:
            chunks = bytearray()
            while len(chunks) < size:
                self._wait_at_most(deadline)
                chunks += self._some(size - len(chunks))
            return bytes(chunks)
        # Grown in steps, so that a liar who announces much and sends little costs no memory.
        parts = []
        missing = size
        while missing:
            self._wait_at_most(deadline)
            part = self._some(min(missing, 1 << 20))
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _some(self, size: int) -> bytes:
        try:
            data = self._sock.recv(size)
        except TimeoutError as late:
            raise TooLate from late
        except OSError as gone:
            raise Closed(str(gone)) from gone
        if not data:
            raise Closed("end of stream")
        return data

    def _wait_at_most(self, deadline: float | None) -> None:
        if deadline is None:
            self._sock.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TooLate
        self._sock.settimeout(left)
