# %% double
import os
import random
import struct

from grader.bridge.codec import encode


class Mutating:
    """Messages that were right until some of their bytes were changed."""

    def __init__(self, seed):
        self.draw = random.Random(seed)

    def answer(self, value):
        for number in range(3, 40):
            body = bytearray(encode((number, "ok", {"result": value, "same": None, "changed": {}, "changed_keywords": {}})))
            for _ in range(self.draw.randint(1, 6)):
                body[self.draw.randrange(12, len(body))] = self.draw.randrange(256)
            os.write(3, struct.pack("!I", len(body)) + body)
        os._exit(0)


def double(values):
    Mutating(1).answer(values)


# %% total
def total(table):
    Mutating(2).answer(pd.DataFrame({"a": pd.Categorical(["x", "y"]), "b": pd.period_range("2013", periods=2)}))


# %% tidy
def in_order(table):
    Mutating(3).answer(table)
