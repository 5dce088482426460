"""What a pole is built of, unit by unit: each can be built, taken out, and built anew while the others go on."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct, field

from agent.clock import Moment
from agent.commands import CommandTarget
from agent.isolation import Listener
from agent.rule import RuleRunner
from drivers import profile, registry
from drivers.base import Driver
from drivers.profile import Profile, ProfileError
from drivers.registry import SensorOptions


class Task(NamedTuple):
    """Work that goes on beside the rules until it is cancelled; a part of its name, which may fail alone."""

    name: str
    run: Callable[[], Awaitable[None]]


class StandingVehicles(NamedTuple):
    """The vehicles that stand in a bay or zone, for what lies beside it.

    Args:
        told_by: devices whose readings change it.
        sensed: whether a sensor of its own tells of it, not a camera alone.
        entered: when each vehicle came that stands there now, as far as is known.
    """

    told_by: tuple[str, ...]
    sensed: bool
    entered: Callable[[], Sequence[Moment]]


class Share(Struct):
    """What one unit adds to the pole.

    Args:
        drivers: what reports; the pole adds the telemetry of each.
        runners: of its rules.
        tasks: what runs beside them.
        targets: what takes commands, by name.
        listeners: name of a device or a zone -> who hears its readings.
        beside: name of a bay or zone -> who is asked after those that hear what tells of it.
        telemetry: of its devices, who hears them last.
        standing: by name of a bay or zone.
        undo: what makes it unknown to others, once its tasks have ended.
        close: what gives back what it holds of the machine.
    """

    drivers: list[Driver] = field(default_factory=list)
    runners: list[RuleRunner[Any]] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    targets: dict[str, CommandTarget] = field(default_factory=dict)
    listeners: defaultdict[str, list[Listener]] = field(default_factory=lambda: defaultdict(list))
    beside: list[tuple[str, Listener]] = field(default_factory=list)
    telemetry: dict[str, Listener] = field(default_factory=dict)
    standing: dict[str, StandingVehicles] = field(default_factory=dict)
    undo: list[Callable[[], object]] = field(default_factory=list)
    close: list[Callable[[], Awaitable[None]]] = field(default_factory=list)


class Unit(NamedTuple):
    """What is built, and taken out, as one.

    Args:
        key: name of its part: "bay/b1".
        made_of: equal to that of an earlier configuration where what was built by that can stay.
        build: puts what it builds into its share.
        needs: keys of units with which it is built anew.
    """

    key: str
    made_of: object
    build: Callable[[Share], Awaitable[None]]
    needs: tuple[str, ...] = ()


def profile_of(name: str, own_dir: str) -> Profile | None:
    """The profile as it is now; None: it is wrong, which whoever builds by it says."""
    try:
        return profile.load(name, Path(own_dir))
    except ProfileError:
        return None


def described_by(options: SensorOptions, own_dir: str) -> object:
    """What a sensor is described by, as that is now; None as above, and where nothing describes it."""
    try:
        return registry.described_by(options, Path(own_dir))
    except ProfileError:
        return None
