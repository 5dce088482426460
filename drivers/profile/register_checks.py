"""What may be wrong with one register of a profile."""

import re
from collections.abc import Iterator

from drivers.figure import wrong_unit
from drivers.level import COLOUR
from drivers.mistakes import Mistake
from drivers.profile.schema import SUPPLY_VOLTAGE, ProfileTables, Register
from drivers.profile.values import encode
from drivers.translation import _

_BITS = (1, 2)


def mistakes(name: str, register: Register, max_registers: int) -> Iterator[Mistake]:
    table = f"register.{name}"
    yield from _register(table, register, max_registers)
    yield from _value(table, register)
    yield from _write(table, register)


def _register(table: str, register: Register, max_registers: int) -> Iterator[Mistake]:
    if (register.function in _BITS) != (register.type == "coil"):
        yield table, "type", _('functions 1 and 2 read type "coil", and 3 and 4 every other type')
    if register.words > max_registers:
        what = _("takes {words} registers, and max_registers is {max_registers}")
        yield table, "type", what.format(words=register.words, max_registers=max_registers)
    yield from _bits(table, register)
    if any(not 0 <= raw < 1 << 16 * register.words for raw in register.invalid):
        bits = 16 * register.words
        what = _("raw values of {bits} bits, 0 to 0x{most:X}, before scale and sign")
        yield table, "invalid", what.format(bits=bits, most=(1 << bits) - 1)
    if register.curve == "dali" and register.type != "u16":
        yield table, "curve", _('a DALI level has type "u16"')
    if register.curve == "mired":
        yield from _mired(table, register)


def units(tables: ProfileTables) -> Iterator[Mistake]:
    """A code has no unit."""
    for name, register in _numbers(tables):
        if register.unit and (words := wrong_unit(register.unit, register.kind)):
            yield f"register.{name}", "unit", words


def without_unit(tables: ProfileTables) -> tuple[str, ...]:
    """Registers of which nothing says in what they count: they are told all the same, as their names are."""
    return tuple(name for name, each in _numbers(tables) if not each.unit and wrong_unit(each.unit, each.kind))


def _numbers(tables: ProfileTables) -> Iterator[tuple[str, Register]]:
    """What is told as a number; what a lamp is driven by is no measurement, and [lamp] says what it is."""
    lamp = tables.lamp
    driven = {COLOUR, lamp.level, lamp.told_by, lamp.switch, lamp.switch_state} if lamp is not None else set()
    driven |= tables.exponents
    for name, register in tables.register.items():
        if register.poll is not False and register.type not in {"bits", "coil"} and name not in driven:
            yield name, register


def _bits(table: str, register: Register) -> Iterator[Mistake]:
    if (register.type == "bits") != bool(register.bits):
        yield table, "bits", _('type "bits" needs a table of names, and no other type may have one')
    if len(set(register.bits.values())) < len(register.bits):
        yield table, "bits", _("one bit has two names")
    if (part := register.bit_field) and (register.type not in {"u16", "i16"} or part[0] > part[1]):
        yield table, "bit_field", _('lowest and highest bit of one register of type "u16" or "i16"')


def _value(table: str, register: Register) -> Iterator[Mistake]:
    if register.scale == 0:
        yield table, "scale", _("a scale of 0 leaves nothing of the value")
    if register.range and register.type in {"bits", "coil"}:
        yield table, "range", _("yes and no have none")
    elif register.range and not register.range[0] < register.range[1]:
        yield table, "range", _("the first number must be lower than the second")
    if register.nominal is not None and not re.fullmatch(SUPPLY_VOLTAGE, table.removeprefix("register.")):
        yield table, "nominal", _("only supply_voltage_v and supply_voltage_l1_v to _l3_v are judged by one")


def _mired(table: str, register: Register) -> Iterator[Mistake]:
    """A number in mired, of which the value is told in kelvin."""
    if register.type in {"bits", "coil"}:
        yield table, "curve", _("yes and no are no colour temperature")
    if register.unit not in {"", "K"}:
        yield table, "unit", _('curve = "mired" makes kelvin of it: unit = "K"')
    if register.kind != "measurement":
        yield table, "kind", _('curve = "mired" makes a measurement of it, which goes up and down')
    if register.range and register.range[0] <= 0:
        yield table, "range", _("no light has 0 K or less")


def _write(table: str, register: Register) -> Iterator[Mistake]:
    if register.write is None:
        return
    if register.function not in (1, 3):
        yield table, "write", _("only coils (function 1) and holding registers (function 3) can be written")
    elif (register.write in {5, 15}) != (register.function == 1):
        yield table, "write", _("coils are written by function 5 or 15, holding registers by 6 or 16")
    elif register.write == 6 and register.words > 1:
        yield (
            table,
            "write",
            _("function 6 writes one register, {type} takes {words}; use 16").format(
                type=register.type, words=register.words
            ),
        )
    elif register.type == "bits" or register.bit_field:
        yield table, "write", _("a part of a register cannot be written alone")


def writable(table: str, key: str, name: str, value: float, tables: ProfileTables) -> Iterator[Mistake]:
    """Yields why a value cannot be written to the register of that name, as a mistake of the key that asks for it."""
    register = tables.register.get(name)
    if register is None:
        yield table, key, _("there is no [register.{name}]").format(name=name)
    elif register.write is None:
        yield table, key, _("{name} cannot be written").format(name=name)
    elif register.scale != 0:
        try:
            encode(register, value)
        except ValueError as error:
            yield table, key, f"{name}: {error}"
