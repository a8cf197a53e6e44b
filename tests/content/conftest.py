"""Modules that lie in a level's folder."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from grader.model import Level


def module_of(level: Level, name: str) -> ModuleType:
    """An author's module, by its name in the level's folder."""
    spec = importlib.util.spec_from_file_location(name, level.folder / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
