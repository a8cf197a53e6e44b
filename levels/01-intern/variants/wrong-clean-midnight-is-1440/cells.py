# %% parse-clock
def parse_clock(clock):
    number = to_numbers(clock)
    return ((number // 100 * 60 + number % 100)).astype("Int64")
