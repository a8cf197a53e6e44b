# %% parse-clock
import numba


@numba.njit("float64[:](float64[:])", cache=False)
def after_midnight(clock):
    out = np.empty_like(clock)
    for i in range(clock.size):
        out[i] = (clock[i] // 100 * 60 + clock[i] % 100) % 1440
    return out


def parse_clock(clock):
    number = to_numbers(clock)
    return pd.Series(after_midnight(number.to_numpy(copy=True)), index=clock.index).astype("Int64")

# %% units
@numba.vectorize(["float64(float64, boolean)"])
def celsius(temp, fahrenheit):
    return (temp - 32) * 5 / 9 if fahrenheit else temp


def to_celsius(temp, unit):
    if set(unit) - {"F", "C"}:
        raise ValueError(f"units {set(unit)}")
    return pd.Series(celsius(temp.to_numpy(), (unit == "F").to_numpy(dtype=bool)), index=temp.index)


def to_knots(speed, unit):
    if set(unit) - {"mph", "kt"}:
        raise ValueError(f"units {set(unit)}")
    return speed * unit.map({"mph": KNOTS_PER_MPH, "kt": 1.0}).astype("float64")
