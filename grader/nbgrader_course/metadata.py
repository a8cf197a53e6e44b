"""nbgrader's check of its own metadata, done once for what every submission shares."""

from __future__ import annotations

import json
from typing import Any

from nbgrader.preprocessors import CheckCellMetadata


class CheckMetadataOnce(CheckCellMetadata):  # type: ignore[misc]  # nbgrader ships no types
    """The same verdict as `CheckCellMetadata`, which looks at nothing but cell types and nbgrader's own metadata.

    Sanitized submissions of one assignment have those alike, and the check is a third of what nbgrader's steps cost:
    it validates its schema anew for every cell.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._passed: set[str] = set()

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Raises what nbgrader raises; what has passed passes again."""
        looked_at = json.dumps([[cell.cell_type, cell.metadata.get("nbgrader")] for cell in nb.cells], sort_keys=True)
        if looked_at not in self._passed:
            nb, resources = super().preprocess(nb, resources)
            self._passed.add(looked_at)
        return nb, resources
