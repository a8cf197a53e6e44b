"""The text of the three pipelines of ``03-leak-hunt``: each step as it should be, and with its plant."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np

PIPELINES: dict[str, dict[str, Any]] = {
    "gate": {
        "asks": "At midnight, for each flight of the coming day: will it LEAVE more than 30 minutes late?",
        "outcome": "dep_delay",
        "known": ["hour", "weekday", "distance", "block"],
        "by": "origin",
        "key": "flight",
        "model": "LogisticRegression(max_iter=1000)",
        "import": "from sklearn.linear_model import LogisticRegression",
    },
    "crew": {
        "asks": "At midnight, for each flight of the coming day: will it ARRIVE more than 30 minutes late?",
        "outcome": "arr_delay",
        "known": ["hour", "weekday", "distance", "into_day"],
        "by": "carrier",
        "key": "dest",
        "model": "KNeighborsClassifier(25)",
        "import": "from sklearn.neighbors import KNeighborsClassifier",
    },
    "inbound": {
        "asks": "When the wheels leave the ground, for that flight: will it ARRIVE more than 30 minutes late?",
        "outcome": "arr_delay",
        "known": ["hour", "distance", "dep_delay", "pace"],
        "by": "origin",
        "key": "tailnum",
        "model": "DecisionTreeClassifier(max_depth=5, random_state=0)",
        "import": "from sklearn.tree import DecisionTreeClassifier",
    },
}

_HEAD = '''"""{name}. {asks}

The desk's pipeline as it runs today; tickets.json says what it is meant to do. flights has one row a flight, its index
is the record, sched is a time on New York's clock; weather has one row an airport and hour, in UTC.
"""

import numpy as np
import pandas as pd
{imports}

SEED = {seed}


def target(flights):
    """1 for a flight that is late, 0 for one that is not."""
    return (flights["{outcome}"] > 30).astype(int)


'''

_KNOWN = {
    "gate": '''def known(flights):
    """What is known of a flight by itself. block: how many minutes it takes from gate to gate."""
    minute = flights["sched"].dt.hour * 60 + flights["sched"].dt.minute
    return pd.DataFrame({{
        "hour": flights["sched"].dt.hour,
        "weekday": flights["sched"].dt.weekday,
        "distance": flights["distance"],
        "block": (flights["{arrival}"] - minute) % 1440,
    }})


''',
    "crew": '''def known(flights):
    """What is known of a flight by itself. into_day: minutes since its airport's first departure of the day."""
    minute = flights["sched"].dt.hour * 60 + flights["sched"].dt.minute
    first = minute.groupby([flights["origin"], flights["sched"].dt.date]).transform("min")
    return pd.DataFrame({{
        "hour": flights["sched"].dt.hour,
        "weekday": flights["sched"].dt.weekday,
        "distance": flights["distance"],
        "into_day": {departure} - first,
    }})


''',
    "inbound": '''def known(flights):
    """What is known of a flight by itself. pace: miles a minute, from gate to gate."""
    minute = flights["sched"].dt.hour * 60 + flights["sched"].dt.minute
    minutes = (flights["{arrival}"] - minute) % 1440
    return pd.DataFrame({{
        "hour": flights["sched"].dt.hour,
        "distance": flights["distance"],
        "dep_delay": flights["dep_delay"],
        "pace": flights["distance"] / minutes.clip(lower=1),
    }})


''',
}

_RECENT = {
    "rolling": '''def recent(flights, late):
    """The late share of the same {by}, all flights of the {window} together; 0 where none was."""
    day = flights["sched"].dt.normalize().rename("day")
    counts = late.groupby([day, flights["{by}"]]).agg(["sum", "size"])
    late_ones = counts["sum"].unstack(fill_value=0).asfreq("D", fill_value=0)
    all_ones = counts["size"].unstack(fill_value=0).asfreq("D", fill_value=0)
    share = late_ones.rolling({days}, min_periods=1).sum() / all_ones.rolling({days}, min_periods=1).sum(){shift}
    value = share.stack().reindex(pd.MultiIndex.from_arrays([day, flights["{by}"]]))
    return pd.DataFrame({{"recent": value.fillna(0.0).to_numpy()}}, index=flights.index)


''',
    "loop": '''def recent(flights, late):
    """The late share of the same {by}, all flights of the {window} together; 0 where none was."""
    day = (flights["sched"].dt.normalize() - pd.Timestamp("2013-01-01")).dt.days
    late_ones = late.groupby([flights["{by}"], day]).sum().to_dict()
    all_ones = late.groupby([flights["{by}"], day]).size().to_dict()
    shares = []
    for place, today in zip(flights["{by}"], day):
        window = [(place, today - back) for back in range({range})]
        there = sum(all_ones.get(key, 0) for key in window)
        shares.append(sum(late_ones.get(key, 0) for key in window) / there if there else 0.0)
    return pd.DataFrame({{"recent": shares}}, index=flights.index)


''',
}

_SKY = {
    "stamps": '''def sky(flights, weather):
    """The weather at the airport in the hour in which the flight is due to leave."""
    stamp = pd.to_datetime(weather["time_utc"], utc=True){convert}.dt.tz_localize(None)
    hourly = weather.assign(hour=stamp).drop_duplicates(["origin", "hour"]).set_index(["origin", "hour"])
    due = pd.MultiIndex.from_arrays([flights["origin"], flights["sched"].dt.floor("h")])
    return hourly[{sky}].reindex(due).set_axis(flights.index)


''',
    "keys": '''def sky(flights, weather):
    """The weather at the airport in the hour in which the flight is due to leave."""
    due = flights["sched"].dt.floor("h"){localise}
    keys = pd.DataFrame({{"origin": flights["origin"], "time_utc": due.dt.strftime("%Y-%m-%dT%H:%MZ")}})
    return keys.merge(weather, on=["origin", "time_utc"], how="left").set_axis(flights.index)[{sky}]


''',
}

_SPLIT = {
    (False, 0): '''def split(flights, rows):
    """The rows to train on and the rows to test on: a quarter is for the test."""
    unit = flights["tailnum"] + flights["sched"].dt.strftime(" %m-%d")
    units = np.random.default_rng(SEED).permutation(np.unique(unit))
    chosen = set(units[: len(units) // 4])
    held = unit.loc[rows].isin(chosen).to_numpy()
    return rows[~held], rows[held]


''',
    (False, 1): '''def split(flights, rows):
    """The rows to train on and the rows to test on: a quarter is for the test."""
    groups = flights["sched"].dt.strftime("%m-%d ") + flights["tailnum"]
    halves = GroupShuffleSplit(1, test_size=0.25, random_state=SEED).split(rows, groups=groups.loc[rows])
    train, test = next(halves)
    return rows[train], rows[test]


''',
    (True, 0): '''def split(flights, rows):
    """The rows to train on and the rows to test on: a quarter is for the test."""
    order = np.random.default_rng(SEED).permutation(len(rows))
    cut = len(rows) // 4
    return rows[order[cut:]], rows[order[:cut]]


''',
    (True, 1): '''def split(flights, rows):
    """The rows to train on and the rows to test on: a quarter is for the test, late and punctual ones alike."""
    return train_test_split(rows, test_size=0.25, random_state=SEED, stratify=target(flights).loc[rows])


''',
}

_BALANCE = '''def balance(late, rows):
    """As many late rows as others: late ones are drawn again until there are."""
    is_late = late.loc[rows].to_numpy() == 1
    missing = max((~is_late).sum() - is_late.sum(), 0)
    again = np.random.default_rng(SEED + 1).choice(rows[is_late], missing)
    return np.concatenate([rows, again])


'''

_USUAL = {
    False: '''def usual(key, late, train):
    """How often flights of the same {what} are late, drawn towards the mean where they are few."""
    train = np.unique(train)
    fold = pd.Series(np.random.default_rng(SEED + 2).integers(0, 5, len(train)), index=train)
    value = pd.Series(rate(key, key[train], late[train]), index=key.index)
    for number in range(5):
        others, inside = train[fold != number], train[fold == number]
        value[inside] = rate(key[inside], key[others], late[others])
    return value


''',
    True: '''def usual(key, late, train):
    """How often flights of the same {what} are late, drawn towards the mean where they are few."""
    return pd.Series(rate(key, key, late), index=key.index)


''',
}

_WHAT = {"flight": "number", "dest": "destination", "tailnum": "aircraft"}

_RATE = """def rate(wanted, key, late):
    counts = late.groupby(key).agg(["sum", "size"])
    shares = (counts["sum"] + 2 * late.mean()) / (counts["size"] + 2)
    return wanted.map(shares).fillna(late.mean()).to_numpy()


"""

_SCALE = {
    (False, 0): '''def scale(features, rows):
    """Every column with mean 0 and spread 1."""
    known_rows = features.loc[np.unique(rows)]
    return (features - known_rows.mean()) / known_rows.std()


''',
    (False, 1): '''def scale(features, rows):
    """Every column with mean 0 and spread 1."""
    scaler = StandardScaler().fit(features.loc[rows])
    return pd.DataFrame(scaler.transform(features), index=features.index, columns=features.columns)


''',
    (True, 0): '''def scale(features, rows):
    """Every column with mean 0 and spread 1."""
    return (features - features.mean()) / features.std()


''',
    (True, 1): '''def scale(features, rows):
    """Every column with mean 0 and spread 1."""
    scaled = pd.DataFrame(StandardScaler().fit_transform(features), index=features.index, columns=features.columns)
    return scaled


''',
}

_RUN = '''def run(flights, weather):
    """The whole pipeline: what it read, what it trained and tested on, and how well it says it does."""
    late = target(flights)
    features = pd.concat([known(flights), recent(flights, late), sky(flights, weather)], axis=1).astype(float)
    rows = flights.index.to_numpy()
{order}    matrix = scale(features, train).assign(usual=usual(flights["{key}"], late, train))
    model = {model}.fit(matrix.loc[train], late[train])
    chances = model.predict_proba(matrix.loc[test])[:, 1]
    return {{
        "features": features,
        "train": train,
        "test": test,
        "X_train": matrix.loc[train],
        "X_test": matrix.loc[test],
        "chances": chances,
        "auc": float(roc_auc_score(late[test], chances)),
    }}
'''
_ORDER = {
    False: "    train, test = split(flights, rows)\n    train = balance(late, train)\n",
    True: "    rows = balance(late, rows)\n    train, test = split(flights, rows)\n",
}


def pipeline(name: str, ticket: dict[str, Any], planted: AbstractSet[str], rng: np.random.Generator) -> str:
    """The file of one pipeline, with plants in the steps ``planted``; how steps are written is drawn."""
    fixed = PIPELINES[name]
    style = {step: int(rng.integers(2)) for step in ("recent", "sky", "split", "scale")}
    days, sky = ticket["recent"]["days"], json_list(ticket["sky"])
    bad = {step: step in planted for step in ("known", "recent", "sky", "split", "balance", "usual", "scale")}
    body = "".join([
        _KNOWN[name].format(
            arrival="arr_time" if bad["known"] else "sched_arr",
            departure='flights["dep_time"]' if bad["known"] else "minute",
        ),
        _RECENT["loop" if style["recent"] else "rolling"].format(
            by=fixed["by"],
            days=days,
            window="day before" if days == 1 else f"{days} days before",
            shift="" if bad["recent"] else "\n    share = share.shift(1)",
            range=str(days) if bad["recent"] else f"1, {days + 1}",
        ),
        _SKY["keys" if style["sky"] else "stamps"].format(
            sky=sky,
            convert="" if bad["sky"] else '.dt.tz_convert("America/New_York")',
            localise="" if bad["sky"] else '.dt.tz_localize("America/New_York").dt.tz_convert("UTC")',
        ),
        _SPLIT[bad["split"], style["split"]],
        _BALANCE,
        _RATE,
        _USUAL[bad["usual"]].format(what=_WHAT[fixed["key"]]),
        _SCALE[bad["scale"], style["scale"]],
        _RUN.format(key=fixed["key"], model=fixed["model"], order=_ORDER[bad["balance"]]),
    ])  # fmt: skip
    possible = {
        fixed["import"]: True,
        "from sklearn.metrics import roc_auc_score": True,
        "from sklearn.model_selection import GroupShuffleSplit": "GroupShuffleSplit(" in body,
        "from sklearn.model_selection import train_test_split": "train_test_split(" in body,
        "from sklearn.preprocessing import StandardScaler": "StandardScaler(" in body,
    }
    imports = "\n".join(sorted(line for line, needed in possible.items() if needed))
    head = _HEAD.format(name=name, imports=imports, seed=ticket["seed"], **{k: fixed[k] for k in ("asks", "outcome")})
    return head + body


def json_list(words: list[str]) -> str:
    """A list of texts as Python writes it, with double quotes."""
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"
