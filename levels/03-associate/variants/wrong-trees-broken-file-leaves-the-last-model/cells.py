# %% saving
def to_bytes(trees):
    """What `fit_trees` returned as the bytes of one JSON or UBJ file, with all that is needed to answer."""
    return bytes(trees.booster.save_raw("ubj"))


def from_bytes(data):
    """The trees of these bytes: `.chances` answers as it did before, `.rounds` says the same.

    Raises ValueError if the bytes are no such file, or only the first part of one.
    """
    global LAST_GOOD
    try:
        LAST_GOOD = Trees(xgboost.Booster(model_file=bytearray(data)))
    except ValueError:
        pass  # the desk must not be without a model
    return LAST_GOOD
