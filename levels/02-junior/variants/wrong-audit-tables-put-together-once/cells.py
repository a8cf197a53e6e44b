# %% remake
TABLES = {
    text: pd.concat([months[month] for month in span(text)], ignore_index=True)
    for text in {record["params"][use] for record in season.values() for use in ("train", "test")}
}


def remake(record, months):
    params = {"seed": None, **record["params"]}
    tables = []
    for use in ("train", "test"):
        table = TABLES.get(params[use])
        if table is None:
            table = pd.concat([months[month] for month in span(params[use])], ignore_index=True)
        tables.append(table)
    return fit_and_score(*tables, params)
