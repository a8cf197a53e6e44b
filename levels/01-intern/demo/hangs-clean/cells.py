# %% find-defects
import os
import time


def find_defects(export):
    """Waits for a report that another program was to leave here. It never does."""
    while not os.path.exists("defects.json"):
        time.sleep(0.05)
    return {}


# %% my-month
cleaned = clean(raw, stations)
defects = {}
