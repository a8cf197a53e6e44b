"""What the nightly workflow promises, as a graph: it is read here, and not run."""

import json
from pathlib import Path

import pytest

FILE = Path(__file__).parents[1] / "workflow" / "nightly.json"
KINDS = {"manualTrigger", "scheduleTrigger", "httpRequest", "if", "switch", "filter", "set", "merge", "noOp",
         "stopAndError", "stickyNote"}


@pytest.fixture(scope="module")
def workflow():
    assert FILE.is_file(), "download it from n8n's editor"
    return json.loads(FILE.read_text(encoding="utf-8"))


def kinds(workflow):
    return [node["type"].removeprefix("n8n-nodes-base.") for node in workflow["nodes"]]


def test_only_nodes_that_may_be_used(workflow):
    assert set(kinds(workflow)) <= KINDS
    assert not any(node.get("credentials") for node in workflow["nodes"])


def test_it_starts_by_itself_and_by_hand(workflow):
    assert kinds(workflow).count("scheduleTrigger") == kinds(workflow).count("manualTrigger") == 1


def test_it_starts_a_run_and_records_an_outcome(workflow):
    urls = [node["parameters"].get("url", "") for node in workflow["nodes"] if node["type"].endswith(".httpRequest")]
    assert any("/runs" in url for url in urls) and any("/outcomes" in url for url in urls)


def test_every_connection_leads_somewhere(workflow):
    names = {node["name"] for node in workflow["nodes"]}
    connections = workflow["connections"]
    ends = {way["node"] for outputs in connections.values() for output in outputs["main"] for way in output or []}
    assert connections and connections.keys() | ends <= names
