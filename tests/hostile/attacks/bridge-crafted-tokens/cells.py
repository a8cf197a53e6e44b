# %% double
import os
import struct

import msgpack


def bomb(tokens, tail=b""):
    packed = tokens if isinstance(tokens, bytes) else b"".join(msgpack.packb(token) for token in tokens)
    body = struct.pack("<IQ", 0x4C420001, len(packed)) + packed + tail
    os.write(3, struct.pack("!I", len(body)) + body)
    os._exit(0)


TAG = lambda number: msgpack.ExtType(number, b"")


def double(values):
    bomb([TAG(2), 1] * 100_000 + [None])


# %% total
def total(table):
    bomb(b"\xdb\xff\xff\xff\xff" + b"x" * 100)


# %% tidy
def in_order(table):
    deep = [TAG(2), 10]
    for _ in range(40):
        deep += [TAG(2), 10] + [TAG(0), 0] * 9
    bomb([TAG(3), 3, 7, "ok", *deep, None])


# %% best
best = range(-(2**62), 2**62)
