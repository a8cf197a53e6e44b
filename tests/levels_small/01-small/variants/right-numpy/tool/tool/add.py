import numpy as np


def read(path):
    return np.loadtxt(path, dtype=int, ndmin=1).tolist()
