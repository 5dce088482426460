"""What may be wrong with a fault that is declared: what it looks at, its limits, and that two of them meet."""

from collections.abc import Iterator, Mapping
from itertools import combinations

from drivers.mistakes import Mistake
from drivers.profile.schema import Fault, ProfileTables, Register
from drivers.translation import _


def mistakes(tables: ProfileTables) -> Iterator[Mistake]:
    told = quantities(tables)
    for number, fault in enumerate(tables.fault, 1):
        yield from ((f"fault#{number}", key, words) for key, words in of(fault, told))
    for (_one, first), (other, second) in combinations(enumerate(tables.fault, 1), 2):
        if first.name == second.name:
            yield f"fault#{other}", "name", _('"{name}" is the name of another fault already').format(name=first.name)
        elif words := meet(first, second) or _same_bits(first, second, told):
            yield f"fault#{other}", "quantity", words


def quantities(tables: ProfileTables) -> dict[str, tuple[str, Register]]:
    """What a device tells, and the register that does, with its name."""
    return {
        quantity: (name, register)
        for name, register in tables.register.items()
        for quantity in register.quantities(name)
    }


def of(fault: Fault, told: Mapping[str, tuple[str, Register]]) -> Iterator[tuple[str, str]]:
    """Yields what is wrong with one fault, with its key.

    Args:
        told: what the device tells, and the register that does.
    """
    _name, register = told.get(fault.of, ("", None))
    if register is None:
        yield "quantity", _("the device tells no {quantity}").format(quantity=fault.of)
        return
    if register.poll is False:
        yield "quantity", _("{quantity} is not polled, so it would never be known").format(quantity=fault.of)
    if (register.type in {"bits", "coil"}) != fault.is_flag:
        what = _("{quantity} is yes or no, which has no limits") if not fault.is_flag else _("{quantity} needs a limit")
        yield "above", what.format(quantity=fault.of)
    yield from _limits(fault)


def meet(first: Fault, second: Fault) -> str:
    """Says how two faults are one: they look at the same bit, or tell the same of the same side of a value."""
    if first.of != second.of:
        return ""
    if first.is_flag or second.is_flag:
        return _("{one} looks at the same bit").format(one=first.name)
    same_side = (first.above is None) == (second.above is None)
    overlap = first.event == second.event and same_side
    return _("{one} tells the same of the same range").format(one=first.name) if overlap else ""


def _limits(fault: Fault) -> Iterator[tuple[str, str]]:
    above, below, ends = fault.above, fault.below, fault.ends
    if above is not None and below is not None and below >= above:
        yield "below", _("lies above {above:g}: every value would be a fault").format(above=above)
    if ends is None:
        return
    if (above is None) == (below is None):
        yield "ends", _("stands with one of above and below")
    elif (above is not None and ends > above) or (below is not None and ends < below):
        yield "ends", _("lies beyond the limit")


def _same_bits(first: Fault, second: Fault, told: Mapping[str, tuple[str, Register]]) -> str:
    """Two registers at one address, of which both faults see a bit."""
    (one, a), (other, b) = (told.get(fault.of, ("", None)) for fault in (first, second))
    if a is None or b is None or one == other or (a.function, str(a.address)) != (b.function, str(b.address)):
        return ""
    shared = _bits(a, first.of) & _bits(b, second.of)
    words = _("bit {bit} of {register} is a fault of {one} already")
    return words.format(bit=min(shared), register=one, one=first.name) if shared else ""


def _bits(register: Register, quantity: str) -> set[int]:
    if register.type == "bits":
        return {register.bits[quantity]}
    low, high = register.bit_field or (0, 15)
    return set(range(low, high + 1))
