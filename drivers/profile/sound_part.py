"""What is wrong with the values of a profile of which not every key is of the right type: as far as that is certain.

Judged are the registers that are right by themselves, and of the others the address. What refers to a register, and may
be wrong because of it, is looked up once all types are right.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from drivers.mistakes import Mistake
from drivers.options import decode, unreckonable
from drivers.profile import overlap_checks, register_checks
from drivers.profile.schema import Name, Number, Parameter, ProfileTables, ReadLimit, Register


def mistakes(given: Mapping[str, Any]) -> Iterator[Mistake]:
    tables = given.get("register")
    parameters = _sound(given.get("parameters", {}), dict[Parameter, tuple[Number, Number]])
    if not isinstance(tables, dict) or parameters is None:
        return
    registers = {name: found for name, each in tables.items() if (found := _register(name, each)) is not None}
    sound = ProfileTables(description="", parameters=parameters, register=registers)
    limit = _sound(given.get("max_registers"), ReadLimit) or sound.max_registers
    for name, register in registers.items():
        yield from register_checks.mistakes(name, register, limit)
    if without_values := tuple(overlap_checks.turned(sound)):
        yield from without_values
        return
    yield from overlap_checks.of_registers(sound)
    yield from _addresses({name: each for name, each in tables.items() if name not in registers}, sound)


def _register(name: str, table: object) -> Register | None:
    found = _sound({name: table}, dict[Name, Register])
    return None if found is None else found[name]


def _addresses(tables: Mapping[str, Any], sound: ProfileTables) -> Iterator[Mistake]:
    """Judges the addresses of registers of which something else is wrong: each takes one at least."""
    for name, table in tables.items():
        address = _sound(table.get("address"), int | str) if isinstance(table, dict) else None
        if address is not None:
            yield from overlap_checks.address_of(f"register.{name}", "address", address, 1, sound)


def _sound(value: object, kind: Any) -> Any:
    """The value as one of this kind; None: it is none."""
    if unreckonable(value) is not None:
        return None
    try:
        return msgspec.convert(value, kind, dec_hook=decode)
    except msgspec.ValidationError:
        return None
