"""A profile resolved for one device: its parameters are put in."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from drivers.level import COLOUR
from drivers.mistakes import ProfileError
from drivers.profile.address import parse
from drivers.profile.plan import PlacedHole, PlacedRegister, Read, plan
from drivers.profile.schema import ColourTable, FailsafeTable, LampTable, ProfileTables
from drivers.profile.silent import PlacedSilent, placed, told
from drivers.profile.values import Measured, decode
from drivers.translation import _


class ColourMap(Struct, frozen=True):
    """The registers of a colour temperature: see `schema.ColourTable`."""

    set: PlacedRegister
    told: PlacedRegister
    range_k: tuple[float, float]
    tolerance_k: float

    def nearest_k(self, wanted_k: float) -> float:
        """What stands in the register once it was written: it counts in steps, in mired in large ones at the blue end.

        Raises ValueError for what it cannot take.
        """
        words = self.set.writing(wanted_k).words
        return next(float(each.value) for each in decode(self.set.name, self.set.register, words))


class LampMap(Struct, frozen=True):
    """The registers by which a lamp is driven: see `schema.LampTable`.

    Args:
        level: None: the device only switches.
        read_back: None: nothing tells the level.
        switch_state: what tells whether the switch is on; None: nothing, or there is no switch.
        colour: None: its colour temperature is not to be set.
    """

    level: PlacedRegister | None
    read_back: PlacedRegister | None
    switch: PlacedRegister | None
    switch_state: PlacedRegister | None
    tolerance_percent: float
    settle_s: float
    colour: ColourMap | None = None

    @property
    def told_by(self) -> tuple[PlacedRegister, ...]:
        """What tells at which level it burns: the level and the switch, or the switch of one that only switches."""
        if self.read_back is None and self.level is not None:
            return ()
        return tuple(part for part in (self.read_back, self.switch_state) if part is not None)


class FeedMap(Struct, frozen=True):
    """What is written, or where `value` is None read, each `period_s`: see `schema.FeedTable`."""

    register: PlacedRegister
    value: float | None
    period_s: float


class FailsafeMap(Struct, frozen=True):
    """What is set at start and fed from then on: see `schema.FailsafeTable`.

    Args:
        at_start: the values, or the name of the lamp's key that gives one.
    """

    at_start: tuple[tuple[PlacedRegister, float | str], ...] = ()
    feed: FeedMap | None = None


class BoundProfile(Struct, frozen=True):
    """
    Args:
        reads: of everything that is polled.
        periods_s: of each [poll.NAME].
        max_registers: most that one read may take.
        lamp: None: the device is no lamp.
        setup: see `schema.ProfileTables`.
        silent: states in which its values are none.
    """

    name: str
    registers: Mapping[str, PlacedRegister]
    reads: tuple[Read, ...]
    periods_s: Mapping[str, float]
    max_registers: int
    lamp: LampMap | None
    failsafe: FailsafeMap
    setup: tuple[tuple[PlacedRegister, float], ...] = ()
    silent: tuple[PlacedSilent, ...] = ()

    def told(self, read: Read, words: Sequence[int]) -> Iterator[Measured]:
        """The values in an answer to `read`, without those that are none in the state in which the device is."""
        return told(self.silent, read, words) if self.silent else read.decode(words)


def bind(name: str, tables: ProfileTables, parameters: Mapping[str, int]) -> BoundProfile:
    """Raises ProfileError when a parameter is missing, or out of its range."""
    _check(name, tables, parameters)
    try:
        registers = {
            key: PlacedRegister(key, register, parse(register.address).at(parameters))
            for key, register in tables.register.items()
        }
        holes = [
            PlacedHole(hole.function, parse(hole.first).at(parameters), parse(hole.last).at(parameters))
            for hole in tables.hole
        ]
    except ValueError as error:
        raise ProfileError(_("profile {name}: {reason}").format(name=name, reason=error)) from None
    polled = [placed for placed in registers.values() if placed.register.poll is not False]
    return BoundProfile(
        name,
        registers,
        reads=plan(polled, holes, tables.max_gap, tables.max_registers),
        periods_s={key: float(poll.period_s) for key, poll in tables.poll.items()},
        max_registers=tables.max_registers,
        lamp=_lamp(tables.lamp, registers) if tables.lamp else None,
        failsafe=_failsafe(tables.failsafe, registers) if tables.failsafe else FailsafeMap(),
        setup=tuple((registers[key], value) for key, value in tables.setup.items()),
        silent=placed(tables, registers),
    )


def _check(name: str, tables: ProfileTables, parameters: Mapping[str, int]) -> None:
    if missing := [key for key in tables.parameters if key not in parameters]:
        raise ProfileError(_("profile {name} needs {missing}").format(name=name, missing=_(" and ").join(missing)))
    for key, (low, high) in tables.parameters.items():
        if not low <= parameters[key] <= high:
            raise ProfileError(
                _("profile {name} has {key} {low} to {high}, not {value}").format(
                    name=name, key=key, low=low, high=high, value=parameters[key]
                )
            )


def _lamp(lamp: LampTable, registers: Mapping[str, PlacedRegister]) -> LampMap:
    read_back, state = lamp.told_by, lamp.switch_state
    return LampMap(
        level=registers[lamp.level] if lamp.level else None,
        read_back=registers[read_back] if read_back else None,
        switch=registers[lamp.switch] if lamp.switch else None,
        switch_state=registers[state] if state else None,
        tolerance_percent=lamp.tolerance,
        settle_s=lamp.settle_s,
        colour=_colour(lamp.colour, registers) if lamp.colour else None,
    )


def _colour(colour: ColourTable, registers: Mapping[str, PlacedRegister]) -> ColourMap:
    return ColourMap(registers[colour.set], registers[COLOUR], colour.range, colour.tolerance)


def _failsafe(failsafe: FailsafeTable, registers: Mapping[str, PlacedRegister]) -> FailsafeMap:
    at_start = tuple((registers[key], value) for key, value in failsafe.at_start.items())
    feed = failsafe.feed
    return FailsafeMap(at_start, FeedMap(registers[feed.register], feed.write, feed.period_s) if feed else None)
