"""The vocabulary between drivers and agent: what a device says, what it is told, what came of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable

from msgspec import Struct

from drivers.backoff import Backoff


class Quality(StrEnum):
    """Whether a rule may decide on a reading. A driver that has no value emits nothing at all."""

    GOOD = "good"
    SUSPECT = "suspect"


UNCLASSIFIED = "unclassified"
"""The class of a vehicle of which no detector says what it is. It may be any, so also one that may stand there."""


class Stay(Struct, frozen=True):
    """One vehicle standing in one zone of a camera.

    Args:
        key: unique within the zone while the camera process lives.
        entered_s: monotonic seconds when it came to a standstill.
        left_s: monotonic seconds when it moved away; None while it stands there.
        vehicle: class seen by the detector ("car", "vehicle"), or UNCLASSIFIED.
        score: best detector score so far, 0..1.
        charged_s: monotonic seconds since when it is known to be one and the same vehicle; None: since it came. Where
            it was out of sight for as long as a swap takes, another one may have taken its place.
    """

    key: str
    entered_s: float
    left_s: float | None
    vehicle: str
    score: float
    charged_s: float | None = None


class Field(Struct, frozen=True):
    """A magnetic field, in the raw counts of the sensor that measured it: only its changes mean something."""

    x: int
    y: int
    z: int


Value = bool | int | float | str | Stay | Field


class Reading(Struct, frozen=True):
    """One observed value. Never a stale value, never 0 for "no answer".

    Args:
        device: name of the device in the configuration.
        quantity: what was measured, with its unit ("distance_mm", "level_percent", "lamp_failure").
        value: the value in that unit.
        at_s: `time.monotonic()` when it was observed.
        detail: words for a technician where the value alone does not tell.
        delay_s: it waited for so long on its way, at a broker; others that are younger than it may wait there still.
    """

    device: str
    quantity: str
    value: Value
    at_s: float
    quality: Quality = Quality.GOOD
    detail: str = ""
    delay_s: float = 0.0


MAX_HOLD_S = timedelta(days=366).total_seconds()
"""The longest time for which a command may hold."""


class Command(Struct, frozen=True):
    """An absolute order for one device, as it was sent: carrying it out twice does no harm.

    Args:
        id: chosen by the sender; the outcome carries it.
        device: name of the device in the configuration.
        action: which of its actions; which there are the device says.
        value: what the action takes, if anything.
        expires: aware UTC moment after which it must not be carried out; None: never.
        hold_s: how long an override holds; None: until released.
        start: aware UTC moment at which it begins; None: at once.
        colour_temperature_k: of an override: the colour temperature in K, beside the level; None: none is ordered.
    """

    id: str
    device: str
    action: str
    value: float | None = None
    expires: datetime | None = None
    hold_s: float | None = None
    start: datetime | None = None
    colour_temperature_k: float | None = None


Status = Literal["done", "refused", "expired", "failed"]


class Outcome(Struct, frozen=True):
    """What came of a command.

    Args:
        observed: read back from the device; None: nothing was.
        observed_k: a colour temperature that was read back beside it, K; None: none was.
        data: what an action of the pole itself answers, JSON-able; None: nothing.
    """

    command_id: str
    status: Status
    reason: str = ""
    observed: float | None = None
    data: Mapping[str, Any] | None = None
    observed_k: float | None = None


NOBODY_KNOWS_S = float("inf")
"""How late a sensor may be whose maker warrants nothing."""


class Reporting(Struct, frozen=True):
    """How a healthy parking sensor tells of its bay.

    Args:
        period_s: it reports again within that time at the latest, whether anything has changed or not.
        decides: which of its readings tells whether the bay is occupied: "distance" for "distance_mm", "occupied" for
            the sensor's own verdict, "field" for "magnetic_field". It may tell others beside that one.
        tells_within_s: of one that decides itself: it tells a change so long after it at the latest, so that a state
            that lasts longer is told. `NOBODY_KNOWS_S`: nobody says.
        speaks_at_changes: nobody asks it: it speaks when something changes, and once in `period_s`. What it says may be
            lost on its way.
    """

    period_s: float
    decides: Literal["distance", "occupied", "field"]
    tells_within_s: float = 0.0
    speaks_at_changes: bool = False


Emit = Callable[[Reading], Awaitable[None]]


class Driver(Protocol):
    """A device that reports. `run` returns only by an exception: DeviceError when the device is down."""

    name: str

    async def run(self, emit: Emit) -> None: ...


@runtime_checkable
class CountsGarbage(Protocol):
    """A driver that knows how many bytes it had to drop because they were no valid frame."""

    @property
    def dropped_bytes(self) -> int: ...


@runtime_checkable
class CountsDrops(Protocol):
    """A driver that knows how many messages it had to leave unread."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many messages were dropped since the start, by cause."""
        ...


@runtime_checkable
class HasBackoff(Protocol):
    """A driver that says itself how long to wait before it is started again."""

    backoff: Backoff


@runtime_checkable
class HasFigures(Protocol):
    """A driver that tells more of itself than its readings, to a technician alone: names with their units."""

    @property
    def figures(self) -> Mapping[str, bool | float | str]: ...


@runtime_checkable
class TellsWhenHeard(Protocol):
    """A driver whose readings come by whoever passes: when they came is told to nobody, but when it was heard itself.

    What it said of itself stands in its figures.
    """

    @property
    def heard_s(self) -> float | None:
        """Monotonic seconds; None: not since it was started."""
        ...


FRESH_PERIODS, FRESH_S = 3, 10.0
"""What a device was asked for so many of its periods ago, and longer ago than that, is not known any more."""


def fresh_for_s(period_s: float) -> float:
    """How long a value counts that is asked for each `period_s`."""
    return max(FRESH_PERIODS * period_s, FRESH_S)


@runtime_checkable
class HasFreshness(Protocol):
    """A driver that asks its device again and again, and knows how long what it said counts."""

    def fresh_s(self, quantity: str) -> float:
        """Seconds for which a reading of that quantity counts."""
        ...


@runtime_checkable
class LeavesOut(Protocol):
    """A driver whose device does not tell all that its profile asks for."""

    @property
    def left_out(self) -> Sequence[str]:
        """Registers that the device refuses for now."""
        ...


class Actuator(Protocol):
    """A device that can be set to a level."""

    name: str

    async def set_level(self, command_id: str, level_percent: float) -> Outcome:
        """Set it, 0..100 %, and read it back. Raises DeviceError only for a device that is down."""
        ...


@runtime_checkable
class HasColour(Protocol):
    """An actuator that may have a colour temperature beside its level."""

    async def set_light(self, command_id: str, level_percent: float, colour_temperature_k: float | None) -> Outcome:
        """Set both and read them back; None: the level alone. Raises DeviceError only for a device that is down."""
        ...
