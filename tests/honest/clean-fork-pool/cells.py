# %% my-month
import multiprocessing as mp


def part(half):
    return clean(half, stations)


def listed(name):
    return name, find_defects(raw)[name]


with mp.get_context("fork").Pool(2) as pool:
    halves = pool.map(part, [raw.iloc[: len(raw) // 2], raw.iloc[len(raw) // 2 :]])
    defects = dict(pool.imap_unordered(listed, ["repeated", "carrier", "sentinel", "impossible_delay"]))
cleaned = pd.concat(halves).drop_duplicates(["date", "carrier", "flight", "origin"], ignore_index=True)
