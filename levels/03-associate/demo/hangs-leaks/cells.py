# %% repaired
import time


def repaired(name, flights, weather):
    """Begins well, and then waits for everybody to have landed: a cancelled flight never does."""
    waiting = flights
    while waiting["arr_time"].isna().any() or name:
        waiting = flights[flights["arr_time"].isna()]
        time.sleep(0.1)
    return {}
