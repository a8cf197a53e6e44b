"""The kit that builds and starts an image: on Dockerfiles as learners may hand them in, in a real builder."""

import json

import pytest

from grader.errors import GraderFault
from grader.judges.kits.image_build import BadImage, Builder, NoBuilder
from grader.tools import tools_folder
from grader.walls import builder

SERVER = b"""
import http.server, json, os, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = os.listdir("/beside") if os.path.isdir("/beside") else []
        said = json.dumps({"path": self.path, "beside": found}).encode()
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
        self.wfile.write(said)

http.server.ThreadingHTTPServer((sys.argv[1], 8030), Handler).serve_forever()
"""
ASKS = (
    'HEALTHCHECK CMD ["python", "-c", "from urllib.request import urlopen; urlopen(\'http://127.0.0.1:8030/health\')"]'
)
PLAIN = f"""FROM python:3.11-slim
RUN useradd --uid 10001 somebody
COPY code/server.py ./
USER somebody
{ASKS}
CMD ["python", "server.py", "0.0.0.0"]
"""


@pytest.fixture(scope="module")
def walled():
    try:
        child = builder.spawn(tools_folder() / "images", builder.Room(disk_mb=600))
    except GraderFault as fault:
        pytest.skip(str(fault))
    yield Builder(child.sock)
    child.sock.close()
    assert child.wait(20).ended == "exit"


@pytest.fixture
def lay(walled):
    """Lays a Dockerfile, beside it a server and what else is named."""

    def lays(dockerfile, **files):
        beside = {"code/server.py": SERVER, ".dockerignore": b"", "secret.txt": b"", **files}
        walled.lay({"Dockerfile": dockerfile.encode(), **beside})
        return walled

    return lays


def build(walled, name="one", seconds=60.0):
    return walled.build(name, seconds)


# -- building


def test_an_image_is_built_and_its_layers_are_told(lay):
    image = build(lay(PLAIN))
    assert image.config["User"] == "somebody" and image.config["Cmd"] == ["python", "server.py", "0.0.0.0"]
    assert len(image.layers) == 2 and image.base > 50 << 20
    assert image.layers[1].files == 1 and image.layers[1].bytes == len(SERVER)


def test_only_what_follows_a_change_is_built_anew(lay):
    before = build(lay(PLAIN))
    after = build(lay(PLAIN, **{"code/server.py": SERVER + b"# later\n"}), "two")
    same = [one.digest == other.digest for one, other in zip(before.layers, after.layers, strict=True)]
    assert same == [True, False]
    assert lay(PLAIN).search(after, {"change": b"# later"})[0].path == "server.py"


def test_what_a_later_line_deletes_is_still_found(lay):
    walled = lay(PLAIN + "USER root\nCOPY . /all\nRUN rm -r /all\n", **{"secret.txt": b"key 4711 0815\n"})
    image = build(walled)
    (hit,) = walled.search(image, {"the key": b"4711 0815"})
    assert (hit.layer, hit.path, hit.what) == (2, "all/secret.txt", "the key")
    assert [hit.path for hit in walled.search(image, {}, ["all/*.py"])] == ["all/code/server.py"]
    assert walled.search(image, {"nothing": b"4711 0816"}, ["*.whl"]) == []


def test_what_dockerignore_names_is_in_no_layer(lay):
    walled = lay(PLAIN + "COPY . /all\n", **{"secret.txt": b"key 4711 0815\n", ".dockerignore": b"secret.txt\n"})
    assert walled.search(build(walled), {"the key": b"4711 0815"}) == []


def test_pip_finds_the_wheels_and_nothing_else(lay):
    walled = lay("FROM python:3.11-slim\nRUN pip install --no-cache-dir h11\n")
    assert walled.search(build(walled), {}, ["*/h11/__init__.py"])
    with pytest.raises(BadImage, match="pip install left-pad .*[Nn]o matching distribution"):
        build(lay("FROM python:3.11-slim\nRUN pip install left-pad\n"))


@pytest.mark.parametrize(
    ("dockerfile", "said"),
    [
        ("FROM python:3.11-slim\nADD http://192.0.2.1/model.json /\n", "ended with exit code .* at: ADD http"),
        ("FROM python:3.11-slim\nRUN exit 7\n", "exit code 7 at: RUN exit 7"),
        ("FROM python:3.11-slim\nCOPY nothing.txt /\n", "at: COPY nothing.txt"),
        ("FROM nothing:1.0\n", "at: FROM nothing:1.0"),
        ("print('hello')\n", "at: its first line .*no FROM"),
        ("", "at: its first line"),
        ("FROM python:3.11-slim\nRUN dd if=/dev/zero of=/big bs=1M count=2000\n", "exit code 1 at: RUN dd"),
    ],
)
def test_a_build_that_fails_says_where(lay, dockerfile, said):
    with pytest.raises(BadImage, match=said):
        build(lay(dockerfile))


def test_a_build_that_never_ends_is_ended(lay):
    walled = lay("FROM python:3.11-slim\nRUN sleep 1000 & sleep 1000\n")
    with pytest.raises(BadImage, match="not done after 4 seconds .at: RUN sleep 1000"):
        build(walled, seconds=4.0)
    assert build(lay(PLAIN)).layers  # and the next one is built


def test_a_build_is_nobody_here_and_alone(lay):
    """RUN lines see their own processes and no network, and their root is no root of the machine's."""
    looks = "import json, os; print(json.dumps([open('/proc/self/uid_map').read().split(), "
    looks += "sorted(open(f'/proc/{n}/comm').read().strip() for n in os.listdir('/proc') if n.isdigit()), "
    looks += "os.path.exists('/scratch'), os.path.exists('/ladder'), open('/proc/net/route').read().count(chr(10))]))"
    walled = lay(f'FROM python:3.11-slim\nRUN python -c "{looks}" > /seen.json\nCMD ["cat", "/seen.json"]\n')
    image = build(walled)
    with pytest.raises(BadImage) as ended:
        walled.start(image, "/beside", 8030)
    mapped, processes, *seen = json.loads(str(ended.value).partition("(")[2].rstrip(")"))
    assert int(mapped[1]) > 65535
    assert all(name.startswith(("buildah", "python", "sh", "memfd", "4", "3", "exe")) for name in processes), processes
    assert seen == [False, False, 1]


# -- running


def test_a_started_image_is_asked_from_outside(lay):
    walled = lay(PLAIN)
    assert walled.start(build(walled), "/beside", 8030) is True
    assert walled.get("/health").json == {"path": "/health", "beside": []}
    walled.put("model.json", b"{}")
    assert walled.get("/nothing").status == 404 and walled.get("/nothing").json["beside"] == ["model.json"]
    processes = walled.processes()
    assert [process.name for process in processes] == ["python"] and set(processes[0].uids) == {10001}


def test_its_health_check_is_run_alive_and_dead(lay):
    walled = lay(PLAIN)
    walled.start(build(walled), "/beside", 8030)
    assert walled.health() == (0, "")
    walled.stop()
    assert walled.processes() == [] and walled.get("/health").problem == "nobody there"
    code, said = walled.health()
    assert code == 1 and said


@pytest.mark.parametrize(
    ("check", "came"),
    [
        ("", None),
        ("HEALTHCHECK NONE", None),
        ("HEALTHCHECK CMD curl http://127.0.0.1 || exit 1", 1),
        ("HEALTHCHECK CMD true", 0),
    ],
)
def test_health_checks_of_other_kinds(lay, check, came):
    walled = lay(PLAIN.replace(ASKS, check))
    walled.start(build(walled), "/beside", 8030)
    said = walled.health()
    assert said is None if came is None else said[0] == came


def test_who_listens_to_itself_alone_is_not_reached(lay):
    walled = lay(PLAIN.replace("0.0.0.0", "127.0.0.1"))
    assert walled.start(build(walled), "/beside", 8030) is False
    assert walled.get("/health").problem == "nobody there"


def test_root_is_seen_as_root(lay):
    walled = lay(PLAIN.replace("USER somebody\n", ""))
    walled.start(build(walled), "/beside", 8030)
    assert {0} == {uid for process in walled.processes() for uid in process.uids}


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ('CMD ["python", "-c", "raise SystemExit(3)"]', "exit code 3"),
        ('CMD ["python", "-c", "import nothing"]', "No module named 'nothing'"),
        ('CMD ["sleep", "1000"]', "nobody listened at port 8030 for 3 seconds"),
        ('CMD ["/no/such/program"]', "ended with exit code"),
    ],
)
def test_an_image_that_serves_nothing_says_why(lay, command, said):
    walled = lay(f"FROM python:3.11-slim\n{command}\n")
    with pytest.raises(BadImage, match=said):
        walled.start(build(walled), "/beside", 8030, seconds=3.0)


# -- the Dockerfile


def test_hadolint_reads_it(walled):
    found = walled.lint(b"FROM python\n# hadolint ignore=DL3025\nCMD python server.py\n")
    assert [(one.code, one.level, one.line) for one in found] == [("DL3006", "warning", 1), ("DL3025", "warning", 3)]


@pytest.mark.parametrize("text", [b"print('hello')\n", b"FROM python:3.11\nRUN\n", b"\xff\xfe\x00"])
def test_what_is_no_dockerfile_is_an_error_of_it(walled, text):
    try:
        found = walled.lint(text)
    except BadImage as bad:
        assert "hadolint cannot read it" in str(bad)
    else:
        assert any(one.level == "error" for one in found)


def test_where_there_is_no_builder_a_check_can_skip():
    class Submission:
        def builder(self):
            raise LookupError("images cannot be built here")

    with pytest.raises(NoBuilder, match="cannot be built here"):
        Builder.of(Submission())
