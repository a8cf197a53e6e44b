"""The kit that starts a learner's service and asks it: on services as learners may hand them in, behind real walls."""

import json
import time

import pytest

from grader.judges.kits import http_service
from grader.judges.kits.http_service import BadService, Service, request
from grader.model import Limits

LIMITS = Limits(seconds=120, check_seconds=20)
SOCKET = "/tmp/one.sock"
PROGRAM = b"""
import json, os, signal, socket, sys, threading, time

how = sys.argv[1]
if how == "does not start":
    raise SystemExit("there is no module named model")
if how == "does not import":
    import no_such_library
if how == "listens nowhere":
    time.sleep(60)
if how == "leaves a daemon" and os.fork():
    time.sleep(0.5)
    os._exit(0)
if how == "leaves a daemon":
    os.setsid()
ends = threading.Event()
signal.signal(signal.SIGTERM, signal.SIG_IGN if how == "ignores SIGTERM" else lambda *_: ends.set())
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[2])
listening.listen(100)
listening.settimeout(0.05)

def answer(line):
    asked = b""
    while b"\\r\\n\\r\\n" not in asked:
        more = line.recv(65536)
        if not more:
            return line.close()
        asked += more
    head, body = asked.split(b"\\r\\n\\r\\n", 1)
    lines = head.lower().split(b"\\r\\n")
    length = next((int(one.split(b":")[1]) for one in lines if one.startswith(b"content-length")), 0)
    while len(body) < length:
        body += line.recv(65536)
    path = head.split(b" ")[1]
    if path == b"/forever":
        line.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
        while True:
            line.sendall(b"x" * 65536)
    if path == b"/drips":
        line.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
        while True:
            line.sendall(b"x")
            time.sleep(0.02)
    if path == b"/silent":
        time.sleep(30)
    if path == b"/half":
        line.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 100\\r\\n\\r\\nhalf")
    elif path == b"/falls":
        said = b"Internal Server Error"
        line.sendall(b"HTTP/1.1 500 Internal Server Error\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(said) + said)
    elif path == b"/noise":
        line.sendall(b"\\x00\\x01 200 what")
    elif path != b"/closes":
        data = json.dumps({"path": path.decode(), "asked": body.decode("utf-8", "replace")}).encode()
        line.sendall(b"HTTP/1.1 203 OK\\r\\nX-One: two\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(data) + data)
    line.close()

def safely(line):
    try:
        answer(line)
    except OSError:
        pass

lines = []
while not ends.is_set():
    try:
        line = listening.accept()[0]
    except TimeoutError:
        continue
    line.settimeout(20)
    lines.append(threading.Thread(target=safely, args=(line,), daemon=True))
    lines[-1].start()
lines[-1].join()
if how != "leaves its socket":
    os.remove(sys.argv[2])
print("ended well")
raise SystemExit(7 if how == "ends with 7" else 0)
"""


@pytest.fixture
def submission(handed_in):
    """A submission whose repo is the program."""
    return handed_in({"program.py": PROGRAM})


def started(submission, how="well", seconds=15.0):
    return Service.start(submission, ["python", "program.py", how, SOCKET], SOCKET, seconds=seconds)


@pytest.mark.walls
def test_requests_and_answers_are_carried_as_they_are(submission):
    service = started(submission)
    answer = service.post("/a?b=c", {"word": "é", "number": 1.5})
    assert (answer.status, answer.headers["x-one"], answer.problem) == (203, "two", "")
    assert answer.json["path"] == "/a?b=c" and json.loads(answer.json["asked"]) == {"word": "é", "number": 1.5}
    assert submission.files.list("relay_*") == []  # nothing of the kit's lies among the learner's files
    # 130 requests of very different length, 20 at a time: each has its own answer, in the order they were made
    bodies = [str(number).encode() * (1 + 3000 * (number % 7 == 0)) for number in range(130)]
    answers = service.ask([request("POST", f"/{number}", body) for number, body in enumerate(bodies)], at_once=20)
    assert [(one.json["path"], one.json["asked"]) for one in answers] == [
        (f"/{number}", body.decode()) for number, body in enumerate(bodies)
    ]


@pytest.mark.walls
def test_answers_that_are_none_say_why(submission):
    service = started(submission)
    paths = ("silent", "forever", "drips", "half", "noise", "closes", "falls", "good")
    answers = service.ask([request("GET", f"/{path}") for path in paths], at_once=8, seconds=1.0)
    silent, forever, drips, half, noise, closes, falls, good = answers
    assert "within 1 seconds (0 bytes came)" in str(silent) and "more than 1 MB" in str(forever)
    assert "no whole answer within 1 seconds" in str(drips) and "(0 bytes" not in str(drips)
    assert "no whole HTTP" in half.problem and "no whole HTTP" in noise.problem
    assert "closed" in closes.problem and str(closes) == closes.problem
    assert {one.status for one in (silent, forever, drips, half, noise, closes)} == {0} and good.status == 203
    assert (falls.status, falls.json, str(falls)) == (500, None, "500 Internal Server Error")


@pytest.mark.walls
def test_no_call_outlasts_its_limit_whoever_hangs(submission):
    service = started(submission)
    asked = [*(request("GET", f"/{number}") for number in range(6)), *[request("GET", "/silent")] * 300]
    answers = service.ask(asked, at_once=3, seconds=1.0)  # one after the other they would take a hundred seconds
    assert [one.status for one in answers[:6]] == [203] * 6 and len(answers) == 306
    assert all("within 1 seconds" in str(one) for one in answers[6:9])
    assert all(str(one).startswith("not asked") for one in answers[9:]) and {one.status for one in answers[6:]} == {0}


@pytest.mark.walls
def test_requests_that_one_call_has_no_time_for_go_with_the_next(submission, monkeypatch):
    service = started(submission)
    monkeypatch.setattr(http_service, "_BEGIN", 0.0)  # each call begins its first few, and no more
    answers = service.ask([request("POST", f"/{number}", b"") for number in range(10)], at_once=3)
    assert [one.json["path"] for one in answers] == [f"/{number}" for number in range(10)]


@pytest.mark.walls
def test_what_was_tried_is_said_without_a_word_of_the_relay(submission):
    service = started(submission)
    assert "relay" not in submission.last_call
    service.get("/good")
    assert submission.last_call == "asked your service"
    service.terminate()
    assert submission.last_call == "sent your service SIGTERM"
    service.ended(5)
    assert "relay" not in submission.last_call


@pytest.mark.walls
def test_a_request_may_be_held_while_the_service_ends(submission):
    service = started(submission)
    held = service.hold(request("POST", "/held", b"0123456789")[:-4])
    time.sleep(0.3)  # it was accepted before the end came
    service.terminate()
    answer = service.go_on(held, b"6789")
    assert answer.json == {"path": "/held", "asked": "0123456789"}
    ended = service.ended(10)
    assert (ended.code, ended.socket_is_there, ended.answers, ended.said) == (0, False, False, "ended well")


@pytest.mark.walls
@pytest.mark.parametrize(
    ("how", "code", "there", "answers"),
    [
        ("ends with 7", 7, False, False),
        ("leaves its socket", 0, True, False),
        ("ignores SIGTERM", None, True, True),
        ("leaves a daemon", 0, True, True),
    ],
)
def test_how_a_service_ends_is_seen(submission, how, code, there, answers):
    service = started(submission, how)
    assert service.get("/").status == 203
    time.sleep(1.0 if how == "leaves a daemon" else 0.0)  # its parent has left by then
    service.terminate()
    ended = service.ended(3)
    assert (ended.code, ended.socket_is_there, ended.answers) == (code, there, answers)


@pytest.mark.walls
def test_a_service_that_cannot_be_asked_says_why(submission):
    with pytest.raises(BadService, match="exit code 1 .there is no module named model"):
        started(submission, "does not start")
    with pytest.raises(BadService, match="exit code 1 .ModuleNotFoundError: No module named 'no_such_library'"):
        started(submission, "does not import")
    with pytest.raises(BadService, match="listened nowhere for 1 seconds"):
        started(submission, "listens nowhere", seconds=1)


@pytest.mark.walls
def test_a_file_is_put_in_place_in_one_step(submission):
    service = started(submission)
    submission.files.write("kept/model.json", b"old")
    service.put("kept/model.json", b"new")
    assert submission.files.read("kept/model.json") == b"new"
    assert submission.files.list("kept/*") == ["kept/model.json"]  # and nothing beside it
