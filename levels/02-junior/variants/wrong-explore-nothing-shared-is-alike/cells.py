# %% like-for-like
def like_for_like(flights, column, first, second, within):
    left = flights[~flights["cancelled"].astype(bool)]
    late = (left["dep_delay"] > LATE).astype(float)
    mine, other = left[column] == first, left[column] == second
    by_group = [left[name] for name in within]
    table = pd.DataFrame({"n": mine, "m": other, "k": late * mine, "l": late * other}).groupby(by_group).sum()
    both = table[(table["n"] > 0) & (table["m"] > 0)]
    gap = both["k"] / both["n"] - both["l"] / both["m"]
    return {
        "raw": float(late[mine].mean() - late[other].mean()),
        "fair": float((gap * both["n"]).sum() / both["n"].sum()) if len(both) else 0.0,
        "covered": float(both["n"].sum() / mine.sum()),
    }
