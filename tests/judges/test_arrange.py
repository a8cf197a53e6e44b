import copy
import json

import pytest

from grader import notebooks
from grader.judges.arrange import NotANotebook, arrange

STUB = "raise NotImplementedError"


@pytest.fixture
def book(book):
    return (
        book.text("# Words")
        .free("example = 1")
        .locked("setup", "import math")
        .solution("one", "one = 1")
        .test("one-holds", "assert one == 1")
        .test("try-one", "assert one", visible=True)
        .solution("two", "def two(): return one + 1")
        .test("two-holds", "assert two() == 2")
    )


@pytest.fixture
def handed(book):
    return json.loads(book.submitted(one="one = 1", two="def two(): return one + 1"))


def laid(book, document):
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    arrangement = arrange(book.source, data)
    return [step.code for step in arrangement.steps], dict(arrangement.anchors)


def by_id(document, grade_id):
    return next(one for one in document["cells"] if one["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


WHOLE = ["example = 1", "import math", "one = 1", "def two(): return one + 1"]
ANCHORS = {"one-holds": 3, "try-one": 3, "two-holds": 4}


def test_an_honest_notebook_is_laid_out_as_written(book, handed):
    assert laid(book, handed) == (WHOLE, ANCHORS)


def test_the_steps_say_whose_cell_they_are(book, handed):
    handed["cells"].append({"cell_type": "code", "metadata": {}, "source": "mine = 1"})
    labels = [step.label for step in arrange(book.source, json.dumps(handed).encode()).steps]
    assert labels == [
        "your own cell 1",
        "the given cell `setup`",
        "your cell `one`",
        "your cell `two`",
        "your own cell 2 after `two-holds`",
    ]


def test_a_release_that_was_never_touched_is_laid_out(book):
    released = notebooks.release(book.source, "l", "e")
    import nbformat

    steps, anchors = laid(book, nbformat.writes(released).encode())
    assert anchors == ANCHORS
    assert len(steps) == 4


def test_deleted_cells_leave_the_rest(book, handed):
    handed["cells"].remove(by_id(handed, "one"))
    assert laid(book, handed) == ([WHOLE[0], WHOLE[1], WHOLE[3]], {"one-holds": 2, "try-one": 2, "two-holds": 3})


def test_a_deleted_locked_cell_comes_from_our_source(book, handed):
    handed["cells"].remove(by_id(handed, "setup"))
    assert laid(book, handed) == (WHOLE, ANCHORS)


def test_a_duplicated_cell_runs_twice_in_its_place(book, handed):
    twin = copy.deepcopy(by_id(handed, "one"))
    twin["source"] = "one = 11"
    handed["cells"].append(twin)
    steps, anchors = laid(book, handed)
    assert steps == ["example = 1", "import math", "one = 1", "one = 11", WHOLE[3]]
    assert anchors["one-holds"] == 4


def test_a_split_cell_keeps_its_second_half_below_the_first(book, handed):
    first = by_id(handed, "one")
    first["source"] = "o ="
    place = handed["cells"].index(first)
    handed["cells"].insert(place + 1, {"cell_type": "code", "metadata": {}, "source": "one = 1"})
    steps, anchors = laid(book, handed)
    assert steps == ["example = 1", "import math", "o =", "one = 1", WHOLE[3]]
    assert anchors["one-holds"] == 4


def test_merged_cells_run_where_the_first_was(book, handed):
    by_id(handed, "one")["source"] = "one = 1\ndef two(): return one + 1"
    handed["cells"].remove(by_id(handed, "two"))
    steps, anchors = laid(book, handed)
    assert steps == ["example = 1", "import math", "one = 1\ndef two(): return one + 1"]
    assert anchors == {"one-holds": 3, "try-one": 3, "two-holds": 3}


def test_a_solution_merged_into_a_test_cell_runs_as_the_learners_own(book, handed):
    test = by_id(handed, "two-holds")
    test["source"] += "\ndef two(): return 2"
    handed["cells"].remove(by_id(handed, "two"))
    steps, _ = laid(book, handed)
    assert steps[-1].endswith("def two(): return 2")


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_a_solution_retyped_as_text_still_runs(book, handed, kind):
    by_id(handed, "one")["cell_type"] = kind
    assert laid(book, handed) == (WHOLE, ANCHORS)


def test_prose_in_a_solution_cell_retyped_as_text_does_not_run(book, handed):
    by_id(handed, "one").update(cell_type="markdown", source="I could not do this one.")
    assert laid(book, handed)[0] == [WHOLE[0], WHOLE[1], WHOLE[3]]


def test_reordered_cells_run_in_the_order_of_the_exercise(book, handed):
    handed["cells"].reverse()
    steps, anchors = laid(book, handed)
    assert [step for step in steps if step in WHOLE] == WHOLE
    assert anchors == ANCHORS


def test_lost_ids_are_found_by_the_names_they_bind(book, handed):
    for one in handed["cells"]:
        one["metadata"] = {}
        one.pop("id", None)
    assert laid(book, handed) == (WHOLE, ANCHORS)


def test_edited_metadata_makes_no_test_of_ours_weaker(book, handed):
    test = by_id(handed, "one-holds")
    test["source"] = "one = 'forged'"
    test["metadata"]["nbgrader"].update(grade=False, points=99)
    by_id(handed, "setup")["metadata"]["nbgrader"].update(locked=False, solution=True)
    steps, anchors = laid(book, handed)
    assert steps == ["example = 1", "import math", "one = 1", "one = 'forged'", WHOLE[3]]
    assert anchors["one-holds"] == 3


def test_a_changed_locked_cell_runs_after_ours(book, handed):
    by_id(handed, "setup")["source"] = "math = None"
    assert laid(book, handed)[0][1:3] == ["import math", "math = None"]


def test_an_id_that_is_taken_by_another_kind_of_cell(book, handed):
    handed["cells"].insert(
        0, {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "two-holds"}}, "source": "early = 1"}
    )
    steps, anchors = laid(book, handed)
    assert steps[-1] == "early = 1"
    assert anchors["two-holds"] == 4


def test_cells_above_the_first_known_one_stay_above(book, handed):
    handed["cells"].insert(0, {"cell_type": "code", "metadata": {}, "source": "top = 0"})
    assert laid(book, handed)[0][0] == "top = 0"


def test_source_as_a_list_and_as_one_text_are_the_same(book, handed):
    for one in handed["cells"]:
        one["source"] = one["source"].splitlines(keepends=True) if type(one["source"]) is str else one["source"]
    assert laid(book, handed) == (WHOLE, ANCHORS)


WRONG = [None, 3, "text", [], {}, True, [1, None, {"a": 1}]]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("key", ["source", "metadata", "cell_type", "outputs", "id"])
def test_wrong_types_in_a_cell_cost_that_cell_at_most(book, handed, key, wrong):
    by_id(handed, "one")[key] = wrong
    steps, anchors = laid(book, handed)
    assert set(anchors) == set(ANCHORS)
    assert WHOLE[3] in steps


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("key", ["grade_id", "solution", "grade", "points", "locked"])
def test_wrong_types_in_the_metadata_cost_nothing(book, handed, key, wrong):
    by_id(handed, "one")["metadata"]["nbgrader"][key] = wrong
    assert laid(book, handed) == (WHOLE, ANCHORS)


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_cells_that_are_no_cells_are_passed_over(book, handed, wrong):
    handed["cells"].insert(3, wrong)
    assert laid(book, handed) == (WHOLE, ANCHORS)


@pytest.mark.parametrize("minor", [0, 2, 4, 5, 99])
def test_the_minor_format_does_not_matter(book, handed, minor):
    handed["nbformat_minor"] = minor
    assert laid(book, handed) == (WHOLE, ANCHORS)


def test_a_notebook_of_format_3_is_read(book, handed):
    cells = [{**one, "input": one["source"]} for one in handed["cells"]]
    for one in cells:
        one.pop("source")
    assert laid(book, {"nbformat": 3, "worksheets": [{"cells": cells}]}) == (WHOLE, ANCHORS)


ENCODINGS = {
    "CRLF": lambda text: text.replace("\\n", "\\r\\n").encode(),
    "BOM": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16 big": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "UTF-16 without a mark": lambda text: text.encode("utf-16-le"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "two BOMs": lambda text: b"\xef\xbb\xbf" * 2 + text.encode(),
    "pretty": lambda text: json.dumps(json.loads(text), indent=4).encode(),
    "file with CRLF": lambda text: json.dumps(json.loads(text), indent=1).replace("\n", "\r\n").encode(),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings_and_line_ends(book, handed, encoding):
    by_id(handed, "two")["source"] = "def two():\n    return one + 1"
    steps, anchors = laid(book, ENCODINGS[encoding](json.dumps(handed)))
    assert steps == [*WHOLE[:3], "def two():\n    return one + 1"]
    assert anchors == ANCHORS


@pytest.mark.parametrize(("text", "code_page"), [("é", "latin-1"), ("\x81", "latin-1"), ("–", "cp1252")])
def test_code_pages_are_read(book, handed, text, code_page):
    by_id(handed, "one")["source"] = f"one = '{text}'"
    steps, _ = laid(book, json.dumps(handed, ensure_ascii=False).encode(code_page))
    assert f"one = '{text}'" in steps


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no cells"),
        (b"null", "no cells"),
        (b'{"cells": 3}', "no cells"),
        (b'{"cells": {"a": 1}}', "no cells"),
        (b'{"worksheets": []}', "no cells"),
        (b'{"worksheets": [3]}', "no cells"),
        (b'{"worksheets": {"cells": []}}', "no cells"),
    ],
)
def test_what_is_no_notebook_is_said(book, data, why):
    with pytest.raises(NotANotebook, match=why):
        arrange(book.source, data)


def test_an_empty_notebook_still_has_our_cells(book):
    assert laid(book, {"cells": []}) == (["import math"], {"one-holds": 1, "try-one": 1, "two-holds": 1})


def test_code_nested_ten_thousand_deep_stops_nothing(book, handed):
    handed["cells"].append({"cell_type": "code", "metadata": {}, "source": "x = " + "(" * 10_000 + ")" * 10_000})
    handed["cells"].remove(by_id(handed, "one"))
    assert WHOLE[3] in laid(book, handed)[0]
