# %% windows
def windows(rows, length):
    """Every window of `length` hours, and what came one hour later.

    rows: array (hours, k), as `series` gives it: column 0 is known when an hour is over, the others (the timetable, the
    clock) an hour ahead. More than `length` rows.
    Returns (inputs, targets): inputs (hours - length, length, k): step t of window i holds column 0 of hour i + t, and
    the other columns of hour i + t + 1. targets (hours - length, length): column 0 of hour i + t + 1.
    """
    rows = np.asarray(rows)
    hour = np.arange(len(rows) - length)[:, None] + np.arange(length)
    return rows[hour], rows[hour + 1][:, :, 0]
