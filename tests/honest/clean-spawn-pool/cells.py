# %% my-month
import multiprocessing as mp
import os
from concurrent.futures import ProcessPoolExecutor

import typing_steps

cleaned = clean(raw, stations)
defects = find_defects(raw)

with ProcessPoolExecutor(2, mp_context=mp.get_context("spawn")) as pool:
    odd, worker = pool.submit(typing_steps.carriers_not_plain, raw["carrier"].tolist()).result(timeout=60)
assert worker != os.getpid()
defects["carrier"] = sorted(raw["record"].astype(int)[odd].tolist())

# %% after my-month
from multiprocessing import shared_memory

block = shared_memory.SharedMemory(create=True, size=8 * len(cleaned))
np.ndarray(len(cleaned), buffer=block.buf)[:] = cleaned["temp_c"]
block.close()
block.unlink()
