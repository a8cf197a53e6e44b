# %% total
def total(table):
    answer = int(table["value"].sum())
    table.sort_values("value", ignore_index=True, inplace=True)
    return answer


# %% tidy
def in_order(table):
    return table
