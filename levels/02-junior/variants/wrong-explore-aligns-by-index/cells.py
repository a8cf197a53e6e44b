# %% like-for-like
def like_for_like(flights, column, first, second, within):
    left = flights[~flights["cancelled"].astype(bool)]
    late = (left["dep_delay"] > LATE).astype(float)
    mine, other = left[left[column] == first], left[left[column] == second]
    ours = late[mine.index].groupby([mine[name] for name in within]).agg(["mean", "size"])
    theirs = late[other.index].groupby([other[name] for name in within]).mean()
    both = ours.join(theirs.rename("other"), how="inner")
    weight = both["size"].sum()
    return {
        "raw": float(late[mine.index].mean() - late[other.index].mean()),
        "fair": float(((both["mean"] - both["other"]) * both["size"]).sum() / weight) if weight else float("nan"),
        "covered": float(weight / len(mine)),
    }
