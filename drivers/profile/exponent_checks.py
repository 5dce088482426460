"""What may be wrong with a register that another one gives its power of ten."""

from collections.abc import Iterator

from drivers.mistakes import Mistake, ProfileError
from drivers.profile.resolved import BoundProfile, bind
from drivers.profile.schema import ProfileTables, Register
from drivers.translation import _


def mistakes(tables: ProfileTables) -> Iterator[Mistake]:
    named = [(name, each) for name, each in tables.register.items() if each.exponent is not None]
    wrong = [(f"register.{name}", "exponent", words) for name, each in named for words in _of(name, each, tables)]
    yield from wrong or _apart(tables)


def _of(name: str, register: Register, tables: ProfileTables) -> Iterator[str]:
    other = tables.register.get(register.exponent or "")
    if other is None:
        yield _("there is no [register.{name}]").format(name=register.exponent)
    elif other.type not in {"i16", "u16"} or other.exponent is not None:
        yield _("expected one of type {types}").format(types="i16, u16")
    if register.type in {"bits", "coil"} or register.curve != "linear" or register.write is not None:
        yield _("is for numbers that are only read")
    lamp = tables.lamp
    if lamp is not None and name in {lamp.level, lamp.told_by, lamp.switch, lamp.switch_state}:
        yield _("is not for what a lamp is driven by")
    if any(name == probe.register for probe in tables.probe):
        yield _("is not for what a [[probe]] looks at")


def _apart(tables: ProfileTables) -> Iterator[Mistake]:
    """An exponent counts for what is told at the same moment alone: in one answer."""
    try:
        bound = bind("", tables, {key: low for key, (low, _high) in tables.parameters.items()})
    except (ProfileError, ValueError):
        return  # its addresses are wrong, which is told
    what = _("{names} and {register} are not in one read: expected the same function, the same poll, and a {gap}")
    for name, register in tables.register.items():
        if register.exponent is not None and not _together(bound, name, register.exponent):
            words = what.format(names=name, register=register.exponent, gap="max_gap")
            yield f"register.{name}", "exponent", words


def _together(bound: BoundProfile, name: str, other: str) -> bool:
    return any({name, other} <= {each.name for each in read.registers} for read in bound.reads)
