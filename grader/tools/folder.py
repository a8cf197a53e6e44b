"""Where installed tools lie."""

from __future__ import annotations

import os
from pathlib import Path

TOOLS_VARIABLE = "LADDER_TOOLS"


def tools_folder() -> Path:
    """``$LADDER_TOOLS``, or ``~/.cache/ladder/tools``; it may not be there yet."""
    named = os.environ.get(TOOLS_VARIABLE)
    return Path(named).resolve() if named else Path.home() / ".cache" / "ladder" / "tools"
