"""What there is by the kerb: its tables, events, states and what it tells of itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from agent.trades.base import Kinds, Stays
from agent.trades.kerb import event_types
from agent.trades.kerb.inventory import KerbFacts, KerbInventory
from agent.trades.kerb.retained import Camera, Zone
from agent.trades.kerb.tables import KerbTables

if TYPE_CHECKING:
    from agent.config.schema import Config
    from agent.trades.build import Derived


def _derived(config: Config, places: Collection[str]) -> Iterable[Derived]:
    from agent.trades.kerb import withheld

    return withheld.derived()


def _withdrawn(before: Config, after: Config) -> Mapping[str, Any]:
    from agent.trades.kerb import narrowed

    return narrowed.withdrawn(before, after)


KINDS = Kinds(
    KerbTables,
    (event_types,),
    KerbInventory,
    states=(Zone, Camera),
    facts=KerbFacts,
    judged=frozenset({"stay", "sees"}),
    personal=frozenset({"still_standing"}),
    derived=_derived,
    withdrawn=_withdrawn,
    stays=Stays(frozenset({event_types.KERB_SUSPECTED})),
    state_keys={"zone": ("zone/",)},
)
