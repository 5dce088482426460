"""A profile with the parameters of one device put in."""

from collections.abc import Mapping

from msgspec import Struct

from drivers.profile.address import parse
from drivers.profile.errors import ProfileError
from drivers.profile.plan import PlacedHole, PlacedRegister, Read, plan
from drivers.profile.schema import ProfileTables


class LampMap(Struct, frozen=True):
    """The registers by which a lamp is driven: see `schema.LampTable`."""

    level: PlacedRegister
    read_back: PlacedRegister
    switch: PlacedRegister | None
    tolerance_percent: float
    settle_s: float


class BoundProfile(Struct, frozen=True):
    """
    Args:
        reads: of everything that is polled.
        lamp: None: the device is no lamp.
    """

    name: str
    registers: Mapping[str, PlacedRegister]
    reads: tuple[Read, ...]
    lamp: LampMap | None


def bind(name: str, tables: ProfileTables, parameters: Mapping[str, int]) -> BoundProfile:
    """Raises ProfileError when a parameter is missing, or leads to addresses that do not exist."""
    if missing := [key for key in tables.parameters if key not in parameters]:
        raise ProfileError(f"profile {name} needs {' and '.join(missing)}")
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
        raise ProfileError(f"profile {name}: {error}") from None
    polled = [placed for placed in registers.values() if placed.register.poll]
    reads = plan(polled, holes, tables.max_gap, tables.max_registers)
    return BoundProfile(name, registers, reads, _lamp(tables, registers))


def _lamp(tables: ProfileTables, registers: Mapping[str, PlacedRegister]) -> LampMap | None:
    if (lamp := tables.lamp) is None:
        return None
    return LampMap(
        level=registers[lamp.level],
        read_back=registers[lamp.read_back or lamp.level],
        switch=registers[lamp.switch] if lamp.switch else None,
        tolerance_percent=lamp.tolerance,
        settle_s=lamp.settle_s,
    )
