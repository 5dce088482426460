"""What a bay tells of vehicles that a camera sees."""

from collections.abc import Collection, Iterator

from agent.config.schema import Config
from agent.events.registry import types_in
from agent.store import What
from agent.trades.build import Derived
from agent.trades.parking import event_types
from agent.trades.parking.event_types import BAY_DISAGREEMENT
from agent.trades.parking.tables import ParkingTables

_BY_CAMERA = frozenset({"camera", "both"})


def derived(config: Config, places: Collection[str]) -> Iterator[Derived]:
    """What a camera has decided, or borne out, of any bay; of one that a camera sees, what it contradicts as well."""
    yield Derived(What(frozenset(types_in(event_types)), saying=(("evidence", _BY_CAMERA),)), always=True)
    for name, bay in config.of(ParkingTables).bay.items():
        if any(each in places for each in bay.also):
            yield Derived(What(frozenset({BAY_DISAGREEMENT}), name), always=False)
