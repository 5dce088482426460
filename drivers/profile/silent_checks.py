"""What may be wrong with a state in which the values of a device are none."""

from collections.abc import Iterator

from drivers.mistakes import Mistake, ProfileError
from drivers.profile.resolved import BoundProfile, bind
from drivers.profile.schema import FAULT, ProfileTables, Register, SilentTable
from drivers.profile.silent import PlacedSilent
from drivers.translation import _

_TYPES = frozenset({"u16", "u32", "bits"})


def mistakes(tables: ProfileTables) -> Iterator[Mistake]:
    if not tables.silent:
        return
    if tables.lamp is not None:
        yield "", "silent", _("is for devices that only report")
    if any(FAULT in register.quantities(name) for name, register in tables.register.items()):
        yield "", "silent", _("says what is broken, and so does a register: expected one of the two")
    wrong = [
        (f"silent#{number}", key, words)
        for number, silent in enumerate(tables.silent, 1)
        for key, words in _of(silent, tables)
    ]
    yield from wrong or _apart(tables)


def _of(silent: SilentTable, tables: ProfileTables) -> Iterator[tuple[str, str]]:
    """Key and words."""
    register = tables.register.get(silent.register)
    if register is None:
        yield "register", _("there is no [register.{name}]").format(name=silent.register)
    elif register.type not in _TYPES:
        yield "register", _("expected one of type {types}").format(types=", ".join(sorted(_TYPES)))
    else:
        yield from _bits(silent, register)
    if silent.silences in ((), False) and not silent.tells_fault:
        yield "silences", _("is nothing, and neither fault nor flags says what is broken: it would say nothing")
    for name in silent.named:
        if name not in tables.register:
            yield "silences", _("there is no [register.{name}]").format(name=name)
    if silent.fault is not None and silent.flags is not None:
        yield "flags", _("expected fault or flags, not both")


def _bits(silent: SilentTable, register: Register) -> Iterator[tuple[str, str]]:
    most = 16 * register.words - 1
    low, high = silent.bit_field or (0, most)
    width = high - low + 1
    if not low <= high <= most:
        yield "bit_field", _("are the lowest and the highest of a number, 0 to {most}").format(most=most)
        return
    if silent.values is not None and not all(0 <= each < 1 << width for each in silent.values):
        yield "is", _("expected numbers of 0 to {most}").format(most=(1 << width) - 1)
    if silent.flags is not None and any(bit >= width for bit in silent.flags.values()):
        yield "flags", _("a bit beyond the {count} that count").format(count=width)


def _apart(tables: ProfileTables) -> Iterator[Mistake]:
    """A state counts for what is told at the same moment alone: of one answer."""
    try:
        bound = bind("", tables, {key: low for key, (low, _high) in tables.parameters.items()})
    except (ProfileError, ValueError):
        return  # its addresses are wrong, which is told
    for number, silent in enumerate(bound.silent, 1):
        if lost := _not_with(bound, silent):
            what = _(
                "{names} and {register} are not in one read: expected the same function, the same poll, and a {gap}"
            )
            words = what.format(names=", ".join(lost), register=silent.told_by.name, gap="max_gap")
            yield f"silent#{number}", "register", words


def _not_with(bound: BoundProfile, silent: PlacedSilent) -> list[str]:
    """What it silences that is read apart from it."""
    together = {each.name for read in bound.reads if silent.told_by in read.registers for each in read.registers}
    return sorted(silent.names - together)
