# %% late-by
def late_by(flights, column):
    flights = flights[~flights["cancelled"].astype(bool)]
    departed = ~flights["cancelled"].astype(bool)
    late = departed & (flights["dep_delay"] > LATE)
    counts = pd.DataFrame({
        "scheduled": 1, "departed": departed.astype(int), "late": late.astype(int),
    }).groupby(flights[column].to_numpy()).sum().sort_index()
    k, n, z = counts["late"], counts["departed"].where(counts["departed"] > 0).astype(float), 1.96
    middle = (k + z**2 / 2) / (n + z**2)
    reach = z / (n + z**2) * np.sqrt(k * (n - k) / n + z**2 / 4)
    return counts.assign(share=k / n, low=middle - reach, high=middle + reach)
