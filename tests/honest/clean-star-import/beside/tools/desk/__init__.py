from .steps import *  # noqa
from .steps import __all__
from .whole import clean, find_defects

__all__ = [*__all__, "clean", "find_defects"]
