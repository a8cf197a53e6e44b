# %% parse-clock
def parse_clock(clock):
    number = to_numbers(clock)
    minutes = number // 100 * 60 + number % 100
    return minutes.where(minutes.between(0, 1439)).astype("Int64")
