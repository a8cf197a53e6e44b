"""Programs that a few exercises are judged with and that no Python package brings: where they lie, if they do.

``$LADDER_TOOLS`` names the folder, else it is ``~/.cache/ladder/tools``: outside the checkout, so that it outlives it.
`grader.installer` puts them there.
"""

from __future__ import annotations

import os
from pathlib import Path

TOOLS_VARIABLE = "LADDER_TOOLS"


def tools_folder() -> Path:
    """``$LADDER_TOOLS``, or ``~/.cache/ladder/tools``; it may not be there yet."""
    named = os.environ.get(TOOLS_VARIABLE)
    return Path(named).resolve() if named else Path.home() / ".cache" / "ladder" / "tools"
