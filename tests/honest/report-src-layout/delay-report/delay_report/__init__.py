"""The delay desk's monthly report: ``python -m delay_report RAW OUT``. The code itself lies in src/desk."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
