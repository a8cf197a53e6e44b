"""nbgrader's formgrader over our scores: through its own REST API, and in a real browser where one is installed."""

import base64
import contextlib
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from grader import catalog
from grader.cohort import settings
from grader.ledger import Kind, open_ledger
from grader.model import Outcome
from grader.nbgrader_course import syncing

from ..promotion.conftest import SMALL, make_card

TOKEN = "a-token-of-this-test"
SECONDS = 240  # three are enough on an idle machine
CHROMIUM = shutil.which("chromium")
# The form fills its scores in only once MathJax is there, which the page asks a CDN for: here is no network.
TYPESETTER = "window.MathJax = {Hub: {Startup: {signal: {Interest: tell => setTimeout(() => tell('End'), 0)}}}}"


class Server:
    """A Jupyter server with the formgrader over one course folder."""

    def __init__(self, course, home):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._file = home / "server.log"
        self._log = self._file.open("w")
        environment = {**os.environ, "HOME": str(home), "JUPYTER_CONFIG_DIR": str(home), "JUPYTER_PREFER_ENV_PATH": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser", f"--port={port}", "--ip=127.0.0.1",
             f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={course}",
             "--ServerApp.jpserver_extensions=nbgrader.server_extensions.formgrader=True"],
            cwd=course, env=environment, stdout=self._log, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def wait(self):
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with contextlib.suppress(OSError):
                return self.ask("GET", "/formgrader/api/status")
            time.sleep(0.2)
        raise AssertionError(f"no formgrader: {self._file.read_text()[-2000:]}")

    def ask(self, method, path, **body):
        request = urllib.request.Request(
            self.url + path, method=method, data=json.dumps(body).encode() if body else None,
            headers={"Authorization": f"token {TOKEN}"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
            return answer.read().decode()

    def close(self):
        self._process.terminate()
        self._process.wait(20)
        self._log.close()


class Class:
    """A cohort of one, its course folder, and a server on it."""

    def __init__(self, folder):
        self.folder = folder
        self.level = catalog.find_level("1")
        self.failed = next(check for check in self.level.checks if check.hidden)
        (folder / "cohort.toml").write_text('format = 1\nname = "autumn"\nkey = "cohort.key"\nledger = "ledger.db"\n'
                                            'store = "store"\nout = "feedback"\n')  # fmt: skip
        from grader.seeds import Key

        Key.new().write(folder / "cohort.key")
        with open_ledger(folder / "ledger.db", "autumn") as ledger:
            card = make_card(self.level, "ada", "sha256:ada", {self.failed.name: Outcome.FAILED})
            ledger.add_scorecard(card, key="ada", arrival=None)
        self.course = folder / "course"
        self.course.mkdir()
        (self.course / "nbgrader_config.py").write_text(
            f'c = get_config()\nc.CourseDirectory.course_id = "autumn"\nc.CourseDirectory.root = "{self.course}"\n'
        )

    def sync(self):
        cohort = settings.read(self.folder / "cohort.toml")
        address = str(self.course / "gradebook.db")
        return list(syncing.run(cohort, address, "Grace Hopper", self.course, create=True))

    def reviews(self):
        with open_ledger(self.folder / "ledger.db", "autumn") as ledger:
            return [(entry.by, dict(entry.body["marks"])) for entry in ledger.entries(kind=Kind.REVIEW)]


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    folder = tmp_path_factory.mktemp("formgrader")
    shutil.copytree(SMALL, folder / "levels" / "01-small")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(catalog.LEVELS_VARIABLE, str(folder / "levels"))
        yield Class(folder)


@pytest.fixture(scope="module")
def server(taught):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = taught.sync()
        assert "scores entered" in first[0]
        assert "nothing new" in taught.sync()[0]
    made = Server(taught.course, taught.folder)
    try:
        made.wait()
        yield made
    finally:
        made.close()


def submission(server, taught):
    listed = json.loads(server.ask("GET", f"/formgrader/api/submitted_notebooks/01-small/{taught.failed.exercise}"))
    return listed[0]["id"]


def grade(server, taught):
    listed = json.loads(server.ask("GET", f"/formgrader/api/grades?submission_id={submission(server, taught)}"))
    return next(one for one in listed if one["name"] == taught.failed.name)


def test_a_mark_given_through_formgrader_comes_back_as_a_review(taught, server):
    page = server.ask("GET", f"/formgrader/submissions/{submission(server, taught)}/")
    assert taught.failed.name in page
    assert "Came: nothing." in page
    mine = grade(server, taught)
    assert (mine["auto_score"], mine["max_score"]) == (0, taught.failed.points)
    server.ask("PUT", f"/formgrader/api/grade/{mine['id']}", manual_score=0.5, extra_credit=0.25)
    (line,) = taught.sync()
    assert "1 marks read back" in line
    name = f"{taught.failed.exercise}/{taught.failed.name}"
    assert taught.reviews()[-1] == ("Grace Hopper", {name: {"score": 0.5, "extra_credit": 0.25}})


class Browser:
    """Headless chromium, driven by the DevTools protocol."""

    def __init__(self, folder):
        import websocket

        self._process = subprocess.Popen(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
             "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
             "--remote-debugging-port=0", f"--user-data-dir={folder}", "--window-size=1200,1600", "about:blank"],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        address = next(found[0] for line in self._process.stderr if (found := re.search(r"ws://\S+", line)))
        port = address.split("/")[2]
        with urllib.request.urlopen(f"http://{port}/json") as told:  # noqa: S310 - loopback
            page = next(one for one in json.load(told) if one["type"] == "page")
        self._socket = websocket.create_connection(page["webSocketDebuggerUrl"], suppress_origin=True, timeout=30)
        self._numbers = itertools.count(1)

    def ask(self, method, **parameters):
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (told := json.loads(self._socket.recv())).get("id") != number:
            pass
        return told["result"]

    def value(self, expression):
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def until(self, expression):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if found := self.value(expression):
                return found
            time.sleep(0.1)
        state = self.value("`${location.pathname} ${document.readyState} ${document.body.innerText}`")
        raise AssertionError(f"never true in the page: {expression}; {state[:600]}")

    def close(self):
        self._socket.close()
        self._process.terminate()
        self._process.communicate(timeout=20)


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_in_a_browser(taught, server, tmp_path):
    browser = Browser(tmp_path / "profile")
    try:
        browser.ask("Page.enable")
        browser.ask("Network.enable")
        browser.ask("Network.setExtraHTTPHeaders", headers={"Authorization": f"token {TOKEN}"})
        browser.ask("Page.addScriptToEvaluateOnNewDocument", source=TYPESETTER)
        browser.ask("Page.navigate", url=f"{server.url}/formgrader/submissions/{submission(server, taught)}/")
        box = f"document.getElementById('{taught.failed.name}')"
        browser.until(f"{box} && {box}.placeholder === '0'")  # our score; the form has been filled
        assert "Came: nothing." in browser.value("document.body.innerText")
        browser.value(f"{box}.focus(), {box}.value = '0.75', $({box}).trigger('change'), {box}.blur()")
        until = time.monotonic() + 30
        while grade(server, taught)["manual_score"] != 0.75 and time.monotonic() < until:
            time.sleep(0.1)
        (line,) = taught.sync()
        assert "1 marks read back" in line
        name = f"{taught.failed.exercise}/{taught.failed.name}"
        assert taught.reviews()[-1][1][name]["score"] == 0.75
        (tmp_path / "page.png").write_bytes(base64.b64decode(browser.ask("Page.captureScreenshot")["data"]))
    finally:
        browser.close()
