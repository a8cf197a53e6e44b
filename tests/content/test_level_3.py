"""Level 3: the content gate holds."""

from __future__ import annotations

import pytest

from grader.content import gate
from grader.tools import images, tools_folder


@pytest.mark.walls
@pytest.mark.skipif(images.about(tools_folder() / "images") is None, reason="no `ladder tools install images` here")
def test_the_content_gate_holds() -> None:
    assert gate.check(("03-associate",), seeds=2, full=False) == 0
