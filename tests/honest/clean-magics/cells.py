# %% after setup
%matplotlib inline
%config InlineBackend.figure_format = "retina"
%load_ext autoreload
%autoreload 2
import matplotlib.pyplot as plt
!ls -la ..

# %% tidy-codes
%%time
def tidy_codes(codes):
    tidy = codes.astype("string").str.strip().str.upper()
    return tidy.mask(tidy.isin(["", "N/A"]))

# %% after tidy-codes
pd.Series.str?
tidy_codes??

# %% after tidy-codes 2
%%bash
echo a shell, in $PWD
ls

# %% after tidy-codes 3
%%writefile notes.txt
what the notes say

# %% to-numbers
%%capture printed
def to_numbers(text):
    numbers = pd.to_numeric(text.mask(text.isin(["N/A", ""]))).astype("float64")
    return numbers.mask(numbers == -999)
print("captured")

# %% after to-numbers
assert "captured" in printed.stdout
files = !ls ../data/01-clean-the-export
assert "export.csv" in files
where = %pwd
assert where.endswith("notebooks")
%timeit -n 2 -r 2 to_numbers(raw["temp"])
%time numbers = to_numbers(raw["temp"])
!wc -l < ../data/01-clean-the-export/export.csv
!python -c "print('a python of its own')"
count = !wc -l < {DATA / "export.csv"}
assert int(count[0]) > 100

# %% my-month
%%time
cleaned = clean(raw, stations)
defects = find_defects(raw)

# %% after my-month
fig, axes = plt.subplots(1, 2, figsize=(9, 3))
cleaned["temp_c"].plot.hist(ax=axes[0], title="°C")
cleaned.groupby("origin")["wind_kt"].mean().plot.bar(ax=axes[1])
fig.savefig("winds.png")
plt.show()
%who
%lsmagic
