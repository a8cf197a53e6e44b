"""The kit that reads and executes n8n workflows: on what learners may hand in, and on a real n8n where there is one."""

import json
import sqlite3
import subprocess
import sys

import pytest

from grader.judges.kits import n8n_driver
from grader.judges.kits.n8n_workflow import PLAIN, Answer, BadWorkflow, execute, installed, read
from grader.model import Limits
from grader.walls.opening import tool_mounts

HOME = "http://127.0.0.1:8021"
LIMITS = Limits(seconds=300, memory_mb=4096, processes=256, disk_mb=512)
with_n8n = pytest.mark.skipif(not tool_mounts(), reason="n8n is not installed (`ladder tools install n8n`)")


def node(name, kind="noOp", version=1, **more):
    return {
        "id": name,
        "name": name,
        "type": f"n8n-nodes-base.{kind}",
        "typeVersion": version,
        "position": [0, 0],
        "parameters": {},
        **more,
    }


def post(name, url=f"{HOME}/told", body="{}", **more):
    parameters = {"method": "POST", "url": url, "sendBody": True, "specifyBody": "json", "jsonBody": body}
    return node(name, "httpRequest", 4.2, parameters={**parameters, "options": {}}, **more)


def line(*nodes):
    """A workflow that goes from each node to the next."""
    ways = {
        one["name"]: {"main": [[{"node": two["name"], "type": "main", "index": 0}]]}
        for one, two in zip(nodes, nodes[1:], strict=False)
    }
    return {"name": "w", "nodes": list(nodes), "connections": ways, "settings": {"executionOrder": "v1"}}


def exported(workflow):
    return json.dumps(workflow).encode()


# -- reading


def test_a_workflow_is_read_as_a_graph():
    workflow = line(node("By hand", "manualTrigger"), post("Ask", onError="continueErrorOutput"), node("End"))
    workflow["connections"]["Ask"]["main"].append([{"node": "Aside", "type": "main", "index": 0}])
    workflow["nodes"] += [node("Aside"), post("Off", disabled=True)]
    found = read(exported(workflow), addresses=[HOME])
    assert found.ways["Ask"] == (("End",), ("Aside",)) and found.ways["End"] == ()
    assert found.reached("By hand") == {"Ask", "End", "Aside"} and found.next("By hand") == ("Ask",)
    assert [one.name for one in found.of_kind("httpRequest")] == ["Ask"]
    assert found.nodes["Ask"].goes_on and not found.nodes["End"].goes_on


def test_an_export_by_the_command_line_is_a_list_of_one():
    assert read(exported([line(node("a"))])).nodes.keys() == {"a"}


@pytest.mark.parametrize(
    ("said", "goes_on"),
    [
        ({"onError": "continueRegularOutput"}, True),
        ({"continueOnFail": True}, True),
        ({"onError": "stopWorkflow", "continueOnFail": True}, False),
        ({}, False),
    ],
)
def test_what_goes_on_when_it_fails(said, goes_on):
    assert read(exported(line(node("a", **said)))).nodes["a"].goes_on is goes_on


def test_n8n_is_given_nothing_but_the_graph():
    workflow = line(node("a", notes="CAP_RESULTS_LENGTH=1", webhookId="x"))
    workflow |= {"pinData": {"a": [{"json": {"auc": 1}}]}, "active": True, "staticData": {}, "tags": ["x"]}
    workflow["settings"] |= {"errorWorkflow": "7", "callerPolicy": "any"}
    given = read(exported(workflow)).content
    assert given.keys() == {"name", "nodes", "connections", "settings", "active"}
    assert given["settings"] == {"executionOrder": "v1"} and given["active"] is False
    assert given["nodes"][0].keys() == {"id", "name", "type", "typeVersion", "position", "parameters"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"nightly: yes", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b'{"nodes": [NaN], "connections": {}}', "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"null", "no workflow of n8n's"),
        (b"[]", "no workflow of n8n's"),
        (b'{"stages": {"train": {}}}', "no workflow of n8n's"),
        (b'{"nodes": [], "connections": {}}', "no nodes"),
        (b'{"nodes": [1], "connections": []}', "no table"),
        (b'{"nodes": [1], "connections": {}}', "no name or no type"),
        (b'{"nodes": [{"name": "a"}], "connections": {}}', "no name or no type"),
        (b" " * (1 << 20) + b"1 ", "MB"),
        (exported(line(*(node(str(n)) for n in range(61)))), "61 nodes"),
        (exported(line(node("a"), node("a"))), "same name"),
        (exported({**line(node("a")), "connections": {"b": {"main": []}}}), "from 'b', and no such node"),
        (exported({**line(node("a")), "connections": {"a": {"main": [[{"node": "b"}]]}}}), "to 'b', and no such node"),
        (exported({**line(node("a")), "connections": {"a": {"main": 3}}}), "not as n8n writes them"),
        (exported({**line(node("a")), "connections": {"a": {"main": [[{"node": ["b"]}]]}}}), "no such node"),
        (exported(line(node("a"), node("b"), node("a2")) | {"connections": {
            "a": {"main": [[{"node": "b"}]]}, "b": {"main": [[{"node": "a"}]]}}}), "circle"),
        (exported(line(node("a", parameters=[]))), "parameters"),
        (exported(line(node("a", parameters={"x": json.loads("[" * 50 + "]" * 50)}))), "nested"),
        (exported(line(node("Run", "executeCommand"))), "n8n-nodes-base.executeCommand, which is not among"),
        (exported(line(node("Run", "code", 2))), "n8n-nodes-base.code, which is not among"),
        (exported(line({**node("a"), "type": "evil.httpRequest"})), "evil.httpRequest, which is not among"),
        (exported(line(post("a", credentials={"httpBasicAuth": {"id": "1", "name": "desk"}}))), "credentials"),
        (exported(line(node("a", "httpRequest", parameters={"authentication": "genericCredentialType"}))), "has cred"),
        (exported(line(node("a", "httpRequest", parameters={"headerParameters": {
            "parameters": [{"name": "Authorization", "value": "Bearer x"}]}}))), "credentials in its headers"),
        (exported(line(post("a", "http://example.org/"))), "calls http://example.org/"),
        (exported(line(post("a", f"{HOME}@example.org/"))), "no network"),
        (exported(line(post("a", f"{HOME}0/"))), "no network"),
        (exported(line(post("a", "={{ 'HTTPS://example.org' + '/x' }}"))), "calls HTTPS://example.org"),
        (exported(line(post("a", body='{"to": "ftp://example.org"}'))), "calls ftp://example.org"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named(data, said):
    with pytest.raises(BadWorkflow, match=said) as bad:
        read(data, addresses=[HOME])
    assert "\n" not in str(bad.value) and len(str(bad.value)) < 400


def test_a_note_may_name_any_address():
    assert read(exported(line(node("n", "stickyNote", parameters={"content": "https://docs.n8n.io"}))))


# -- the driver, with a shell script in n8n's place


def drive(folder, says, seconds=20.0):
    """What the driver accounts for when `says` is what n8n does."""
    (folder / "empty/.n8n").mkdir(parents=True)
    with sqlite3.connect(folder / "empty/.n8n/database.sqlite") as tables:
        tables.execute("CREATE TABLE workflow_entity (id, name, active, nodes, connections, settings, versionId)")
        tables.execute("CREATE TABLE shared_workflow (workflowId, projectId, role)")
        tables.execute("CREATE TABLE project (id)")
        tables.execute("INSERT INTO project VALUES ('p')")
    tables.close()
    (folder / "n8n").write_text(says)
    content = dict(read(exported(line(post("a"))), addresses=[HOME]).content)
    order = {
        "node": "/bin/sh",
        "script": str(folder / "n8n"),
        "empty": str(folder / "empty"),
        "folder": str(folder / "night"),
        "nodes": ["n8n-nodes-base.noOp"],
        "seconds": seconds,
        "patience": 1,
        "addresses": [HOME],
        "workflow": content,
        "executions": {"one": {"token": "t" * 32, "answers": {}}, "two": {"token": "u" * 32, "answers": {}}},
    }
    program = [sys.executable, "-I", n8n_driver.__file__]
    done = subprocess.run(program, input=json.dumps(order).encode(), capture_output=True, timeout=60, check=True)
    return json.loads(done.stdout)


def test_what_does_not_end_is_ended(tmp_path):
    account = drive(tmp_path, "sleep 600 & sleep 600", seconds=0.5)
    assert account["ended"] is False and account["reported"] is False


def test_a_crash_after_the_report_is_none(tmp_path):
    report = json.dumps({"executions": [{"workflowId": "night-2", "error": "no such host"}, {"workflowId": "night-1"}]})
    account = drive(tmp_path, f"for last; do :; done; echo '{report}' > ${{last#--output=}}; kill -SEGV $$")
    assert account["ended"] and account["reported"] and account["errors"] == {"two": "no such host"}


@pytest.mark.parametrize("report", ["", "[]", '{"executions": 3}', '{"executions": [{}]}'])
def test_a_report_that_is_none_names_no_errors(tmp_path, report):
    assert drive(tmp_path, f"for last; do :; done; echo '{report}' > ${{last#--output=}}")["errors"] == {}


def test_each_execution_has_an_address_of_its_own(tmp_path):
    """And the workflows stand in the database, where n8n looks for them."""
    account = drive(tmp_path, "exit 0")
    assert account["asked"] == {"one": [], "two": []}
    with sqlite3.connect(tmp_path / "night/home/.n8n/database.sqlite") as tables:
        kept = tables.execute("SELECT id, nodes FROM workflow_entity ORDER BY id").fetchall()
        owned = tables.execute("SELECT * FROM shared_workflow ORDER BY 1").fetchall()
    tables.close()
    assert [row[0] for row in kept] == ["night-1", "night-2"]
    assert "t" * 32 in kept[0][1] and "u" * 32 in kept[1][1] and HOME not in kept[0][1]
    assert owned == [("night-1", "p", "workflow:owner"), ("night-2", "p", "workflow:owner")]


# -- a real n8n behind real walls


@pytest.fixture
def submission(handed_in):
    """A repo with files that Python, Node or n8n would obey if they were started in it."""
    hostile = b"raise SystemExit('the learner was here')\n"
    return handed_in(
        {"json.py": hostile, "sqlite3/__init__.py": hostile, ".env": b"N8N_USER_FOLDER=/nowhere\n", "a.txt": b"a"}
    )


@with_n8n
@pytest.mark.walls
def test_a_real_n8n_does_what_the_workflow_says(submission):
    assert installed(submission)
    out = node("Out", "httpRequest", 4.2, parameters={"url": "http://192.0.2.1/", "options": {"timeout": 3000}},
               onError="continueRegularOutput")  # fmt: skip
    peek = node("Peek", "set", 3.4, parameters={"mode": "raw", "jsonOutput": "={{ { home: $env.HOME } }}"},
                onError="continueRegularOutput")  # fmt: skip
    told = post("Tell", body="={{ { out: $('Out').first().json, peek: $json } }}")
    by_hand = node("By hand", "manualTrigger")
    workflow = read(exported(line(by_hand, out, peek, told)), addresses=[HOME, "http://192.0.2.1"])
    nights = {"heard": {"POST /told": [Answer(200, {})]}, "ignored": {"POST /told": [Answer(hangs=True)]}}
    done = execute(submission, workflow, [HOME], nights, patience=1)
    (asked,) = done["heard"].asked
    assert asked.body["out"].keys() == {"error"} and "home" not in asked.body["peek"]
    assert not asked.waited_out and not done["heard"].stopped
    assert [one.waited_out for one in done["ignored"].asked] == [True]
    assert "Tell" in done["ignored"].stopped


@with_n8n
@pytest.mark.walls
def test_nodes_that_run_code_are_not_there(submission):
    """Even if the graph had let them pass."""
    code = node("Code", "code", 2, parameters={"jsCode": "return [{json: {}}]"})
    workflow = read(exported(line(node("By hand", "manualTrigger"), code, post("Tell"))), {*PLAIN, "code"}, [HOME])
    done = execute(submission, workflow, [HOME], {"one": {"POST /told": [Answer(200, {})]}})
    assert done["one"].asked == () and "n8n-nodes-base.code" in done["one"].stopped


@with_n8n
@pytest.mark.walls
def test_who_asks_without_end_is_ended(submission):
    workflow = read(exported(line(node("By hand", "manualTrigger"), post("Tell"), post("Again"))), addresses=[HOME])
    many = {"POST /told": [Answer(200, [{"n": n} for n in range(n8n_driver.MOST_REQUESTS + 5)])]}
    with pytest.raises(BadWorkflow, match="again and again"):
        execute(submission, workflow, [HOME], {"one": many})
