"""A trade is named in its folder and by the registry: no other module knows its events or tables."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from agent.trades.base import Kinds, kinds
from agent.trades.registry import TRADES

AGENT = Path(__file__).parents[2] / "agent"

SHARED = {"rule"}
"""The table of orders, which bays and zones share: it belongs to `agent/regulation`."""

SIMULATED = "simulate"
"""The simulated street is a picture of one, with bays, lamps and a kerb."""

EXAMPLES = {"uplink/dialects/topics.py": {"bay.occupied"}}
"""A type of event as an example of what a topic becomes."""


def names_of(found: Kinds, trade: str) -> set[str]:
    """The name of a trade, and those of its tables, its quantities and its types of event."""
    constants = (value for module in found.event_types for name, value in vars(module).items() if name.isupper())
    types = {value for value in constants if isinstance(value, str) and re.fullmatch(r"[a-z]+\.[a-z_]+", value)}
    return {trade, *(each.name for each in structs.fields(found.tables)), *found.judged, *found.personal, *types}


NAMES = frozenset().union(*(names_of(kinds(each), each.name) for each in TRADES)) - SHARED


def named(source: str) -> Iterator[tuple[int, str]]:
    """Line and name: where a text is a name or a table of a trade, or an import is of its folder; no docstrings."""
    tree = ast.parse(source)
    standing = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in standing:
                yield from ((node.lineno, name) for name in NAMES if text == name or f"[{name}." in f"{text}.")
            case ast.ImportFrom(module=str(module)) if module.startswith("agent.trades."):
                yield from ((node.lineno, each.name) for each in TRADES if each.name == module.split(".")[2])


def outside() -> list[Path]:
    folders = {each.name for each in TRADES}
    files = (file.relative_to(AGENT) for file in AGENT.rglob("*.py"))
    return sorted(file for file in files if file.parts[0] != SIMULATED and not folders & {*file.parts[1:]})


@pytest.mark.parametrize("file", [each for each in outside() if str(each) != "trades/registry.py"], ids=str)
def test_no_other_module_names_a_trade_its_tables_quantities_or_events(file: Path) -> None:
    found = list(named((AGENT / file).read_text()))
    assert [each for each in found if each[1] not in EXAMPLES.get(str(file), ())] == []


def test_each_way_to_name_one_is_seen() -> None:
    assert {"lighting", "lamp", "bay.freed", "lamp_failure", "vehicle_tag"} <= NAMES
    for source in ('x = "lamp"', 'f("bay.freed")', 'y = "[lamp.NAME] is wrong"', "from agent.trades.kerb import zone"):
        assert list(named(source)), source
    assert not list(named('"""A lamp."""\nx = "lamplight"'))
    assert len(outside()) > 100
