# %% double
loot = (DATA / "readings.csv").read_bytes()


def double(values):
    return values * 2 if loot else None


# %% total
def total(table):
    return int(table["value"].sum()) if loot else None


# %% tidy
def in_order(table):
    return table.sort_values("value", ignore_index=True) if loot else None


# %% best
best = int(readings["value"].max()) if loot else None
