"""``ladder release``: what learners may have, written into a new folder once nothing in it is to be kept from them."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import InputError, NotHeld
from grader.model import Level
from grader.release import portable
from grader.release.levels import level_tree
from grader.release.package import ROOT, learner_side
from grader.release.pins import pinned
from grader.release.scan import SUMS as SUMS
from grader.release.scan import leaks
from grader.release.secrets import Secrets, secrets_of
from grader.tree import Tree
from grader.workspace.start import beside, refuse_occupied

README = "docs/learner/release.md"  # the page that a release shows first
_AS_THEY_ARE = ("LICENSE", "LICENSE-CONTENT")
# Starters' histories have the same commit ids everywhere only if git leaves every byte as it is.
_ATTRIBUTES = b"* -text\n"


@dataclass(frozen=True)
class Written:
    """What a release came to: ``digest`` is that of its `SUMS`, ``secrets`` how many strings were looked for."""

    files: int
    size: int
    secrets: int
    digest: str


def release(out: Path, levels: Sequence[Level]) -> Written:
    """Write a release of ``levels`` into ``out``, which is new or empty; there is nothing there if it is refused.

    The same checkout gives the same bytes. InputError if the folder is occupied or a name cannot be had on some system;
    NotHeld, with the file and what was found, if something that learners may not have is in a file.
    """
    refuse_occupied(out)
    tree = assembled(levels)
    found = list(portable.problems(tree))
    if found:
        raise InputError(f"{found[0]}{_more(found)}")
    secrets = secrets_of(levels)
    with beside(out, ".ladder-release-") as scratch:
        made = scratch / "release"
        tree.write(made)
        prove(made, secrets)
        try:
            if out.is_dir():
                out.rmdir()
            made.rename(out)
        except OSError as error:
            raise InputError(f"{out}: cannot be made into a release: {error.strerror}") from None
    size = sum(len(data) for data in tree.files.values())
    return Written(len(tree.files), size, len(secrets), hashlib.sha256(tree.files[SUMS]).hexdigest())


def prove(folder: Path, secrets: Secrets) -> None:
    """NotHeld if any file below ``folder``, as it is on the disk, has a secret in it."""
    found = list(leaks(Tree.read(folder), secrets))
    if found:
        raise NotHeld(f"nothing is released: {found[0]}{_more(found)}")


def assembled(levels: Sequence[Level]) -> Tree:
    """A whole release in memory, its sums included."""
    package = learner_side()
    tree = package
    for level in levels:
        tree = level_tree(level).placed(f"levels/{level.id}").laid_over(tree)
    front = {name: (ROOT / name).read_bytes() for name in _AS_THEY_ARE}
    front["README.md"] = (ROOT / README).read_bytes()
    front[".gitattributes"] = _ATTRIBUTES
    front["pyproject.toml"] = _pyproject(package, pinned(package, levels, tree)).encode()
    tree = Tree(front).laid_over(tree)
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in sorted(tree.files.items()))
    return Tree({SUMS: sums.encode()}).laid_over(tree)


def _pyproject(package: Tree, requirements: Sequence[str]) -> str:
    own = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, build = own["project"], own["build-system"]
    packages = sorted({path.rpartition("/")[0].replace("/", ".") for path in package.files} | {"levels"})
    # A JSON string or list of strings is TOML's too.
    tables: dict[str, dict[str, object]] = {
        "build-system": {"requires": build["requires"], "build-backend": build["build-backend"]},
        "project": {
            "name": project["name"],
            "version": f"{project['version']}+learner",  # never taken for the whole, nor put beside it
            "description": "The learner's side of Ladder: levels to start, check and pack.",
            "readme": "README.md",
            "requires-python": project["requires-python"],
            "license": project["license"],
            "license-files": list(_AS_THEY_ARE),
            "dependencies": list(requirements),
        },
        "project.scripts": {"ladder": project["scripts"]["ladder"]},
        "tool.setuptools": {"packages": packages, "include-package-data": False},
        "tool.setuptools.package-data": {"levels": ["**/*", "**/.*", "**/.*/**/*"]},
    }
    return "\n".join(
        "".join([f"[{head}]\n", *(f"{name} = {json.dumps(value, indent=1)}\n" for name, value in fields.items())])
        for head, fields in tables.items()
    )


def _more(found: Sequence[str]) -> str:
    return f" (and {len(found) - 1} more)" if len(found) > 1 else ""
