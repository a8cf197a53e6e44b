"""Keeps count of depth, size and sharing, in the same way on both sides."""

from .limits import Malformed, TooDeep


class Book:
    """Depth and weight of the value in hand, and of every finished value that may be referred to again.

    A reference counts as deep and as heavy as what it refers to. Otherwise a small message could build tuples
    that nest or multiply without end, and the first ``hash`` or ``repr`` of one would take the process down.
    """

    def __init__(self, depth: int, items: int | None = None) -> None:
        self.limit = depth
        self.items = items
        self.depth = 0
        self.deepest = 0
        self.weight = 0
        self.sizes: list[tuple[int, int] | None] = []  # (height, weight) per slot; None while in the making

    def add(self, weight: int) -> None:
        """Count `weight` more values."""
        self.weight += weight
        if self.items is not None and self.weight > self.items:
            raise Malformed("too many items")

    def enter(self) -> tuple[int, int]:
        """Begin a value; what it returns goes to ``leave``. Raises TooDeep."""
        if self.depth >= self.limit:
            raise TooDeep(f"more than {self.limit} levels deep")
        self.depth += 1
        before = self.deepest, self.weight
        self.deepest = self.depth
        self.add(1)
        return before

    def reserve(self) -> int:
        """A slot for the value just begun."""
        self.sizes.append(None)
        return len(self.sizes) - 1

    def leave(self, before: tuple[int, int], slot: int | None) -> None:
        """End the value that ``enter`` began."""
        deepest, weight = before
        if slot is not None:
            self.sizes[slot] = self.deepest - self.depth, self.weight - weight
        self.depth -= 1
        self.deepest = max(deepest, self.deepest)

    def refer(self, slot: int) -> bool:
        """Count a reference; False if its value is still in the making. Raises TooDeep and IndexError."""
        size = self.sizes[slot]
        if size is None:
            return False
        height, weight = size
        reached = self.depth + 1 + height
        if reached > self.limit:
            raise TooDeep(f"more than {self.limit} levels deep")
        self.deepest = max(self.deepest, reached)
        self.add(weight)
        return True

    def mark(self) -> tuple[int, int, int, int]:
        """The present state, for ``reset``."""
        return self.depth, self.deepest, self.weight, len(self.sizes)

    def reset(self, mark: tuple[int, int, int, int]) -> None:
        """Forget everything since `mark`."""
        self.depth, self.deepest, self.weight, slots = mark
        del self.sizes[slots:]
