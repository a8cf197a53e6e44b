# %% choice
def pick(y, chances, days, draws=300, seed=0):
    """The name of the model to use: the simplest that no other surely beats.

    chances: a dict from name to n chances, **simplest first**. A model surely beats another if the whole interval of
    their difference in log loss lies above 0. y, days, draws, seed: as for difference.
    Returns the first name that none of the others surely beats.
    """
    best, *rivals = chances
    for rival in rivals:
        if difference(y, chances[rival], chances[best], days, draws=draws, seed=seed)["low"] > 0:
            best = rival
    return best
