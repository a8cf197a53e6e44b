from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import InputError
from grader.model import Criterion, Level, Rubric
from grader.workspace.hint import STATE_FILE, Given, hint


def test_help_comes_one_step_at_a_time_and_is_remembered(levels: tuple[Level, Level], tmp_path: Path) -> None:
    name = "01-count/counts"
    assert [hint(levels[0], name, tmp_path) for _ in range(5)] == [
        Given(name, "hint", "Use your fingers.", 1, 4),
        Given(name, "hint", "Use len().", 2, 4),
        Given(name, "read", "The tutorial on lists.", 3, 4),
        Given(name, "notes", "I count one too many: start at one.\nI count none: call it.", 4, 4),
        Given(name, "notes", "I count one too many: start at one.\nI count none: call it.", 4, 4),
    ]
    assert hint(levels[0], "counter/runs", tmp_path).step == 1  # each check has steps of its own


def test_a_check_without_notes_ends_with_what_to_read(levels: tuple[Level, Level], tmp_path: Path) -> None:
    assert [hint(levels[0], "counter/runs", tmp_path).kind for _ in range(4)] == ["hint", "hint", "read", "read"]


@pytest.mark.parametrize("reference", ["runs", "counter/runs", "01-one/counter/runs", "the counter RUNS."])
def test_a_check_is_named_as_the_learner_sees_it(reference: str, levels: tuple[Level, Level], tmp_path: Path) -> None:
    assert hint(levels[0], reference, tmp_path).check == "counter/runs"


def test_a_name_that_is_not_there_twice_there_or_without_hints_is_refused(
    levels: tuple[Level, Level], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="01-one has no check 'nothing'"):
        hint(levels[0], "nothing", tmp_path)
    with pytest.raises(InputError, match="write one of: 01-count/counts, counter/counts"):
        hint(levels[0], "counts", tmp_path)
    with pytest.raises(InputError, match="no hints for counter/counts"):
        hint(levels[0], "counter/counts", tmp_path)
    assert not (tmp_path / STATE_FILE).exists()


def test_prose_that_a_mentor_reads_has_questions_and_no_hints(levels: tuple[Level, Level], tmp_path: Path) -> None:
    criteria = (Criterion("plain", "Can be read on a phone", 2, ("no", "", "yes")),)
    level = replace(levels[0], reviews=(Rubric("memo", "A memo", "01-count", "numbers", 1, criteria),))
    for name in ("memo", "01-count/memo"):
        with pytest.raises(InputError, match="memo is read by a mentor, who asks: Can be read on a phone"):
            hint(level, name, tmp_path)


@pytest.mark.parametrize("state", ["", "[]", "{", '{"counter/runs": "x"}', '{"counter/runs": -1}', "[" * 100_000])
def test_a_spoilt_memory_starts_again(state: str, levels: tuple[Level, Level], tmp_path: Path) -> None:
    (tmp_path / STATE_FILE).write_text(state)
    assert hint(levels[0], "runs", tmp_path).step == 1
    assert hint(levels[0], "runs", tmp_path).step == 2


def test_a_folder_that_cannot_be_written_is_one_line(levels: tuple[Level, Level], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        hint(levels[0], "runs", tmp_path / "nowhere")
