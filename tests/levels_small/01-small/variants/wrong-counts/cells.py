# %% totals
def by_group(table):
    return {group: int(count) for group, count in table.groupby("group")["value"].count().items()}
