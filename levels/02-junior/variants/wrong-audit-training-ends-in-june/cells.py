# %% remake
def remake(record, months):
    params = {"seed": None, **record["params"]}
    first = int(params["train"].split("-")[0])
    train = pd.concat([months[month] for month in range(first, 7) if month in months])
    test = pd.concat([months[month] for month in span(params["test"])], ignore_index=True)
    return fit_and_score(train, test, params)
