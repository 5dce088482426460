"""A docstring has a subject: it begins with a noun or a verb, not in the middle of a sentence."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]

FOLDERS = ("agent", "bench", "catalogue", "docs", "drivers", "requirements", "tests")

WORDS = """
    about above across after again against along also although always among and around as at because before behind
    below beneath beside besides between beyond but by despite down during else even except for from here if in inside
    instead into its just like meanwhile near never no none not nothing of off on once only onto or otherwise out
    outside over per rather since so still than that their them then those through till to too toward towards under
    unless until up upon via when where while who whom whose with within without yet
"""
FRAGMENTS = frozenset(WORDS.split())
"""Words that point at something before them: where nothing stands before, the reader must guess what is meant."""

Defined = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def fragments(source: str) -> Iterator[tuple[int, str]]:
    """Yields the line and the first words of each docstring that is a fragment, also of a constant or an attribute."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Defined):
            for line, text in docstrings(node):
                first, *_ = text.split(maxsplit=1)
                if first.strip(",.;:!?").lower() in FRAGMENTS:
                    yield line, " ".join(text.split()[:6])


def docstrings(node: Defined) -> Iterator[tuple[int, str]]:
    for statement in node.body:
        match statement:
            case ast.Expr(value=ast.Constant(value=str(text))) if text.strip():
                yield statement.lineno, text


def test_no_docstring_is_a_fragment() -> None:
    files = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")]
    assert len(files) > 100
    found = {str(file.relative_to(ROOT)): list(fragments(file.read_text())) for file in files}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_fragments_are_seen_wherever_a_docstring_stands() -> None:
    source = '''"""Of a module."""
LIMIT = 3
"""So many at most."""


class Part:
    """With its pause."""

    name: str = ""
    """None: it has none."""

    async def run(self) -> None:
        """
        Until cancelled.
        """
        self.left = 0
        """As stored."""
'''
    assert [line for line, _ in sorted(fragments(source))] == [1, 3, 7, 10, 13, 17]


def test_a_noun_or_a_verb_is_no_fragment() -> None:
    said = ("Events in the outbox.", "Runs until cancelled.", "Whether it holds.", "The pause of one part.", "A", "")
    for text in said:
        assert not list(fragments(f'def f():\n    """{text}"""')), text
