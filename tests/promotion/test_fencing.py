"""Words of others in Markdown of ours, read by a Markdown parser."""

import pytest
from markdown_it import MarkdownIt

from grader.promotion.fencing import code, fence, plain, visible

NASTY = [
    "```\n# Promoted\n```",
    "````\n```\n<script>alert(1)</script>",
    "`" * 40,
    "~~~\n# Promoted",
    "a\r```\r# Promoted",
    "a\u2028```\u2028# Promoted",
    "a\x0b```\x0c# Promoted\x85```",
    "</code></pre><h1>Promoted</h1>",
    "[x](javascript:alert(1)) ![y](http://e.x/p.png) <http://e.x> &lt;b&gt;",
    "| a | b |\n|---|---|\n| c | d |",
    "- x\n\n# Promoted\n\n> quote\n\n***",
    "*a* _b_ **c** __d__ ~~e~~ $f$",
    " leading and trailing ` ",
    "   ",
    "",
]


@pytest.mark.parametrize("text", NASTY)
def test_nothing_ends_its_fence(text):
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(f"before\n\n{fence(text, 'python')}\n# after\n")
    assert [token.type for token in tokens] == [
        "paragraph_open", "inline", "paragraph_close", "fence", "heading_open", "inline", "heading_close",
    ]  # fmt: skip
    assert tokens[3].content.rstrip("\n") == visible(text).rstrip("\n")
    assert tokens[3].info == "python"


@pytest.mark.parametrize("text", NASTY)
def test_a_code_span_is_one_code_span(text):
    (_, inline, _) = MarkdownIt("gfm-like", {"linkify": False}).parse(f"file {code(text)} end")
    if text:
        assert [token.type for token in inline.children] == ["text", "code_inline", "text"]
        assert inline.children[1].content.strip() == visible(text).replace("\n", "\\n").strip()


@pytest.mark.parametrize("text", NASTY)
def test_words_in_a_sentence_are_words_only(text):
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(f"- Name: {plain(text)}.")
    assert [token.type for token in tokens] == [
        "bullet_list_open", "list_item_open", "paragraph_open", "inline", "paragraph_close", "list_item_close",
        "bullet_list_close",
    ]  # fmt: skip
    assert {token.type for token in tokens[3].children} <= {"text", "text_special"}
    assert "".join(token.content for token in tokens[3].children) == f"Name: {' '.join(visible(text).split())}."


def test_what_does_not_show_is_written_out():
    assert visible("\x1b[31mred\x07\x9b2J") == "\\x1b[31mred\\x07\\x9b2J"
    assert visible("a\u202eb\u2066c\ufeffd\U000e0041") == "a\\u202eb\\u2066c\\ufeffd\\U000e0041"
    assert visible("half \ud800") == "half \\ud800"
    assert (
        visible("line\n\ttab \u200d joins, \u00e9\u4e2d\U0001f642")
        == "line\n\ttab \u200d joins, \u00e9\u4e2d\U0001f642"
    )
    assert "\r" not in fence("a\rb\r\nc")
    assert fence("a\r\nb") == "```\na\nb\n```\n"
