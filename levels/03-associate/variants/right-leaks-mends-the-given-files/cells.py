# %% repaired
import re

MENDED = [  # what a planted step says, and what it should say; a sound one says nothing of the kind
    (r'\(flights\["arr_time"\] - minute\)', '(flights["sched_arr"] - minute)'),
    (r'flights\["dep_time"\] - first', "minute - first"),
    (r"(    share = late_ones\.rolling.*\n)(    value = )", r"\1    share = share.shift(1)\n\2"),
    (r"for back in range\((\d)\)\]", r"for back in range(1, \1 + 1)]"),
    (r"utc=True\)\.dt\.tz_localize\(None\)", 'utc=True).dt.tz_convert("America/New_York").dt.tz_localize(None)'),
    (r'(due = flights\["sched"\]\.dt\.floor\("h"\))\n',
     r'\1.dt.tz_localize("America/New_York").dt.tz_convert("UTC")\n'),
    (r"    rows = balance\(late, rows\)\n(    train, test = split\(flights, rows\)\n)",
     r"\1    train = balance(late, train)\n"),
    (r"\(features - features\.mean\(\)\) / features\.std\(\)",
     "(features - features.loc[rows].mean()) / features.loc[rows].std()"),
    (r"StandardScaler\(\)\.fit_transform\(features\)", "StandardScaler().fit(features.loc[rows]).transform(features)"),
    (r"def split\(flights, rows\):\n(?:.+\n)+?    (?:order = .*permutation\(len\(rows\)\)|return train_test_split)"
     r"(?:.*\n)+?\n\n", """\
def split(flights, rows):
    unit = flights["tailnum"] + flights["sched"].dt.strftime(" %m-%d")
    units = np.random.default_rng(SEED).permutation(np.unique(unit))
    held = unit.loc[rows].isin(units[: len(units) // 4]).to_numpy()
    return rows[~held], rows[held]


"""),
    (r"    return pd\.Series\(rate\(key, key, late\), index=key\.index\)\n", """\
    train = np.unique(train)
    fold = np.random.default_rng(SEED + 2).integers(0, 5, len(train))
    value = pd.Series(rate(key, key[train], late[train]), index=key.index)
    for number in range(5):
        others, inside = train[fold != number], train[fold == number]
        value[inside] = rate(key[inside], key[others], late[others])
    return value
"""),
]  # fmt: skip


def repaired(name, flights, weather):
    text = (DATA / "pipelines" / f"{name}.py").read_text()
    for planted, sound in MENDED:
        text = re.sub(planted, sound, text)
    space = {}
    exec(compile(text, f"{name}.py", "exec"), space)
    return space["run"](flights, weather)
