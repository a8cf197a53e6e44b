import dataclasses
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from grader import datasets, exercise, generated
from grader.errors import GraderFault
from grader.model import Exercise, Level, Limits, Rule, Skill
from grader.seeds import Key
from grader.tree import Tree

GENERATE = '''
"""Writes one learner's number; leaves a line in a log each time it runs."""
import json, os, random, sys
from pathlib import Path
import numbers_of_ours

assert "LADDER_CACHE" not in os.environ
exercise, seed, out, data = sys.argv[1:]
LOG = Path(__file__).with_name("log.txt")
with LOG.open("a") as log:
    log.write(f"{os.getpid()} {exercise} {seed}\\n")
if exercise == "02-fails":
    print("about to fail", file=sys.stderr)
    raise ValueError("no rows left")
if exercise == "04-exits":
    sys.exit(3)
out = Path(out)
(out / "data" / "deep").mkdir(parents=True)
number = numbers_of_ours.draw(seed)
(out / "data" / "deep" / "number.txt").write_text(str(number))
if exercise == "03-no-truth":
    sys.exit(0)
(out / "truth").mkdir(mode=0o700)
if exercise == "05-empty-truth":
    sys.exit(0)
where = {"datasets": data, "flights": (Path(data) / "flights.parquet").is_file(), "number": number}
(out / "truth" / "truth.json").write_text(json.dumps(where))
(out / "truth" / "truth.json").chmod(0o600)
'''
# Keeps count of its draws: a second data set of the same process would differ if the module were kept.
NUMBERS = """
import random
drawn = 0
def draw(seed):
    global drawn
    drawn += 1
    return random.Random(seed).randrange(10**12) + drawn
"""
KEY = Key(bytes(range(32)))


def an_exercise(exercise_id: str, fresh: int) -> Exercise:
    return Exercise(exercise_id, "notebook", "Title", 10, "gentle", "It matters.", fresh, Limits(), ())


@pytest.fixture
def level(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Level:
    """A level whose generator runs for real; the cache is an empty folder."""
    folder = tmp_path / "levels" / "01-small"
    folder.mkdir(parents=True)
    (folder / "generate.py").write_text(GENERATE)
    (folder / "numbers_of_ours.py").write_text(NUMBERS)
    monkeypatch.setenv("LADDER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LADDER_CASES", raising=False)
    return Level(
        id="01-small",
        number=1,
        title="Small",
        focus="Draw.",
        goal="Draw well.",
        folder=folder,
        skills=(Skill("drawing", "Drawing"),),
        exercises=(an_exercise("01-draw", 2), an_exercise("06-more", 0)),
        rule=Rule(0.7, 0.6),
    )


def with_exercise(level: Level, exercise_id: str) -> Level:
    return dataclasses.replace(level, exercises=(*level.exercises, an_exercise(exercise_id, 0)))


def runs(level: Level) -> list[list[str]]:
    """What the generator was run for: process, exercise and seed of each run."""
    log = level.folder / "log.txt"
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


def number(cases: generated.Cases, place: str) -> int:
    return int((cases.folder / place / "data" / "deep" / "number.txt").read_text())


def test_every_draw_of_every_exercise_is_made_from_its_own_seed(level: Level) -> None:
    cases = generated.prepare(level, KEY, "ann")
    places = ["01-draw/0", "01-draw/1", "01-draw/2", "06-more/0"]
    assert sorted(path.relative_to(cases.folder).as_posix() for path in cases.folder.glob("*/*")) == places
    assert len({number(cases, place) for place in places}) == 4
    assert [run[1:] for run in runs(level)] == [
        [one, KEY.seed("01-small", one, "ann", n)]
        for one, n in [("01-draw", 0), ("01-draw", 1), ("01-draw", 2), ("06-more", 0)]
    ]
    assert json.loads((cases.folder / "06-more/0/truth/truth.json").read_text()) == {
        "datasets": str(datasets.folder()),
        "flights": True,
        "number": number(cases, "06-more/0"),
    }


def test_one_learners_data_sets_share_a_process(level: Level) -> None:
    generated.prepare(level, KEY, "ann")
    assert len({run[0] for run in runs(level)}) == 1


def test_jobs_share_the_work_of_many_learners(level: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = generated.prepare(level, KEY, "ann")
    monkeypatch.setenv("LADDER_CACHE", str(tmp_path / "other"))
    (level.folder / "log.txt").unlink()
    generated.prepare_all(level, KEY, ["ann", "ben"], jobs=2)
    assert len({run[0] for run in runs(level)}) == 2
    made = len(runs(level))
    assert generated.prepare(level, KEY, "ann").digest == alone.digest
    assert len(runs(level)) == made


def test_a_learner_starts_with_their_own_data_alone(level: Level) -> None:
    folder = generated.prepare(level, KEY, "ann", own_only=True).folder
    assert sorted(path.name for path in (folder / "01-draw").iterdir()) == ["0"]


def test_a_data_set_is_what_the_plain_command_makes(level: Level, tmp_path: Path) -> None:
    """Authors try their generator by hand: the grader's run of several must give the same bytes."""
    cases = generated.prepare(level, KEY, "ann")
    seed, out = KEY.seed("01-small", "01-draw", "ann", 2), tmp_path / "by-hand"
    environment = {name: text for name, text in os.environ.items() if name != "LADDER_CACHE"}
    command = [sys.executable, "-B", str(level.folder / "generate.py"), "01-draw", seed, str(out)]
    subprocess.run([*command, str(datasets.folder())], check=True, env=environment)
    assert Tree.read(out).files == Tree.read(cases.folder / "01-draw/2", skip=frozenset({"digest"})).files


def test_what_is_there_is_not_made_again(level: Level) -> None:
    first = generated.prepare(level, KEY, "ann")
    assert generated.prepare(level, KEY, "ann") == first
    assert len(runs(level)) == 4


def test_some_exercises_first_then_the_others(level: Level) -> None:
    some = generated.prepare(level, KEY, "ann", ["06-more"])
    assert [run[1] for run in runs(level)] == ["06-more"]
    both = generated.prepare(level, KEY, "ann")
    assert len(runs(level)) == 4
    assert both.folder == some.folder
    assert both.digest != some.digest


def test_an_exercise_that_is_none_is_refused(level: Level) -> None:
    with pytest.raises(KeyError, match="07-none"):
        generated.prepare(level, KEY, "ann", ["07-none"])


def test_learners_keys_code_and_data_each_have_their_own_folder(
    level: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [
        generated.prepare(level, key, learner, ["06-more"])
        for key in (KEY, Key.practice())
        for learner in ("ann", "bob")
    ]
    (level.folder / "numbers_of_ours.py").write_text(NUMBERS.replace("+ drawn", "- drawn"))
    cases.append(generated.prepare(level, KEY, "ann", ["06-more"]))
    other = tmp_path / "datasets"
    other.mkdir()
    for file in datasets.load_manifest():
        (other / file.name).write_bytes(b"other")
    (other / "manifest.toml").write_bytes((datasets.folder() / "manifest.toml").read_bytes())
    monkeypatch.setattr(datasets, "folder", lambda: other)
    cases.append(generated.prepare(level, KEY, "ann", ["06-more"]))
    assert len({case.folder for case in cases}) == 6
    assert len({case.digest for case in cases}) == 6


def test_a_generator_that_is_edited_meanwhile_sends_nobody_to_an_empty_folder(
    level: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = generated._make_missing

    def made_and_edited(*args: object, **kwargs: object) -> None:
        made(*args, **kwargs)  # type: ignore[arg-type]
        with (level.folder / "generate.py").open("a") as file:
            file.write("# edited\n")

    monkeypatch.setattr(generated, "_make_missing", made_and_edited)
    cases = generated.prepare(level, KEY, "ann", ["01-draw"])
    assert (cases.folder / "01-draw" / "0" / "data").is_dir()


def test_another_user_can_read_all_of_it(level: Level) -> None:
    before = os.umask(0o077)
    try:
        cases = generated.prepare(level, KEY, "ann")
    finally:
        os.umask(before)
    inside = list(cases.folder.rglob("*"))
    assert len(inside) > 10
    cache = cases.folder.parent.parent
    for path in (cache, cache / "cases", cases.folder, *inside):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path


@pytest.mark.parametrize(
    ("exercise_id", "message"),
    [
        ("02-fails", "01-small/generate.py, line 14: ended with 1: ValueError: no rows left"),
        ("03-no-truth", "01-small/03-no-truth: the generator must write data and truth; it wrote data"),
        ("04-exits", "01-small/generate.py: ended with 3: it said nothing"),
        ("05-empty-truth", "01-small/05-empty-truth: the generator wrote nothing into truth"),
    ],
)
def test_a_failing_generator_is_our_fault_and_leaves_nothing(
    level: Level, tmp_path: Path, exercise_id: str, message: str
) -> None:
    with pytest.raises(GraderFault) as fault:
        generated.prepare(with_exercise(level, exercise_id), KEY, "ann", [exercise_id])
    assert str(fault.value) == message
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []
    assert list((tmp_path / "cache").glob(".making-*")) == []


def test_a_generator_that_never_ends_is_stopped(level: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    (level.folder / "generate.py").write_text("import time\nwhile True:\n    time.sleep(1)\n")
    monkeypatch.setattr(generated, "SECONDS", 0.5)
    with pytest.raises(GraderFault, match="not done after 0.5 seconds"):
        generated.prepare(level, KEY, "ann", ["06-more"])


def test_a_level_without_a_generator_is_named(level: Level) -> None:
    (level.folder / "generate.py").unlink()
    with pytest.raises(GraderFault, match="01-small: has no generate.py"):
        generated.prepare(level, KEY, "ann")


def test_two_at_once_end_with_one_whole_data_set(level: Level, tmp_path: Path) -> None:
    """Both make it, because neither finds it; the second to finish keeps the first one's."""
    generator = level.folder / "generate.py"
    meet = (
        "import sys, time; from pathlib import Path\n"
        "here = Path(__file__).with_name('here'); here.mkdir(exist_ok=True)\n"
        "(here / str(__import__('os').getpid())).touch()\n"
        "for _ in range(3000):\n"
        "    if len(list(here.iterdir())) == 2: break\n"
        "    time.sleep(0.01)\n"
    )
    generator.write_text(meet + GENERATE)
    found: list[generated.Cases] = []
    threads = [
        threading.Thread(target=lambda: found.append(generated.prepare(level, KEY, "ann", ["06-more"])))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs(level)) == 2
    assert len(found) == 2
    assert found[0] == found[1]
    assert number(found[0], "06-more/0") > 0
    assert list((tmp_path / "cache").glob(".making-*")) == []


def test_the_grader_never_imports_a_generator(level: Level) -> None:
    generated.prepare(level, KEY, "ann", ["06-more"])
    assert "numbers_of_ours" not in sys.modules
    assert "grader.generator_driver" not in sys.modules
    assert not list(level.folder.rglob("__pycache__"))


LEVEL_TOML = """
format = 1
id = "01-small"
number = 1
title = "Small"
focus = "Draw."
goal = "Draw well."
[[skill]]
id = "drawing"
name = "Drawing"
[[exercise]]
id = "06-more"
kind = "repo"
title = "More"
minutes = 10
difficulty = "gentle"
importance = "It matters."
fresh = 1
[rule]
points = 0.7
skill = 0.6
"""


@pytest.fixture
def on_disk(level: Level, monkeypatch: pytest.MonkeyPatch) -> Level:
    """The same level as stock nbgrader finds it: by its folder only."""
    (level.folder / "level.toml").write_text(LEVEL_TOML)
    (level.folder / "starter" / "06-more").mkdir(parents=True)
    monkeypatch.setenv("LADDER_LEVELS", str(level.folder.parent))
    return level


def test_stock_nbgrader_gets_practice_data_on_the_spot(on_disk: Level) -> None:
    own, fresh = exercise.own("06-more"), exercise.fresh("06-more", 1)
    assert [run[2] for run in runs(on_disk)] == [
        Key.practice().seed("01-small", "06-more", "practice", n) for n in (0, 1)
    ]
    assert (own.truth / "truth.json").is_file()
    assert own.data != fresh.data


@pytest.mark.parametrize(("exercise_id", "n"), [("06-more", 2), ("06-more", -1), ("07-none", 0)])
def test_what_no_level_provides_is_a_lookup_error(on_disk: Level, exercise_id: str, n: int) -> None:
    with pytest.raises(LookupError):
        exercise.fresh(exercise_id, n)


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        ("random.Random(seed)", ""),
        ("random.Random()", "the generator made other bytes from the same seed"),
        ("random.Random(hash(seed))", "the generator made other bytes from the same seed"),  # hashes are salted
        ("random.Random(1)", "the generator made the same bytes from two seeds"),
    ],
)
def test_data_is_the_seeds_and_nothing_elses(level: Level, drawn: str, said: str) -> None:
    (level.folder / "numbers_of_ours.py").write_text(NUMBERS.replace("random.Random(seed)", drawn))
    lines = list(generated.unseeded(with_exercise(level, "01-draw"), KEY, "ann", "ben"))
    assert {line.partition(": ")[2] for line in lines} == ({said} if said else set())
