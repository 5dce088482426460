"""Which devices a pole has, where they stand, and what runs on it: told at its birth, and retained in its status."""

import os
import sqlite3
import ssl
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct, json, structs

from agent import __version__
from agent.clock import Moment
from agent.config.schema import Config
from agent.configuration import InForce
from agent.event_catalogue import PoleBirth
from agent.events import Event
from agent.events.inventory import Birth, InventoryGroup, InventoryPlace, OfKind
from agent.events.registry import event
from agent.isolation import Isolation
from agent.joined import filled
from agent.places import Group, Place, Places
from agent.trades.base import Trade
from agent.trades.registry import TRADES
from drivers.options import kind_of

PAGE_BYTES = 60_000
"""An event has so many bytes of data: with its envelope within the 64 KiB that everybody between pole and platform has
to hand on (CloudEvents 1.0.2, size limits)."""

STATUS_BYTES = 120_000
"""The status has so many bytes of inventory: within the 128 KiB that the broker of a pole has to take."""

_MANY = 9999


def versions(with_tls: bool) -> dict[str, str]:
    """Returns the versions of what lamppost runs on; OpenSSL is not loaded for a pole without TLS."""
    said = {
        "python": sys.version.partition(" ")[0],
        "sqlite": sqlite3.sqlite_version,
        "kernel": os.uname().release,
    }
    if with_tls:
        said["openssl"] = ssl.OPENSSL_VERSION.removeprefix("OpenSSL ").partition(" ")[0]
    return said


def inventory(
    config: Config,
    now: Moment,
    places: Places,
    in_force: InForce | None = None,
    *,
    trades: Sequence[Trade] = TRADES,
    isolation: Isolation | None = None,
) -> dict[str, Any]:
    """Which devices of which kind this pole has, what runs on it, and in which mode its cameras work, JSON-able.

    Args:
        isolation: keeps a defect of one trade from the shares of the others.
    """
    said: dict[str, Any] = {}
    for share in (_own(config, places, in_force), *_shares(config, now, trades, isolation or Isolation())):
        said |= msgspec.to_builtins(share)
    return said


def _own(config: Config, places: Places, in_force: InForce | None) -> Birth:
    """Returns the part of the inventory that every pole has."""
    return Birth(
        version=__version__,
        versions=versions(any(broker.tls for broker in (*config.uplink.values(), *config.lorawan.values()))),
        clock=config.pole.clock,
        lines={name: OfKind(kind_of(line)) for name, line in config.line.items()},
        networks={name: OfKind("lorawan") for name in config.lorawan},
        config_sha256=in_force.sha256 if in_force else None,
        config_source=in_force.source if in_force else None,
        places={name: InventoryPlace(**_known(place)) for name, place in places.places.items()},
        groups={name: InventoryGroup(**_known(group)) for name, group in places.groups.items()},
    )


def _shares(config: Config, now: Moment, trades: Sequence[Trade], isolation: Isolation) -> Iterator[Struct]:
    """Yields what each trade adds to the inventory; nothing of one that cannot tell it, by a defect."""
    for trade in trades:
        share = isolation.part(f"inventory/{trade.name}").ask(partial(trade.inventory, config))
        if share is not None:
            yield share
    yield from facts(config, now, trades, isolation)


def _known(place: Place | Group) -> dict[str, Any]:
    """What is known of it beside its name."""
    return {key: value for key, value in structs.asdict(place).items() if key != "name" and value is not None}


def facts(config: Config, now: Moment, trades: Sequence[Trade], isolation: Isolation) -> Iterator[Struct]:
    """What each trade says of itself, in the inventory and in each heartbeat; nothing of one with a defect in it."""
    for trade in trades:
        share = isolation.part(f"facts/{trade.name}").ask(partial(trade.facts, config, now))
        if share is not None:
            yield share


def births(
    config: Config,
    now: Moment,
    places: Places,
    in_force: InForce | None = None,
    *,
    trades: Sequence[Trade] = TRADES,
    isolation: Isolation | None = None,
) -> Sequence[Event]:
    """`pole.birth`: the inventory, at each start and by each configuration; a large one in several pages."""
    shares = (_own(config, places, in_force), *_shares(config, now, trades, isolation or Isolation()))
    whole = filled(PoleBirth, shares)
    return [event(page, config.pole.id, now) for page in pages(whole)]


def pages(whole: Birth, most_bytes: int = PAGE_BYTES) -> Sequence[Birth]:
    """The birth as it is, or in pages: of each table each entry stands in one of them, and all else in every one."""
    if len(json.encode(whole)) <= most_bytes:
        return [whole]
    tables = {name: getattr(whole, name) for name in _tables(structs.asdict(whole))}
    empty = structs.replace(whole, **{name: {} for name in tables})
    room = most_bytes - len(json.encode(structs.replace(empty, page=_MANY, pages=_MANY)))
    made, left = list[dict[str, dict[str, Any]]](), 0
    for name, key, value in ((name, *entry) for name, table in tables.items() for entry in table.items()):
        # The name of the table and its braces stand in the empty page, but for the braces of the entry.
        size = len(json.encode({key: value}))
        if size > left:
            made.append({})
            left = room
        made[-1].setdefault(name, {})[key] = value
        left -= size
    return [structs.replace(empty, **page, page=n, pages=len(made)) for n, page in enumerate(made, 1)]


def within(said: Mapping[str, Any], most_bytes: int = STATUS_BYTES) -> dict[str, Any]:
    """An inventory as a retained message has room for it: without its largest tables, if need be, which it names."""
    size = len(json.encode(said))
    if size <= most_bytes:
        return dict(said)
    sizes = {name: len(json.encode(said[name])) for name in _tables(said)}
    kept, left_out = dict(said), list[str]()
    for name in sorted(sizes, key=lambda each: -sizes[each]):
        if size > most_bytes:
            size -= sizes[name]
            left_out.append(name)
            del kept[name]
    return {**kept, "left_out": sorted(left_out)}


def _tables(said: Mapping[str, Any]) -> list[str]:
    """Keys of what is told by name."""
    return [name for name, value in said.items() if isinstance(value, dict) and name != "versions"]
