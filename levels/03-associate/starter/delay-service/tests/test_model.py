"""What the chances promise."""

import numpy as np

from delay_service import score


def test_a_flight_alone_has_the_same_chance(model, table):
    rows = table.drop(columns="late").dropna().iloc[:20]
    together = score.chances(str(model), rows)
    alone = [score.chances(str(model), rows.iloc[[i]])[0] for i in range(len(rows))]
    np.testing.assert_allclose(alone, together, atol=1e-6)


def test_another_table_changes_no_chance(model, table):
    rows = table.drop(columns="late").dropna()
    some = rows[rows["carrier"] == rows["carrier"].iloc[0]]
    np.testing.assert_allclose(score.chances(str(model), some), score.chances(str(model), rows)[rows.index.isin(some.index)], atol=1e-6)
