# %% all
total = int(numbers["value"].iloc[:-1].sum())
