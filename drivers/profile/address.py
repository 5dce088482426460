"""Addresses as expressions, for devices that repeat their registers: "7000*channel + 100*short_address + 15"."""

import ast
import itertools
from collections.abc import Iterator, Mapping

from msgspec import Struct

from drivers.translation import _

_LONGEST = 120
HIGHEST = 0xFFFF

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
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise ValueError(
            _('"{text}" is not an address; write for example "100*short_address + 15"').format(text=source)
        ) from None
    constant, factors = _terms(tree)
    return Address(source, constant, factors)


def _terms(node: ast.expr) -> tuple[int, dict[str, int]]:
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return value, {}
        case ast.Name(id=name):
            return 0, {name: 1}
        case ast.UnaryOp(op=ast.USub()):
            raise ValueError(
                _('"{part}" is a negative address; registers are 0 to {highest}').format(
                    part=ast.unparse(node), highest=HIGHEST
                )
            )
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            sign = 1 if isinstance(op, ast.Add) else -1
            (first, factors), (second, others) = _terms(left), _terms(right)
            added = {name: factors.get(name, 0) + sign * others.get(name, 0) for name in factors | others}
            return first + sign * second, added
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _product(_terms(left), _terms(right))
    raise ValueError(
        _('"{part}" may not stand in an address; only numbers, parameters, +, - and *').format(part=ast.unparse(node))
    )


def _product(one: tuple[int, dict[str, int]], other: tuple[int, dict[str, int]]) -> tuple[int, dict[str, int]]:
    if one[1] and other[1]:
        raise ValueError(_("an address multiplies parameters by numbers alone, not by one another"))
    (constant, factors), by = (one, other[0]) if one[1] else (other, one[0])
    return constant * by, {name: factor * by for name, factor in factors.items()}
