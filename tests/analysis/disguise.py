"""What somebody does to code that is not theirs: other names, other order, no comments, another layout."""

import ast
import random


def disguised(code: str, seed: int = 0) -> str:
    """The same program with its own variables renamed, docstrings and comments gone, and functions in another order."""
    tree = _Renamer(code).visit(ast.parse(code))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and not body:
            node.body = [ast.Pass()]
    random.Random(seed).shuffle(tree.body)
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


class _Renamer(ast.NodeTransformer):
    def __init__(self, code):
        nodes = list(ast.walk(ast.parse(code)))
        bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        self._names = {name: f"q{number}_{name[::-1]}" for number, name in enumerate(sorted(bound))}

    def visit_Name(self, node):
        node.id = self._names.get(node.id, node.id)
        return node

    def visit_arg(self, node):
        node.arg = self._names[node.arg]
        return self.generic_visit(node)

    def visit_Expr(self, node):
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return None
        return self.generic_visit(node)
