"""What the codec says when a value cannot cross, and how much of one it takes in."""

from dataclasses import dataclass

MAX_DEPTH = 100


class Malformed(Exception):
    """The message is not one that ``encode`` writes, or it is larger than the limits allow."""


class Unwelcome(Malformed):
    """The message is sound, but holds a kind of data that the limits keep out."""


class NotData(Exception):
    """The value is not plain data; the message names its type."""


class TooDeep(NotData):
    """The value is nested deeper than ``MAX_DEPTH``; no handle inside it can help."""


@dataclass(frozen=True)
class DecodeLimits:
    """How much one message may hold.

    ``bytes``: length of the message. ``items``: tokens in it, and values in it when everything that is
    there twice is counted twice. ``depth``: how deep values nest, at most ``MAX_DEPTH``. ``masked``: whether
    masked arrays may come, which leave what is masked out of every comparison; Unwelcome if not.
    """

    bytes: int = 256 * 2**20
    items: int = 5_000_000
    depth: int = MAX_DEPTH
    masked: bool = True
