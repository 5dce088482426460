"""The retained state of each device: what a subscriber that comes late finds at the broker."""

from collections.abc import Mapping, Sequence
from functools import partial, reduce
from operator import or_
from typing import Any

from msgspec import Struct, defstruct

from agent.assembly import Components
from agent.clock import Moment
from agent.config.schema import Config
from agent.device_views import device_views
from agent.events import DEVICE_DOWN, DEVICE_UP, TELEMETRY_READING, registry
from agent.events.registry import Time
from agent.isolation import Isolation
from agent.supervise import Reach, Supervisor
from agent.trades.base import Trade, kinds
from agent.trades.build import DeviceView, StateMaker
from agent.trades.registry import TRADES
from agent.uplink.choice import Choice

KEY = "retained"
_OF_ANY_DEVICE = frozenset({DEVICE_DOWN, DEVICE_UP, TELEMETRY_READING})
REMEMBERED = 256


class Device(Struct, frozen=True, tag_field="kind", tag="device"):
    """A sensor, a meter or a LoRaWAN network.

    Args:
        stale: what it told last does not count any more: it is down, or has had no value for some time.
    """

    device: Reach
    stale: bool


class RetainedState(Struct, frozen=True):
    """The retained state of one device.

    Args:
        time: since when the pole knows it to be so.
        timetrusted: whether the pole's clock was set.
        state: by its kind.
    """

    time: Time
    timetrusted: bool


def state_of(trades: Sequence[Trade]) -> type[RetainedState]:
    """What is retained of a device of a pole with these trades."""
    found: list[Any] = [kind for trade in trades for kind in kinds(trade).states]
    doc = {"__doc__": RetainedState.__doc__}
    made: type[Any] = defstruct(
        "State", [("state", reduce(or_, [*found, Device]))], bases=(RetainedState,), namespace=doc, frozen=True
    )
    return made


State = state_of(TRADES)


class Names(Struct, frozen=True):
    """Every device whose state was ever retained, the newest last."""

    names: tuple[str, ...] = ()


def subjects(config: Config) -> set[str]:
    """Returns the names of everything that has a state: whatever events are about, but for lines and groups."""
    tables = [table for table in config.SUBJECTS if table not in {"line", "group"}]
    return {name for table in tables for name in getattr(config, table)}


def types_about(trades: Sequence[Trade] = TRADES) -> dict[str, frozenset[str]]:
    """The types of event that tell of what has a state, by its table."""
    found = dict.fromkeys(Config.SUBJECTS, _OF_ANY_DEVICE)
    for trade in trades:
        types = frozenset(type for module in kinds(trade).event_types for type in registry.types_in(module))
        found |= dict.fromkeys(getattr(kinds(trade).tables, "SUBJECTS", ()), types | _OF_ANY_DEVICE)
    return found


def chosen(config: Config, choice: Choice, types: Mapping[str, frozenset[str]]) -> set[str]:
    """Names of what has a state and is told to an uplink of that choice.

    Args:
        types: as `types_about` gives it.
    """
    tables = [table for table, about in types.items() if choice.takes_any(about)]
    return {name for table in tables for name in getattr(config, table)}


def retained_history(before: Names, present: set[str]) -> Names:
    """What has to be known at the next start; very old names are forgotten."""
    old = [name for name in before.names if name not in present]
    return Names((*old[-REMEMBERED:], *sorted(present)))


def states(
    config: Config, now: Moment, components: Components, supervisors: Sequence[Supervisor], isolation: Isolation
) -> Mapping[str, Struct | None]:
    """The present state of each device, by name; None: it cannot be told, by a defect."""
    devices = device_views(components, supervisors, isolation, now.mono_s)
    made: dict[str, StateMaker] = {}
    for trade, part in components.parts.items():
        share = isolation.part(f"states/{trade}").ask(partial(part.states, now, devices))
        unknown = {name for table in components.subjects[trade] for name in getattr(config, table)}
        made |= dict.fromkeys(unknown, _unknown) if share is None else share
    others = sorted(subjects(config) - made.keys())
    plain: dict[str, StateMaker] = {name: partial(_device, devices.get(name)) for name in others}
    return {name: isolation.part(f"state/{name}").ask(make) for name, make in (plain | made).items()}


def _unknown() -> None:
    """The state of what its trade cannot tell, by a defect: none."""


def _device(view: DeviceView | None) -> Device | None:
    """Returns the state of a device; None: it could not be built."""
    return None if view is None else Device(view.reach, view.is_stale)
