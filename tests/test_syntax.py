"""Many threads may want syntax trees at once."""

import ast
from concurrent.futures import ThreadPoolExecutor

import pytest

from grader import syntax

CODE = "\n".join(
    f"def f{n}(a):\n    return [a + {n} * (b - {n}) for b in range(a) if b not in (1, 2, {n})]" for n in range(300)
)


def test_many_threads_get_the_tree_that_one_gets() -> None:
    expected = ast.dump(ast.parse(CODE))
    with ThreadPoolExecutor(8) as pool:
        assert {ast.dump(tree) for tree in pool.map(syntax.parse, [CODE] * 40)} == {expected}


def test_what_is_no_python_is_a_syntax_error() -> None:
    with pytest.raises(SyntaxError):
        syntax.parse("def")
