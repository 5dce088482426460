"""What a source says to a person through the catalogue."""

import ast
import re
from collections.abc import Iterator

CATALOGUE = ("_", "N_", "ngettext")
"""Functions of drivers/translation.py whose texts the catalogue has."""

LEVELS = ("debug", "info", "warning", "error", "exception", "critical")
LOGGERS = ("log", "logging")

Message = str | tuple[str, str]
"""A text; one and many of what counts."""


def messages(tree: ast.AST) -> Iterator[tuple[int, Message]]:
    """Line and text of each message that the catalogue must have: templates of log lines, and what is marked."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (is_marked(node) or is_log(node)):
            said = node.args[: 2 if name_of(node.func) == "ngettext" else 1]
            texts = [each.value for each in said if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if any(has_letters(text) for text in texts):
                yield node.lineno, (texts[0] if len(texts) == 1 else (texts[0], texts[1]))


def has_letters(text: str) -> bool:
    """Whether there is a word in it: conversions, as `%s`, are none."""
    return re.search(r"[^\W\d_]{2}", re.sub(r"%[-#0 +]*[\d.]*[a-z]", "", text)) is not None


def is_marked(call: ast.Call) -> bool:
    return name_of(call.func) in CATALOGUE


def is_log(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Name(id=logger), attr=level):
            return logger in LOGGERS and level in LEVELS
    return False


def name_of(function: ast.expr) -> str:
    """The last part of what is called."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
