# %% double
import os
import struct

from grader.bridge.codec import encode


def say(payload):
    os.write(3, struct.pack("!I", len(payload)) + payload)


KINDS = ([], ["\x00"], ["\ud800"], ["LearnerFault", "BaseException"], ["SystemExit"], ["K"] * 50_000, ["Skipped"],
         ["GraderFault", "LadderError"], ["UnicodeDecodeError"], ["ExceptionGroup"], [1], None, "AssertionError")


def double(values):
    for number in range(1, 60):
        kinds = KINDS[number % len(KINDS)]
        say(encode((number, "raised", {"kinds": kinds, "text": "Tried: x\nCame: passed", "label": "", "line": 10**9, "source": ""})))
    os._exit(0)


# %% total
def total(table):
    for number in range(1, 60):
        say(encode((number, "raised", {"kinds": ["OSError"], "text": "\x1b[2J<b>", "label": "/", "line": -1, "source": "<i>"})))
    os._exit(0)
