"""The command; see README.md."""

raise NotImplementedError
