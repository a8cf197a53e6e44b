"""The command: `python -m tool FILE` prints the sum, `python -m tool --best FILE OUT` writes the largest to OUT."""

raise NotImplementedError
