"""Figures out of saved notebooks: what is shown of an honest one, and that a hostile one is nothing but small."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from bs4 import BeautifulSoup

from grader.model import Level, Scorecard
from grader.report import figures as figures_module
from grader.report.figures import MAX_BYTES, MAX_FIGURES, MAX_NOTEBOOK_BYTES, Figures, figures, saved_figures
from grader.report.html import Hint, feedback_page
from grader.report.png import MAX_SIDE, NotAPicture, picture
from grader.tree import Tree

MakeCard = Callable[..., Scorecard]
Hints = Mapping[str, Hint]
EXERCISE = "01-clean-the-export"


def chunk(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int = 3, height: int = 2, *more: bytes, noise: int = 0) -> bytes:
    """A grey picture; ``more`` chunks stand before its data, which ``noise`` bytes make larger."""
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(min(height, 10)))) + b"\0" * noise
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", header), *more, chunk(b"IDAT", rows), chunk(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def coded(data: bytes) -> str:
    return base64.encodebytes(data).decode()  # in lines, as Jupyter writes it


def output(data: bytes | None = None, **kinds: Any) -> dict[str, Any]:
    kinds = {kind.replace("_", "/"): value for kind, value in kinds.items()}
    return {"output_type": "display_data", "metadata": {}, "data": {"image/png": coded(data or png()), **kinds}}


def cell(*outputs: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": "plot()", "outputs": list(outputs), **more}


def text(*lines: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": [line + "\n" for line in lines]}


def notebook(*cells: Any) -> bytes:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def captions(found: Figures) -> list[str]:
    return [figure.caption for figure in found.shown]


def test_figures_come_in_order_with_the_heading_above_and_the_name_of_their_cell() -> None:
    found = figures(
        notebook(
            cell(output(png(7, 5)), id="f00dcafe"),
            text("# Explore", "```python", "# no heading", "```", "## By hour *(10 minutes)* ##"),
            cell({"output_type": "stream", "text": "hello"}, output(png()), id="look-by-hour"),
            text("Words. #hash, and", "####### seven"),
            cell(output(png(4)), metadata={"nbgrader": {"grade_id": "by-month"}}, id="x"),
        )
    )
    assert captions(found) == [
        "Figure 1", "By hour (10 minutes), cell `look-by-hour`", "By hour (10 minutes), cell `by-month`",
    ]  # fmt: skip
    assert (found.shown[0].picture.width, found.shown[0].picture.height) == (7, 5)
    assert found.said == ""
    assert base64.b64decode(found.shown[1].uri.removeprefix("data:image/png;base64,"), validate=True) == png()


def test_only_exercises_whose_figures_the_level_wants_are_looked_at(level: Level) -> None:
    exercises = tuple(replace(one, figures=one.id == EXERCISE) for one in level.exercises)
    tree = Tree({f"notebooks/{one.id}.ipynb": notebook(cell(output())) for one in exercises})
    found = saved_figures(replace(level, exercises=exercises), tree)
    assert list(found) == [EXERCISE]
    assert len(found[EXERCISE].shown) == 1
    assert saved_figures(level, tree) == {}


def test_of_a_picture_only_the_picture_is_kept() -> None:
    written = png(3, 2, chunk(b"tEXt", b"Comment\0<script>"), chunk(b"iCCP", b"p\0\0"), chunk(b"pHYs", b"\0" * 9))
    assert picture(written).data == png(3, 2, chunk(b"pHYs", b"\0" * 9))


IHDR = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 3, 2, 8, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no PNG"),
        (b"GIF89a" + png(), "no PNG"),
        (b"<svg onload=alert(1)>", "no PNG"),
        (png()[:8], "damaged"),
        (png()[:-1], "damaged"),
        (png() + b"\0", "damaged"),
        (png() + b"PK\x03\x04" + b"0" * 100, "damaged"),
        (png()[:-16] + bytes([png()[-16] ^ 1]) + png()[-15:], "damaged"),  # the CRC of IDAT is wrong
        (png()[:16] + b"\0\0\0\x09" + png()[20:], "damaged"),  # another width under the CRC of the first
        (png() + chunk(b"IDAT"), "damaged"),
        (png(3, 2, chunk(b"IHDR", b"")), "damaged"),
        (IHDR + chunk(b"IEND"), "damaged"),
        (IHDR + chunk(b"IDAT", b"x"), "damaged"),
        (IHDR + b"\xff\xff\xff\xffIDAT", "damaged"),
        (IHDR[:8] + chunk(b"IDAT", b"x") + chunk(b"IEND"), "damaged"),
        (png(0, 5), "damaged"),
        (png(60_000, 60_000), "larger than 4,000 pixels"),
        (png(MAX_SIDE + 1, 1), "larger than 4,000 pixels"),
        (png(3, 2, chunk(b"EVIL", b"")), "unknown kind"),
    ],
    ids=range(19),
)
def test_what_is_no_sound_picture_of_a_size_to_show_is_none(data: bytes, why: str) -> None:
    with pytest.raises(NotAPicture, match=why):
        picture(data)


def test_the_largest_picture_is_one() -> None:
    assert picture(png(MAX_SIDE, MAX_SIDE)).width == MAX_SIDE


SHAPES = (
    b"",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"cells":' * 50_000,
    b'{"cells":[' * 50_000,
    b"9" * 100_000,
    b"null",
    b"[]",
    b'{"cells": 3}',
    b'{"cells": {"outputs": []}}',
    notebook(1, None, [], "x", {}, {"cell_type": "code"}, {"cell_type": ["markdown"], "source": 1}),
    notebook(cell(), cell(outputs=5), cell(outputs="image/png"), cell(outputs={"data": {}}), cell(None, 1, [[]])),
    notebook(cell({"output_type": "display_data", "data": ["image/png"]}, {"output_type": {}, "data": {}})),
    notebook({"cell_type": "markdown", "source": {"a": 1}}, {"cell_type": "markdown", "source": [1, [2]]}),
    notebook(cell({"output_type": "stream", "data": {"image/png": coded(png())}})),
)


@pytest.mark.parametrize("data", SHAPES, ids=range(len(SHAPES)))
def test_bytes_of_any_shape_show_nothing_and_say_so_in_a_line(data: bytes) -> None:
    found = figures(data)
    assert found.shown == ()
    assert found.said
    assert "\n" not in found.said


@pytest.mark.parametrize("odd", [7, None, {}, ["x", 3], "!!!", "AAA", "é" * 9, "", "\ud800", "A" * 5 + "\0"])
def test_what_is_no_base64_of_a_picture_is_left_out_and_counted(odd: Any) -> None:
    found = figures(notebook(cell(output(image_png=odd), output())))
    assert len(found.shown) == 1
    assert found.said == "Not shown: 1 no PNG."


def test_a_cell_named_by_anything_still_has_a_caption() -> None:
    names: tuple[Any, ...] = (7, ["x"], {"a": 1}, "\ud800`", "\x1b[31mred", "é\n" * 5000)
    named = [cell(output(png(4 + n)), metadata={"nbgrader": {"grade_id": name}}) for n, name in enumerate(names)]
    found = figures(notebook(*named, cell(output(), metadata=[], id="by-hour")))
    assert captions(found)[:3] == ["Figure 1", "Figure 2", "Figure 3"]
    assert captions(found)[3:5] == ["cell `\ufffd`", "cell `red`"]
    assert len(captions(found)[5]) < 300
    assert captions(found)[6] == "cell `by-hour`"


@pytest.mark.parametrize(
    "random", ["f00dcafe", "3b1f0c52-8f6e-4a51-9c0e-2d7c5a9e1b44", "aZ3kQ9xYbC1d", "X12sZmlsZQ%3D%3D", "a b", "", "-"]
)
def test_an_id_that_a_program_gave_a_cell_is_no_name(random: str) -> None:
    assert captions(figures(notebook(text("# Delays"), cell(output(), id=random)))) == ["Delays"]


def test_a_million_headings_are_not_all_made_safe_to_show(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(figures_module, "label", lambda text: made.append(text) or text)
    plots = [cell(output(png(4 + one)), id="plot") for one in range(100)]
    found = figures(notebook(*[text(*["# x"] * 1000)] * 100, *plots))
    assert len(found.shown) == MAX_FIGURES
    assert len(made) <= 3 * MAX_FIGURES


def test_no_more_than_twelve_are_shown_of_ten_thousand() -> None:
    found = figures(notebook(cell(*(output(png(4 + one % 20)) for one in range(10_000)))))
    assert len(found.shown) == MAX_FIGURES
    assert found.said == "Not shown: 9,988 after the first 12."


def test_large_pictures_are_left_out_by_what_is_left_of_the_room() -> None:
    small = png()
    larger = [png(4 + one, noise=700_000) for one in range(10)]
    found = figures(notebook(cell(output(png(noise=2**20)), *map(output, larger), output(small))))
    assert [one.picture.data for one in found.shown] == [*larger[:8], small]
    assert sum(len(one.picture.data) for one in found.shown) <= MAX_BYTES
    assert found.said == "Not shown: 1 larger than 1 MB, 2 beyond 6 MB in all."


def test_a_picture_that_a_check_below_draws_again_is_shown_once() -> None:
    hour, month = png(5), png(6)
    found = figures(notebook(cell(output(hour), id="look-by-hour"), cell(output(hour), output(month), id="try-plots")))
    assert captions(found) == ["cell `look-by-hour`", "cell `try-plots`"]
    assert [one.picture.data for one in found.shown] == [hour, month]
    assert found.said == ""


def test_a_bomb_of_base64_is_not_even_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> bytes:
        raise AssertionError("decoded")

    bomb = notebook(cell(output(image_png="A" * 10_000_000)))
    with monkeypatch.context() as patched:
        patched.setattr(figures_module.base64, "b64decode", never)
        assert figures(bomb).said == "Not shown: 1 larger than 1 MB."


@pytest.mark.parametrize("data", [b" " * (MAX_NOTEBOOK_BYTES + 1), b"[" + b"[]," * 1_000_000 + b"[]]"])
def test_a_notebook_that_would_fill_the_memory_is_not_parsed(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: bytes) -> None:
        raise AssertionError("parsed")

    with monkeypatch.context() as patched:
        patched.setattr(figures_module.json, "loads", never)
        assert "too large" in figures(data).said


def test_another_format_is_said_and_html_is_nothing() -> None:
    data = {"image/svg+xml": "<svg onload=alert(1)>", "text/html": "<b>x</b>"}
    found = figures(notebook(cell({"output_type": "display_data", "data": data})))
    assert found == Figures((), "Not shown: 1 in a format other than PNG.")
    html = {"output_type": "execute_result", "data": {"text/html": "<script>alert(1)</script>"}}
    assert "saved without figures. Run all cells" in figures(notebook(cell(html))).said


class Images(HTMLParser):
    """Every tag of a page, and what its pictures are."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "img":
            self.images.append(dict(attrs))


def page_of(found: Figures, card: MakeCard, level: Level, hints: Hints) -> str:
    return feedback_page(card(), level, hints, {EXERCISE: found})


def test_the_page_shows_them_under_their_exercise_and_says_that_they_count_for_nothing(
    card: MakeCard, level: Level, hints: Hints
) -> None:
    found = figures(notebook(text("## By `hour`"), cell(output(png(640, 480)), id="look")))
    soup = BeautifulSoup(page_of(found, card, level, hints), "html.parser")
    image = soup.select_one("img")
    assert image is not None
    assert image["alt"] == "Figure 1 as saved in the notebook: By hour, cell look"
    assert (image["width"], image["height"], image["src"]) == ("640", "480", found.shown[0].uri)
    section = image.find_parent("section")
    assert section is not None
    assert section.h2 is not None
    assert section.h2.get_text() == "Clean the export"
    said = section.select_one(".figures")
    assert said is not None
    assert "as saved in your notebook" in said.get_text()
    assert "count for nothing" in said.get_text()
    assert [str(one) for one in section.select("figcaption code")] == ["<code>hour</code>", "<code>look</code>"]
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert policy is not None
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_without_figures_the_page_says_what_to_do(card: MakeCard, level: Level, hints: Hints) -> None:
    page = page_of(figures(notebook(cell())), card, level, hints)
    assert "The notebook was saved without figures. Run all cells, save the notebook and pack again." in page
    assert "<img" not in page


HOSTILE = (
    '"><script>alert(1)</script>',
    "' onerror=alert(1) x='",
    "`</figcaption><img src=//evil.invalid>`",
    "{{ 7 * 7 }}{% raw %}&lt;b&gt;",
    "\u202eevil\u2066 \x1b]8;;https://evil.invalid\x07",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_caption_stays_text(hostile: str, card: MakeCard, level: Level, hints: Hints) -> None:
    def drawn(caption: str) -> Images:
        marks = {"nbgrader": {"grade_id": caption}}
        found = figures(notebook(text("# " + caption), cell(output(text_html=caption), metadata=marks)))
        page = page_of(found, card, level, hints)
        assert not {"\u202e", "\u2066", "\x1b", "\x07"} & set(page)
        return Images(page)

    came, tame = drawn(hostile), drawn("tame")
    assert [tag for tag in came.tags if tag != "code"] == [tag for tag in tame.tags if tag != "code"]
    assert [set(one) for one in came.images] == [{"src", "width", "height", "alt"}]
    assert came.images[0]["src"] == tame.images[0]["src"]
