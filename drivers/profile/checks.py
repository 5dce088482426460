"""What a profile's types alone do not tell: one message for each mistake, with the table and key it stands at."""

import itertools
from collections.abc import Iterator

from drivers.profile.address import parse
from drivers.profile.mistakes import Mistake
from drivers.profile.schema import LampTable, ProfileTables, Register

_BITS = (1, 2)


def mistakes(tables: ProfileTables) -> Iterator[Mistake]:
    used: set[str] = set()
    for name, register in tables.register.items():
        yield from _register(f"register.{name}", register)
        yield from _address(f"register.{name}", "address", register.address, tables, used)
    for hole in tables.hole:
        yield from _address("hole", "first", hole.first, tables, used)
        yield from _address("hole", "last", hole.last, tables, used)
    for parameter in tables.parameters:
        if parameter not in used:
            yield "", "parameters", f'no address uses "{parameter}"'
    yield from _twice(tables)
    yield from _overlaps(tables)
    if tables.lamp is not None:
        yield from _lamp(tables, tables.lamp)


def _register(table: str, register: Register) -> Iterator[Mistake]:
    if (register.function in _BITS) != (register.type == "coil"):
        yield table, "type", 'functions 1 and 2 read type "coil", and 3 and 4 every other type'
    if (register.type == "bits") != bool(register.bits):
        yield table, "bits", 'type "bits" needs a table of names, and no other type may have one'
    if (part := register.bit_field) and (register.type not in {"u16", "i16"} or part[0] > part[1]):
        yield table, "bit_field", 'lowest and highest bit of one register of type "u16" or "i16"'
    if register.scale == 0:
        yield table, "scale", "a scale of 0 leaves nothing of the value"
    if register.range and register.range[0] >= register.range[1]:
        yield table, "range", "the first number must be lower than the second"
    if register.curve == "dali" and register.type != "u16":
        yield table, "curve", 'a DALI level has type "u16"'
    yield from _write(table, register)


def _write(table: str, register: Register) -> Iterator[Mistake]:
    if register.write is None:
        return
    if register.function not in (1, 3):
        yield table, "write", "only coils (function 1) and holding registers (function 3) can be written"
    elif (register.write == 5) != (register.function == 1):
        yield table, "write", "coils are written by function 5, holding registers by 6 or 16"
    elif register.write == 6 and register.words > 1:
        yield table, "write", f"function 6 writes one register, {register.type} takes {register.words}; use 16"
    elif register.type == "bits" or register.bit_field:
        yield table, "write", "a part of a register cannot be written alone"


def _address(table: str, key: str, text: int | str, tables: ProfileTables, used: set[str]) -> Iterator[Mistake]:
    try:
        address = parse(text)
        used |= address.parameters
        if unknown := sorted(address.parameters - set(tables.parameters)):
            yield table, key, f"{unknown[0]} is not in parameters = {list(tables.parameters)}"
        else:
            address.at(dict.fromkeys(address.parameters, 0))
    except ValueError as error:
        yield table, key, str(error)


def _twice(tables: ProfileTables) -> Iterator[Mistake]:
    seen = {name for name, register in tables.register.items() if register.type != "bits"}
    for name, register in tables.register.items():
        for quantity in register.bits:
            if quantity in seen:
                yield f"register.{name}", "bits", f'"{quantity}" is the name of another value already'
            seen.add(quantity)


def _overlaps(tables: ProfileTables) -> Iterator[Mistake]:
    for (one, a), (other, b) in itertools.combinations(tables.register.items(), 2):
        if a.function == b.function and _first(a) is not None and (start := _first(b)) is not None:
            first = _first(a) or 0
            shared = first < start + b.words and start < first + a.words
            if shared and not (first == start and a.words == b.words == 1 and (a.bit_field or b.bit_field)):
                yield f"register.{other}", "address", f"overlaps {one}"


def _first(register: Register) -> int | None:
    """Its address with all parameters 0; None where `_address` complains already."""
    try:
        address = parse(register.address)
        return address.at(dict.fromkeys(address.parameters, 0))
    except ValueError:
        return None


def _lamp(tables: ProfileTables, lamp: LampTable) -> Iterator[Mistake]:
    named = {"level": lamp.level, "read_back": lamp.read_back, "switch": lamp.switch}
    for key, name in named.items():
        if name is not None and name not in tables.register:
            yield "lamp", key, f"there is no [register.{name}]"
    level, switch = tables.register.get(lamp.level), tables.register.get(lamp.switch or "")
    if level and (level.write is None or level.type == "coil"):
        yield "lamp", "level", f"{lamp.level} cannot be written"
    if switch and (switch.write is None or switch.type != "coil"):
        yield "lamp", "switch", f"{lamp.switch} is not a coil that can be written"
    for key in ("read_back", "switch"):
        register = tables.register.get(named[key] or "")
        if register and not register.poll:
            yield "lamp", key, f"{named[key]} is not polled, so the level would never be known"
