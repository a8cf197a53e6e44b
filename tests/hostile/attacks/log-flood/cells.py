# %% double
import logging
import os
import sys
import warnings


def double(values):
    logging.basicConfig(level=0, filename="/tmp/flood.log", force=True)
    logging.raiseExceptions = False
    for number in range(3000):
        logging.error("x" * 10_000)
        warnings.warn(f"{number}" + "x" * 10_000)
        print("x" * 10_000, file=sys.__stderr__)
        os.write(1, b"x" * 10_000)
    return None
