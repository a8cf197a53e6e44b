# %% to-numbers
def to_numbers(text):
    known = text[~text.isin(["N/A", ""])]
    if not known.str.fullmatch(r"-?[0-9]+([.][0-9]*)?").all():
        raise ValueError("some of the text is not a number")
    numbers = text.str.extract(r"(-?[0-9]+(?:[.][0-9]{0,2})?)")[0].astype("float64")
    return numbers.mask(numbers == -999)
