"""The floors of the house as setup.cfg's layer contracts name them, and the words for their rooms."""

import configparser
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORDS = Path(__file__).with_name("rooms.toml")
TRADES = "agent.trades"
DRAWN = ("agent", TRADES, "drivers")
TABLES = {"agent": "agent", "trades": TRADES, "trade": "trade", "drivers": "drivers", "street": "street"}
"""Tables of the words, and what stands before the names in them."""


Floors = Sequence[Sequence[str]]
"""Rooms by floor, the upper ones first."""


@dataclass(frozen=True)
class Stop:
    """A stop of a journey, in a room named as a module is."""

    room: str
    text: str


@dataclass(frozen=True)
class House:
    """What is drawn.

    Args:
        floors: by the package that they are floors of.
        words: a short line, by the full name of each room; what stands in every trade is named `trade.ROOM`.
        journeys: "up" and "down".
    """

    floors: Mapping[str, Floors]
    words: Mapping[str, str]
    journeys: Mapping[str, Sequence[Stop]]

    @property
    def trades(self) -> list[str]:
        """Names of those that have floors of their own, from left to right."""
        return [room for floor in self.floors[TRADES] for room in floor if f"{TRADES}.{room}" in self.floors]

    def faces(self, trade: str) -> Floors:
        """The floors of a trade above its rules."""
        return self.floors[f"{TRADES}.{trade}"][:-1]

    def rules(self, trade: str) -> Sequence[str]:
        return self.floors[f"{TRADES}.{trade}"][-1]


def house(setup: Path = ROOT / "setup.cfg", words: Path = WORDS) -> House:
    """Raises ValueError, naming them: rooms without words, words without a room, stops of a journey in no room."""
    told = tomllib.loads(words.read_text())
    journeys = {name: [Stop(**stop) for stop in told.pop(name)] for name in ("up", "down")}
    named = {f"{TABLES[table]}.{room}": text for table, rooms in told.items() for room, text in rooms.items()}
    found = House(floors_of(setup), named, journeys)
    rooms = _rooms(found) | {room for room in named if room.startswith("street.")}
    stops = {stop.room for way in journeys.values() for stop in way}
    wrong = [
        *(f"{room} has no words" for room in sorted(rooms - named.keys())),
        *(f"{room} has words and no floor" for room in sorted(named.keys() - rooms)),
        *(f"{room}, of a journey, is no room" for room in sorted(stops - rooms)),
    ]
    if wrong:
        raise ValueError(f"{words.name} and the contracts of {setup.name} differ: {'; '.join(wrong)}")
    return found


def _rooms(found: House) -> set[str]:
    """All that need words: each rule of a trade is named alone."""
    rooms = {f"{package}.{room}" for package in DRAWN for floor in found.floors[package] for room in floor}
    return rooms | {f"trade.{room}" for trade in found.trades for floor in found.faces(trade) for room in floor}


def floors_of(setup: Path) -> dict[str, Floors]:
    """Returns the floors of every package that a contract of layers names them for."""
    parser = configparser.ConfigParser()
    parser.read(setup)
    contracts = [parser[name] for name in parser.sections() if name.startswith("importlinter:contract:")]
    return {
        contract["containers"].strip(): [
            re.split(r"\s*[|:]\s*", line) for line in contract["layers"].strip().splitlines()
        ]
        for contract in contracts
        if "containers" in contract and "layers" in contract
    }
