"""Checks where the registers of a profile lie: all addresses exist, and no two registers share one."""

import itertools
from collections.abc import Generator, Iterator

from drivers.profile.address import HIGHEST, Address, Ranges, parse
from drivers.profile.errors import Mistake
from drivers.profile.schema import Hole, ProfileTables, Register
from drivers.translation import _


def mistakes(tables: ProfileTables) -> Iterator[Mistake]:
    used: set[str] = set()
    for parameter, (low, high) in tables.parameters.items():
        if low > high:
            yield "", "parameters", _("{parameter}: the lowest value comes first").format(parameter=parameter)
            return
    addresses: dict[str, Address] = {}
    for name, register in tables.register.items():
        found = yield from _address(f"register.{name}", "address", register.address, register.words, tables)
        used |= _names(register.address)
        if found is not None:
            addresses[name] = found
    yield from _overlaps(tables, addresses)
    for number, hole in enumerate(tables.hole, 1):
        yield from _hole(f"hole#{number}", hole, tables, addresses)
        used |= _names(hole.first) | _names(hole.last)
    for parameter in tables.parameters:
        if parameter not in used:
            yield "", "parameters", _('no address uses "{parameter}"').format(parameter=parameter)


def _names(text: int | str) -> frozenset[str]:
    try:
        return parse(text).parameters
    except ValueError:
        return frozenset()


def _address(
    table: str, key: str, text: int | str, words: int, tables: ProfileTables
) -> Generator[Mistake, None, Address | None]:
    """The address, when it is one for every value of its parameters."""
    try:
        address = parse(text)
    except ValueError as error:
        yield table, key, str(error)
        return None
    if unknown := sorted(address.parameters - set(tables.parameters)):
        yield (
            table,
            key,
            _("{name} is not in parameters = {parameters}").format(name=unknown[0], parameters=list(tables.parameters)),
        )
        return None
    low, high = address.span(_ranges(tables))
    if low < 0 or high + words - 1 > HIGHEST:
        said = _("is {low}") if low == high else _("goes from {low} to {high}")
        more = _(" and takes {words} registers").format(words=words) if words > 1 else ""
        yield (
            table,
            key,
            _("{address} {said}{more}; registers are 0 to {highest}").format(
                address=address.text, said=said.format(low=low, high=high), more=more, highest=HIGHEST
            ),
        )
        return None
    return address


def _ranges(tables: ProfileTables) -> Ranges:
    return {str(name): both for name, both in tables.parameters.items()}


def _overlaps(tables: ProfileTables, addresses: dict[str, Address]) -> Iterator[Mistake]:
    for (one, first), (other, second) in itertools.combinations(addresses.items(), 2):
        a, b = tables.register[one], tables.register[other]
        if a.function == b.function and not _parts_of_one(a, b, first, second):
            shared = range(1 - b.words, a.words)
            if _reaches(second.minus(first), shared, _ranges(tables)):
                yield f"register.{other}", "address", _("overlaps {name}").format(name=one)


def _parts_of_one(a: Register, b: Register, first: Address, second: Address) -> bool:
    """Two names for bits of the same register."""
    at_one = not second.minus(first).factors and second.constant == first.constant
    return at_one and a.words == b.words == 1 and bool(a.bit_field or b.bit_field)


def _reaches(distance: Address, shared: range, ranges: Ranges) -> bool:
    low, high = distance.span(ranges)
    if high < shared.start or low >= shared.stop:
        return False
    return any(value in shared for value in distance.values(ranges))


def _hole(table: str, hole: Hole, tables: ProfileTables, addresses: dict[str, Address]) -> Iterator[Mistake]:
    first = yield from _address(table, "first", hole.first, 1, tables)
    last = yield from _address(table, "last", hole.last, 1, tables)
    if first is None or last is None:
        return
    ranges = _ranges(tables)
    shortest, longest = last.minus(first).span(ranges)
    if shortest < 0:
        yield table, "last", _("lies below first")
        return
    for name, address in addresses.items():
        register = tables.register[name]
        shared = range(1 - register.words, longest + 1)
        if register.function == hole.function and _reaches(address.minus(first), shared, ranges):
            yield table, "first", _("{name} lies in it").format(name=name)
