"""Addresses as expressions, for devices that repeat their registers: "7000*channel + 100*short_address + 15"."""

import ast
from collections.abc import Mapping

_LONGEST = 120
HIGHEST = 0xFFFF


def parse(text: str | int) -> "Address":
    """Numbers (decimal or 0x...), parameters, +, -, * and brackets; nothing else. Raises ValueError."""
    source = str(text)
    if len(source) > _LONGEST:
        raise ValueError(f"an address of {len(source)} characters is too long")
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise ValueError(f'"{source}" is not an address; write for example "100*short_address + 15"') from None
    return Address(source, tree, frozenset(_parameters(tree)))


class Address:
    """
    Args:
        text: as written.
        parameters: the names that it needs.
    """

    def __init__(self, text: str, tree: ast.expr, parameters: frozenset[str]) -> None:
        self.text, self.parameters = text, parameters
        self._tree = tree

    def at(self, values: Mapping[str, int]) -> int:
        """The address in the PDU, from 0. Raises ValueError when a parameter is missing or no such register exists."""
        if missing := sorted(self.parameters - values.keys()):
            raise ValueError(f"needs {' and '.join(missing)}")
        address = _value(self._tree, values)
        if not 0 <= address <= HIGHEST:
            raise ValueError(f"{self.text} is {address}; registers are 0 to {HIGHEST}")
        return address


def _parameters(node: ast.expr) -> list[str]:
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return []
        case ast.Name(id=name):
            return [name]
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
            return _parameters(left) + _parameters(right)
    raise ValueError(f'"{ast.unparse(node)}" may not stand in an address; only numbers, parameters, +, - and *')


def _value(node: ast.expr, values: Mapping[str, int]) -> int:
    match node:
        case ast.Constant(value=int() as value):
            return value
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left=left, op=op, right=right):
            first, second = _value(left, values), _value(right, values)
            if isinstance(op, ast.Mult):
                return first * second
            return first + second if isinstance(op, ast.Add) else first - second
    raise AssertionError(f"{ast.dump(node)} was let through")
