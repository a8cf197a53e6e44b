"""What the spawned processes do."""

import os

import pandas as pd


def carriers_not_plain(texts):
    plain = pd.Series(texts).astype("string").str.strip().str.upper()
    return [bool(odd) for odd in plain != pd.Series(texts)], os.getpid()


if __name__ == "__main__":
    print(carriers_not_plain(["ua", "UA"]))
