"""Whether each message is filled with what it has placeholders for."""

import ast
from collections.abc import Iterator
from string import Formatter

from messages import is_marked, name_of


def unfilled(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each message that is filled with other names than its own.

    One that is not filled where it stands must be filled by some `format` of the same source.
    """
    tree = ast.parse(source)
    fills = {id(call.func.value): _names(call) for call in _formats(tree) if isinstance(call.func, ast.Attribute)}
    elsewhere = [names for call in _formats(tree) if (names := _names(call))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and is_marked(node):
            for text in (each.value for each in node.args if isinstance(each, ast.Constant)):
                wanted = placeholders(str(text))
                if id(node) in fills and name_of(node.func) == "ngettext":
                    right = wanted <= fills[id(node)]  # one may leave its number out
                elif id(node) in fills:
                    right = fills[id(node)] == wanted
                else:
                    right = not wanted or any(wanted <= names for names in elsewhere)
                if not right:
                    yield node.lineno, str(text)


def placeholders(text: str) -> set[str]:
    """Names of a message; none of what is not for `str.format`."""
    try:
        return {name for _literal, name, _format, _conversion in Formatter().parse(text) if name}
    except ValueError:
        return set()


def _formats(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            yield node


def _names(call: ast.Call) -> set[str]:
    return {each.arg for each in call.keywords if each.arg}
