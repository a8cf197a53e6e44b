"""Hidden checks of delay-service, part image: the learner's Dockerfile, built, started and looked into.

One builder and one build serve all of them, made by whichever check needs them first. Where images cannot be built the
checks are skipped.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from grader.judges.kits.image_build import BadImage, Builder, Hit, Image, NoBuilder
from grader.judges.kits.image_dockerfile import bases

FILE = "Dockerfile"
PORT = 8030
MOST = 1.75  # times the base's size, as the README says
PATIENCE = 8.0  # seconds for what the README promises in two: a busy machine gets some more
CODE = "delay_service/app.py"
# hadolint's rules that a check of its own stands for
OWN = {"DL3002", "DL3006", "DL3007", "DL3057"}
LEFT = (
    "*.whl", "*/.cache/pip/*", "root/.cache/*", "var/cache/apt/archives/*.deb", "var/lib/apt/lists/*_*",
    "*/bin/gcc*", "*/bin/g++*", "*/bin/cc", "*/bin/*-gcc*", "*/bin/clang*", "*/bin/rustc", "*/lib/gcc/*/cc1*",
)  # fmt: skip


@dataclass
class Yard:
    """Where one submission's image is built and started, for all checks together."""

    builder: Builder | None = None
    image: Image | BadImage | None = None
    again: Image | BadImage | None = None
    running: bool = False
    reached: bool = False
    words: dict[str, bytes] = field(default_factory=dict)  # what may be in no layer, by what it is
    hits: list[Hit] | None = None

    def at(self, submission: Any) -> Builder:
        """The builder; skips the check where there is none."""
        if self.builder is None:
            try:
                self.builder = Builder.of(submission)
            except NoBuilder as none:
                pytest.skip(str(none))
        return self.builder

    def built(self, submission: Any) -> Image:
        """The image of what was handed in; BadImage."""
        _dockerfile(submission)
        builder = self.at(submission)
        if self.image is None:
            builder.lay(self._folder(submission), submission.executable)
            self.image = _or_bad(builder, "submitted")
        if isinstance(self.image, BadImage):
            raise self.image
        return self.image

    def rebuilt(self, submission: Any, change: Mapping[str, bytes]) -> Image:
        """The image once more, after a change of the code; BadImage."""
        image = self.built(submission)
        if self.again is None:
            self.at(submission).lay(change)
            self.again = _or_bad(self.at(submission), "again")
        if isinstance(self.again, BadImage):
            raise self.again
        return self.again if self.again is not None else image

    def found(self, submission: Any) -> list[Hit]:
        """What its layers hold and should not, searched all at once: that reads hundreds of megabytes."""
        image = self.built(submission)
        if self.hits is None:
            self.hits = self.at(submission).search(image, self.words, LEFT)
        return self.hits

    def started(self, submission: Any) -> Builder:
        """The builder with the image running in it, without a model at first; fails the check if it does not run."""
        image = self.built(submission)
        builder = self.at(submission)
        if not self.running:
            try:
                self.reached = builder.start(image, "/model", PORT)
            except BadImage as bad:
                raise AssertionError(
                    "Tried: to start your image without arguments, /model mounted and empty.\n"
                    f"Came: {bad}.\n"
                    "Look: `docker run --rm -v \"$PWD/model:/model:ro\" IMAGE` says the same; CMD or ENTRYPOINT, and "
                    "whether the user may read what it starts.") from None
            self.running = True
        return builder

    def _folder(self, submission: Any) -> dict[str, bytes]:
        """A clone with the data beside it, and what else lies in a folder in which somebody works."""
        data = submission.own.data
        given = {str(path.relative_to(data)): path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file()}
        key, token = (secrets.token_hex(16).encode() for _ in range(2))
        git = b"[remote \"origin\"]\n\turl = https://desk:" + token + b"@git.delay-desk.invalid/delay-service.git\n"
        beside = {
            ".env": b"WEATHER_KEY=" + key + b"\n",
            ".git/config": git,
            ".git/HEAD": b"ref: refs/heads/main\n",
        }
        self.words = {"the key in .env": key, "the password in .git/config": token}
        for path, content in given.items():
            lines = content.splitlines()
            self.words[f"a row of {path}"] = lines[len(lines) // 2]
        return {**submission.submitted, **given, **beside}


def _or_bad(builder: Builder, name: str) -> Image | BadImage:
    try:
        return builder.build(name)
    except BadImage as bad:
        return bad


def _dockerfile(submission: Any) -> bytes:
    data = submission.submitted.get(FILE)
    assert data is not None, (
        f"Tried: to read {FILE}.\n"
        "Came: there is no such file.\n"
        "Look: it lies beside pyproject.toml, and is committed.")
    return bytes(data)


def _line(dockerfile: bytes, number: int) -> str:
    lines = dockerfile.decode("utf-8", "replace").splitlines()
    return lines[number - 1].strip().upper() if 0 < number <= len(lines) else ""


@pytest.fixture(scope="session")
def yard() -> Iterator[Yard]:
    yield Yard()


# -- the Dockerfile


@pytest.mark.check(points=1, skill="packaging", part="image")
def test_hadolint_finds_nothing(submission, yard):
    """hadolint finds no error and no warning in the Dockerfile."""
    dockerfile = _dockerfile(submission)
    try:
        findings = yard.at(submission).lint(dockerfile)
    except BadImage as bad:
        raise AssertionError(
            f"Tried: hadolint on your {FILE}.\n"
            f"Came: {bad}.\n"
            "Look: each line begins with an instruction; a long one goes on after a backslash.") from None
    wrong = [
        one
        for one in findings
        if one.level in ("error", "warning") and one.code not in OWN
        # a health check is a shell's line as often as not: what is said of CMD does not hold for it
        if not (one.code == "DL3025" and _line(dockerfile, one.line).startswith("HEALTHCHECK"))
    ]
    assert not wrong, (
        f"Tried: hadolint on your {FILE}.\n"
        f"Came: {len(wrong)} findings; the first is {wrong[0].code} in line {wrong[0].line}: {wrong[0].text[:150]}.\n"
        f"Look: hadolint's page about {wrong[0].code}; `ladder tools run images {FILE}` runs it here.")


@pytest.mark.check(points=1, skill="packaging", part="image")
def test_the_base_is_pinned(submission):
    """Each base image is named by a digest, or by a tag with its minor version."""
    found = bases(_dockerfile(submission).decode("utf-8", "replace"))
    assert found, (
        f"Tried: {FILE}, and read what it builds on.\n"
        "Came: no FROM that names an image.\n"
        "Look: FROM python:…, with a tag.")
    loose = [base.name for base in found if not base.pinned]
    assert not loose, (
        f"Tried: {FILE}, and read what it builds on.\n"
        f"Came: {loose[0][:80]!r}, which is another image next spring.\n"
        "Look: a tag that names the minor version, or a digest.")


# -- the build


@pytest.mark.check(points=2, skill="packaging", part="image")
def test_the_image_builds(submission, yard):
    """The image builds from a clone, without a network."""
    try:
        image = yard.built(submission)
    except BadImage as bad:
        raise AssertionError(
            "Tried: to build your image from a clone, data/ and .env beside it, without a network.\n"
            f"Came: {bad}.\n"
            "Look: the first point of the ticket says what there is to build with; try it in a fresh clone.") from None
    assert image.layers, (
        "Tried: to build your image.\n"
        "Came: an image that is nothing but its base.\n"
        "Look: the packages and the code have to be in it.")


@pytest.mark.check(points=1, skill="packaging", part="image", requires=["test_the_image_builds"])
def test_no_data_is_in_any_layer(submission, yard):
    """No layer holds data."""
    _holds_none(submission, yard, lambda what: what.startswith("a row of"), "the data",
                "`COPY . .` takes what .dockerignore does not name; a layer keeps what a later line deletes")


@pytest.mark.check(points=1, skill="packaging", part="image", requires=["test_the_image_builds"])
def test_no_secret_is_in_any_layer(submission, yard):
    """No layer holds a secret, also not one that a later line deletes."""
    _holds_none(submission, yard, lambda what: not what.startswith("a row of"), "a secret",
                "`docker history IMAGE`: each line is a layer, and each layer is shipped; what .dockerignore names "
                "never gets that far")


@pytest.mark.check(points=1, skill="packaging", part="image", requires=["test_the_image_builds"])
def test_no_tools_or_caches_are_left(submission, yard):
    """No layer holds a compiler, a wheel, or a cache of pip or apt."""
    image = yard.built(submission)
    hits = [hit for hit in yard.found(submission) if hit.what in LEFT]
    assert not hits, (
        "Tried: to look for compilers, wheels and caches in every layer of your image.\n"
        f"Came: {_place(hits[0], image)}{_more(hits)}.\n"
        "Look: what a RUN makes and a later RUN deletes stays in the layer; delete it in the same RUN, or build in a "
        "stage of its own.")


@pytest.mark.check(points=1, skill="packaging", part="image", requires=["test_the_image_builds"])
def test_it_is_small(submission, yard):
    """What is put on top of the base is within the bound."""
    image = yard.built(submission)
    added = sum(layer.bytes for layer in image.layers)
    largest = sorted((layer.bytes for layer in image.layers), reverse=True)[:3]
    assert added <= MOST * image.base, (
        "Tried: to add up the layers above the base.\n"
        f"Came: {added >> 20} MB, {added / image.base:.2f} times the base; the largest layers have "
        f"{', '.join(f'{size >> 20} MB' for size in largest)}.\n"
        "Look: `docker history IMAGE`. Is something in it twice, or something that a service at work does not need?")


@pytest.mark.check(points=1, skill="packaging", part="image", requires=["test_the_image_builds"])
def test_new_code_installs_nothing_again(submission, yard):
    """After a change of the code the layer with the packages comes from the cache."""
    first = yard.built(submission)
    mark = b"changed in " + secrets.token_hex(12).encode()
    changed = submission.submitted.get(CODE, b"") + b"\n# " + mark + b"\n"
    try:
        again = yard.rebuilt(submission, {CODE: changed})
    except BadImage as bad:
        raise AssertionError(
            f"Tried: to build your image once more, after a comment was added to {CODE}.\n"
            f"Came: {bad}.\n"
            "Look: does something in the build depend on that file?") from None
    largest = max(first.layers, key=lambda layer: layer.bytes)
    assert largest.digest in {layer.digest for layer in again.layers}, (
        f"Tried: to build your image once more, after a comment was added to {CODE}.\n"
        f"Came: the layer with the packages ({largest.bytes >> 20} MB) was made anew.\n"
        "Look: from the first line for which something has changed, all is made anew. What changes most comes last.")
    assert yard.at(submission).search(again, {"the change": mark}), (
        f"Tried: to build your image once more, after a comment was added to {CODE}.\n"
        "Came: the change is not in the image.\n"
        "Look: the code has to come from the repository's folder.")


# -- the image at work


@pytest.mark.check(points=1, skill="packaging", part="image", requires=["test_the_image_builds"])
def test_nothing_in_it_runs_as_root(submission, yard):
    """The processes of the started image are not root's."""
    processes = yard.started(submission).processes()
    assert processes, (
        "Tried: to look whose the processes of your started image are.\n"
        "Came: there is none left.\n"
        "Look: does it go on in the foreground?")
    roots = [process for process in processes if 0 in process.uids]
    assert not roots, (
        "Tried: to look whose the processes of your started image are.\n"
        f"Came: {len(roots)} of {len(processes)} run as user 0 ({roots[0].name[:40]}).\n"
        "Look: USER, with a user that exists or a number.")


@pytest.mark.check(points=2, skill="packaging", part="image", requires=["test_the_image_builds"])
def test_it_answers_from_outside(submission, yard):
    """Started without arguments and without a model, it answers at port 8030 from outside."""
    builder = yard.started(submission)
    assert yard.reached, (
        f"Tried: to start your image and connect to port {PORT} from another address.\n"
        "Came: nobody there; from inside the container somebody answers.\n"
        "Look: the address that the service listens at.")
    for path, status in (("/health", 200), ("/ready", 503)):
        answer = builder.get(path)
        assert answer.status == status, (
            f"Tried: GET {path} from outside, without a model.\n"
            f"Came: {answer}.\n"
            "Look: the table of answers in the README; does the image start the service that your tests do?")


@pytest.mark.check(points=1, skill="packaging", part="image", requires=["test_it_answers_from_outside"])
def test_it_serves_the_model_that_is_mounted(submission, yard, desk, draw):
    """A model that comes to /model/model.json is served, with the chances it has outside."""
    model = desk.model()
    rows = desk.later(12, draw)
    builder = yard.started(submission)
    builder.put("model.json", model)
    tried = "to put a model to /model/model.json while your image runs"
    until = time.monotonic() + PATIENCE
    while (ready := builder.get("/ready")).status != 200:
        assert time.monotonic() < until, (
            f"Tried: {tried}, and GET /ready for some seconds.\n"
            f"Came: {ready}.\n"
            "Look: which file the image's command names; whether its user may read what is mounted.")
        time.sleep(0.2)
    answer = builder.post("/predict", desk.asked(rows))
    chances = desk.said(answer, len(rows), f"{tried}, and POST /predict with some flights")[1]
    submission.files.write("/tmp/of-image.json", model)
    outside = submission.module("delay_service.score").chances("/tmp/of-image.json", rows)
    assert desk.same(chances, [float(one) for one in outside]), (
        f"Tried: {tried}, and asked for some flights.\n"
        "Came: other chances than score.chances gives for the same rows outside of it.\n"
        "Look: the versions of the packages in the image, and which code is in it.")


@pytest.mark.check(points=1, skill="packaging", part="image", requires=["test_the_image_builds"])
def test_the_health_check_tells(submission, yard):
    """The image's health check is content while the process answers, and not when it is dead."""
    builder = yard.started(submission)
    came = builder.health()
    for _ in range(2):  # as an engine does: one that fails is tried again, and on a busy machine one may
        if came is not None and came[0] != 0:
            came = builder.health()
    assert came is not None, (
        "Tried: to read the health check of your image.\n"
        "Came: there is none.\n"
        "Look: HEALTHCHECK.")
    assert came[0] == 0, (
        "Tried: your image's health check, inside the container, while the service runs.\n"
        f"Came: {_ended(came[0])} ({came[1] or 'it said nothing'}).\n"
        "Look: run it yourself with `docker exec`. A slim image has Python and little else.")
    builder.stop()
    yard.running = False
    dead = builder.health()
    assert dead is not None and dead[0] != 0, (
        "Tried: your image's health check, inside the container, after the service was killed.\n"
        "Came: exit code 0.\n"
        "Look: it has to ask the service, and to fail if nobody answers.")


def _ended(code: int | None) -> str:
    return "it was not done within half a minute" if code is None else f"exit code {code}"


def _holds_none(submission: Any, yard: Yard, of: Any, what: str, look: str) -> None:
    image = yard.built(submission)
    words = {name: word for name, word in yard.words.items() if of(name)}
    hits = [hit for hit in yard.found(submission) if hit.what in words]
    assert not hits, (
        f"Tried: to look for {what} in every layer of your image.\n"
        f"Came: {hits[0].what}, in {_place(hits[0], image)}{_more(hits)}.\n"
        f"Look: {look}.")
    told = [name for name, word in words.items() if word.decode("utf-8", "replace") in image.text]
    assert not told, (
        f"Tried: to look for {what} in what `docker inspect` and `docker history` say of your image.\n"
        f"Came: {told[0]}.\n"
        f"Look: {look}.")


def _place(hit: Hit, image: Image) -> str:
    return f"{hit.path[:100]} in layer {hit.layer + 1} of {len(image.layers)} above the base"


def _more(hits: list[Hit]) -> str:
    others = len({hit.path for hit in hits}) - 1
    return "" if others < 1 else ", and one more" if others == 1 else f", and {others} more"
