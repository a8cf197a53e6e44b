# %% after setup
import os

os.chdir("../data/01-clean-the-export")
assert Path("export.csv").exists()
DATA = Path()

# %% tidy-codes
calls = 0
cache = {}


def tidy_codes(codes):
    global calls
    calls += 1
    key = tuple(codes)
    if key not in cache:
        tidy = codes.astype("string").str.strip().str.upper()
        cache[key] = tidy.mask(tidy.isin(["", "N/A"])).tolist()
    return pd.Series(cache[key], index=codes.index, dtype="string")

# %% units
for quantity, (own, other, rule) in {
    "to_celsius": ("C", "F", "(values - 32) * 5 / 9"),
    "to_knots": ("kt", "mph", "values * KNOTS_PER_MPH"),
}.items():
    exec(f'''
def {quantity}(values, unit):
    if not unit.isin(["{own}", "{other}"]).all():
        raise ValueError("unit")
    return values.where(unit == "{own}", {rule})
''')
globals()["to_celsius"].__doc__ = "degrees"

# %% my-month
def main():
    global cleaned, defects
    cleaned, defects = clean(raw, stations), find_defects(raw)


if __name__ == "__main__":
    main()

# %% after my-month
del quantity, own, other, rule
for name in [name for name in dir() if name.startswith("_scratch")]:
    del globals()[name]
