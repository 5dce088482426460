"""The rules of a trade, the lowest floor of its contract in setup.cfg, know few rooms of the agent."""

import ast
import configparser
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

KNOWN = (
    *(
        "agent.aggregation",
        "agent.alarm",
        "agent.calendars",
        "agent.clock",
        "agent.declared",
        "agent.events",
        "agent.regulation",
        "agent.rule",
    ),
    *(
        "drivers.base",
        "drivers.errors",
        "drivers.options",
        "drivers.place",
        "drivers.profile",
        "drivers.quantity",
        "drivers.translation",
    ),
    *("drivers.camera.options", "drivers.gpio.options", "drivers.lamp", "drivers.level", "drivers.meter"),
    "drivers.lorawan.options",
    "drivers.serial.options",
)
"""What a rule may know: the shape of rules, time, aggregation, events, orders of the town; what a reading is; tables of
the file."""

PARTS = {"agent.trades.lighting.level_source", "agent.trades.parking.statistics"}
"""They ask a part of the pole, which may fail by itself, and so know `agent.isolation`."""


def trades() -> Iterator[tuple[str, list[str]]]:
    """Each trade, with the modules of its lowest floor."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    for contract in setup.sections():
        container = setup[contract].get("containers", "").strip()
        if container.startswith("agent.trades.") and container.count(".") == 2:
            floor = setup[contract]["layers"].strip().splitlines()[-1]
            yield container, [module.strip() for module in floor.replace("|", ":").split(":")]


def unknown(source: str, home: str, known: tuple[str, ...] = KNOWN) -> list[str]:
    """Modules of lamppost that a rule imports and may not."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            room = {"agent", "drivers"} & {node.module}
            found += [f"{node.module}.{each.name}" for each in node.names] if room else [node.module]
        elif isinstance(node, ast.Import):
            found += [each.name for each in node.names]
    ours = [name for name in found if name.split(".")[0] in ("agent", "drivers")]
    return [name for name in ours if not any(name == each or name.startswith(f"{each}.") for each in (*known, home))]


def test_every_trade_has_rules() -> None:
    assert {trade.rpartition(".")[2] for trade, rules in trades() if rules} == {
        path.parent.name for path in (ROOT / "agent" / "trades").glob("*/face.py")
    }


@pytest.mark.parametrize(
    ("trade", "rule"),
    [(trade, rule) for trade, rules in trades() for rule in rules],
    ids=lambda name: name.split(".")[-1],
)
def test_a_rule_knows_few_rooms(trade: str, rule: str) -> None:
    path = ROOT / Path(*trade.split(".")) / rule
    files = sorted(path.rglob("*.py")) or [path.with_suffix(".py")]
    known = (*KNOWN, "agent.isolation") if f"{trade}.{rule}" in PARTS else KNOWN
    assert {file.name: unknown(file.read_text(), trade, known) for file in files} == {file.name: [] for file in files}


@pytest.mark.parametrize(
    "source",
    [
        "from agent.store import Store",
        "import agent.uplink.session",
        "from agent import telemetry",
        "def later():\n    from agent.trades.lighting import control",
        "from drivers.mqtt.link import Link",
    ],
)
def test_what_it_may_not_know_is_found(source: str) -> None:
    assert len(unknown(source, "agent.trades.kerb")) == 1


@pytest.mark.parametrize("trade", [trade for trade, _ in trades()])
def test_what_events_say_lies_below_the_rules(trade: str) -> None:
    """A rule makes the struct of its event; the struct knows no rule."""
    for path in (ROOT / Path(*trade.split("."))).glob("*event_types.py"):
        inside = [name for name in unknown(path.read_text(), home="") if name.startswith(trade)]
        assert all(name.endswith("event_types") for name in inside), (path.name, inside)
