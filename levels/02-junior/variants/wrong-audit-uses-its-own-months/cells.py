# %% remake
def remake(record, months):
    """What the run of this record scores when it is made again as the record says.

    record: a dict as `records` makes them. Only `params` says what to do. months: dict from month to that month's
    table. Returns {"auc": float, "log_loss": float} from fit_and_score. The months are put together in rising order.
    Neither argument is changed.
    """
    flights = season_flights()
    params = {"seed": None, **record["params"]}
    train, test = (
        pd.concat([flights[month] for month in span(params[use])], ignore_index=True) for use in ("train", "test")
    )
    return fit_and_score(train, test, params)


def season_flights():
    return {int(file.stem[-2:]): read_month(file) for file in sorted((DATA / "months").glob("*.csv"))}
