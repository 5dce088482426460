"""Addresses as expressions, for devices that repeat their registers: "7000*channel + 100*short_address + 15"."""

import itertools
import re
from collections.abc import Iterator, Mapping
from keyword import iskeyword
from typing import NamedTuple

from msgspec import Struct

from drivers.translation import _

_LONGEST = 120
HIGHEST = 0xFFFF

_TOKEN = re.compile(r"\s*(\w+|[-+*()])\s*", re.ASCII)

Ranges = Mapping[str, tuple[int, int]]
"""Lowest and highest value of each parameter."""


class Address(Struct, frozen=True):
    """`constant`, and each parameter times its factor.

    Args:
        text: as written.
    """

    text: str
    constant: int
    factors: dict[str, int]

    @property
    def parameters(self) -> frozenset[str]:
        """The names that it needs."""
        return frozenset(self.factors)

    def at(self, values: Mapping[str, int]) -> int:
        """The address in the PDU, from 0. Raises ValueError when a parameter is missing or no such register exists."""
        if missing := sorted(self.parameters - values.keys()):
            raise ValueError(_("needs {missing}").format(missing=_(" and ").join(missing)))
        address = self._sum(values)
        if not 0 <= address <= HIGHEST:
            raise ValueError(
                _("{text} is {number}; registers are 0 to {highest}").format(
                    text=self.text, number=address, highest=HIGHEST
                )
            )
        return address

    def span(self, ranges: Ranges) -> tuple[int, int]:
        """Returns the lowest and the highest value of the address; both may be no address at all."""
        ends = [sorted(factor * end for end in ranges[name]) for name, factor in self.factors.items()]
        return self.constant + sum(low for low, _ in ends), self.constant + sum(high for _, high in ends)

    def minus(self, other: "Address") -> "Address":
        """How far `self` lies above `other`."""
        names = self.factors | other.factors
        factors = {name: self.factors.get(name, 0) - other.factors.get(name, 0) for name in names}
        return Address("", self.constant - other.constant, {name: each for name, each in factors.items() if each})

    def values(self, ranges: Ranges) -> Iterator[int]:
        """Every value that it takes."""
        choices = (range(ranges[name][0], ranges[name][1] + 1) for name in self.factors)
        return (self._sum(dict(zip(self.factors, choice, strict=True))) for choice in itertools.product(*choices))

    def _sum(self, values: Mapping[str, int]) -> int:
        return self.constant + sum(factor * values[name] for name, factor in self.factors.items())


def parse(text: str | int) -> Address:
    """Numbers (decimal or 0x...), parameters, +, -, * and brackets; nothing else. Raises ValueError."""
    source = str(text)
    if len(source) > _LONGEST:
        raise ValueError(_("an address of {count} characters is too long").format(count=len(source)))
    reader = _Reader(source.strip())
    total = reader.sum()
    if reader.rest:
        raise _misplaced(reader.rest)
    return Address(source, total.constant, total.factors)


class _Terms(NamedTuple):
    """`constant`, and each parameter times its factor."""

    constant: int
    factors: dict[str, int]


class _Reader:
    """Reads an expression from left to right.

    Args:
        rest: what is still to be read.
    """

    def __init__(self, rest: str) -> None:
        self.rest = rest
        self._whole = rest

    def sum(self) -> _Terms:
        total = self._product()
        while self.rest[:1] in ("+", "-"):
            sign = 1 if self._token() == "+" else -1
            total = _added(total, self._product(), sign)
        return total

    def _product(self) -> _Terms:
        product = self._factor()
        while self.rest[:1] == "*":
            self._token()
            product = _multiplied(product, self._factor())
        return product

    def _factor(self) -> _Terms:
        before = self.rest
        token = self._token()
        if token == "(":
            inside = self.sum()
            if self._token() != ")":
                raise self._unfinished()
            return inside
        if token == "-":
            self._factor()
            raise ValueError(
                _('"{part}" is a negative address; registers are 0 to {highest}').format(
                    part=before.removesuffix(self.rest).strip(), highest=HIGHEST
                )
            )
        return _leaf(token, before)

    def _token(self) -> str:
        if not self.rest:
            raise self._unfinished()
        found = _TOKEN.match(self.rest)
        if found is None:
            raise _misplaced(self.rest)
        self.rest = self.rest[found.end() :]
        return found[1]

    def _unfinished(self) -> ValueError:
        return ValueError(
            _('"{text}" is not an address; write for example "100*short_address + 15"').format(text=self._whole)
        )


def _leaf(token: str, at: str) -> _Terms:
    """A number or a parameter. `at` is what stands there, for the message of the ValueError."""
    if token.isidentifier() and not iskeyword(token):
        return _Terms(0, {token: 1})
    try:
        return _Terms(int(token, 0), {})
    except ValueError:
        raise _misplaced(at) from None


def _added(one: _Terms, other: _Terms, sign: int) -> _Terms:
    factors = {
        name: one.factors.get(name, 0) + sign * other.factors.get(name, 0) for name in one.factors | other.factors
    }
    return _Terms(one.constant + sign * other.constant, factors)


def _multiplied(one: _Terms, other: _Terms) -> _Terms:
    if one.factors and other.factors:
        raise ValueError(_("an address multiplies parameters by numbers alone, not by one another"))
    terms, by = (one, other.constant) if one.factors else (other, one.constant)
    return _Terms(terms.constant * by, {name: factor * by for name, factor in terms.factors.items()})


def _misplaced(part: str) -> ValueError:
    return ValueError(
        _('"{part}" may not stand in an address; only numbers, parameters, +, - and *').format(part=part.strip())
    )
