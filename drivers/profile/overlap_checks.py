"""Checks where the registers of a profile lie: all addresses exist, and no two registers share one."""

from collections.abc import Generator, Iterator

from drivers.mistakes import Mistake
from drivers.profile.address import HIGHEST, Address, Ranges, parse
from drivers.profile.schema import Hole, ProfileTables, Register
from drivers.translation import _


def mistakes(tables: ProfileTables) -> Iterator[Mistake]:
    if without_values := tuple(turned(tables)):
        yield from without_values
        return
    addresses = yield from of_registers(tables)
    used = {name for register in tables.register.values() for name in _names(register.address)}
    for number, hole in enumerate(tables.hole, 1):
        yield from _hole(f"hole#{number}", hole, tables, addresses)
        used |= _names(hole.first) | _names(hole.last)
    for parameter in tables.parameters:
        if parameter not in used:
            yield "", "parameters", _('no address uses "{parameter}"').format(parameter=parameter)


def turned(tables: ProfileTables) -> Iterator[Mistake]:
    """A parameter with nothing between its bounds, of which no address can be reckoned."""
    for parameter, (low, high) in tables.parameters.items():
        if low > high:
            yield "", "parameters", _("{parameter}: the lowest value comes first").format(parameter=parameter)


def of_registers(tables: ProfileTables) -> Generator[Mistake, None, dict[str, Address]]:
    """What is wrong with the places of the registers; returns the addresses that exist."""
    addresses: dict[str, Address] = {}
    for name, register in tables.register.items():
        found = yield from address_of(f"register.{name}", "address", register.address, register.words, tables)
        if found is not None:
            addresses[name] = found
    yield from _overlaps(tables, addresses)
    return addresses


def _names(text: int | str) -> frozenset[str]:
    try:
        return parse(text).parameters
    except ValueError:
        return frozenset()


def address_of(
    table: str, key: str, text: int | str, words: int, tables: ProfileTables
) -> Generator[Mistake, None, Address | None]:
    """Returns the address, when it is one for every value of its parameters."""
    try:
        address = parse(text)
    except ValueError as error:
        yield table, key, str(error)
        return None
    wrong = _wrong(address, words, tables)
    if wrong is not None:
        yield table, key, wrong
    return address if wrong is None else None


def _wrong(address: Address, words: int, tables: ProfileTables) -> str | None:
    """What is wrong with an address that can be read."""
    if unknown := sorted(address.parameters - set(tables.parameters)):
        what = _("{name} is not in parameters = {parameters}")
        return what.format(name=unknown[0], parameters=list(tables.parameters))
    low, high = address.span(_ranges(tables))
    if high < 0:
        what = _("{address} is a negative address; registers are 0 to {highest}")
        return what.format(address=address.text, highest=HIGHEST)
    return None if low >= 0 and high + words - 1 <= HIGHEST else _out_of_range(address, low, high, words)


def _out_of_range(address: Address, low: int, high: int, words: int) -> str:
    said = _("is {low}") if low == high else _("goes from {low} to {high}")
    more = _(" and takes {words} registers").format(words=words) if words > 1 else ""
    what = _("{address} {said}{more}; registers are 0 to {highest}")
    return what.format(address=address.text, said=said.format(low=low, high=high), more=more, highest=HIGHEST)


def _ranges(tables: ProfileTables) -> Ranges:
    return {str(name): both for name, both in tables.parameters.items()}


def _overlaps(tables: ProfileTables, addresses: dict[str, Address]) -> Iterator[Mistake]:
    """One for each register: it has to be given another place."""
    order, told = {name: at for at, name in enumerate(addresses)}, set[str]()
    for pair in _near(tables, addresses):
        one, other = sorted(pair, key=order.__getitem__)
        if other in told:
            continue
        first, second = addresses[one], addresses[other]
        a, b = tables.register[one], tables.register[other]
        if not _parts_of_one(a, b, first, second):
            shared = range(1 - b.words, a.words)
            if _reaches(second.minus(first), shared, _ranges(tables)):
                told.add(other)
                yield f"register.{other}", "address", _("overlaps {name}").format(name=one)


def _near(tables: ProfileTables, addresses: dict[str, Address]) -> Iterator[tuple[str, str]]:
    """Pairs of registers of one function that may share an address.

    Those whose addresses rise alike with the parameters keep their distance, so that neighbours are found by their
    constant; of others all pairs whose spans meet.
    """
    alike: dict[tuple[int, tuple[tuple[str, int], ...]], list[tuple[int, int, str]]] = {}
    for name, address in addresses.items():
        register = tables.register[name]
        kind = register.function, tuple(sorted(address.factors.items()))
        alike.setdefault(kind, []).append((address.constant, address.constant + register.words, name))
    for group in alike.values():
        yield from _meeting(group)
    ranges, kinds = _ranges(tables), {name: kind for kind, group in alike.items() for _, _, name in group}
    for function in {kind[0] for kind in alike if kind[1]}:
        spans = [
            (low, high + tables.register[name].words, name)
            for name, address in addresses.items()
            if tables.register[name].function == function
            for low, high in [address.span(ranges)]
        ]
        yield from (pair for pair in _meeting(spans) if kinds[pair[0]] != kinds[pair[1]])


def _meeting(spans: list[tuple[int, int, str]]) -> Iterator[tuple[str, str]]:
    """Pairs whose spans (begin, end, name), the end not included, have something in common."""
    open_ones: list[tuple[int, int, str]] = []
    for span in sorted(spans):
        open_ones = [each for each in open_ones if each[1] > span[0]]
        yield from ((each[2], span[2]) for each in open_ones)
        open_ones.append(span)


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
    first = yield from address_of(table, "first", hole.first, 1, tables)
    last = yield from address_of(table, "last", hole.last, 1, tables)
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
