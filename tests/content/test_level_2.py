"""Level 2: the content gate holds."""

from __future__ import annotations

import pytest

from grader.content import gate
from grader.walls.opening import tool_mounts


@pytest.mark.walls
@pytest.mark.skipif(not tool_mounts(), reason="n8n is not here: `ladder tools install n8n`")
def test_the_content_gate_holds() -> None:
    assert gate.check(("02-junior",), seeds=2, full=False) == 0
