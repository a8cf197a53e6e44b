# %% my-month
cleaned = clean(raw.head(1000), stations)
defects = find_defects(raw)
