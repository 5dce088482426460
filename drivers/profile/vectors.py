"""Test vectors of a register map: registers as a device holds them, decoded by the profile's own tables."""

from collections.abc import Iterator

from drivers.mistakes import Mistake, ProfileError
from drivers.profile.plan import Read
from drivers.profile.resolved import BoundProfile, bind
from drivers.profile.schema import ProfileTables, VectorTable
from drivers.translation import _


def failures(tables: ProfileTables) -> Iterator[Mistake]:
    """Yields what comes out otherwise than its profile says. With parameters: of the lowest ones."""
    if not tables.vector:
        return
    try:
        bound = bind("", tables, {key: low for key, (low, _high) in tables.parameters.items()})
    except ProfileError as error:
        yield "", "parameters", str(error)
        return
    for number, vector in enumerate(tables.vector, 1):
        yield from ((f"vector#{number}", "says", words) for words in _failures(bound, vector))


def _failures(bound: BoundProfile, vector: VectorTable) -> Iterator[str]:
    told = read(bound, vector)
    for name in dict.fromkeys([*vector.says, *told]):
        found, wanted = told.get(name), vector.says.get(name)
        if wanted is None:
            yield _("the registers say {name} {found}, and the vector does not").format(name=name, found=found)
        elif found is None:
            yield _("the registers do not say {name}, and the vector does").format(name=name)
        elif found != wanted or isinstance(found, bool) != isinstance(wanted, bool):
            yield _("{name} comes out as {found}, and the vector says {wanted}").format(
                name=name, found=found, wanted=wanted
            )


def read(bound: BoundProfile, vector: VectorTable) -> dict[str, bool | int | float | str]:
    """Every value whose registers are among those of the vector."""
    words = [int(each, 16) for each in vector.registers.split()]
    first, end = vector.address, vector.address + len(words)
    placed = [each for each in bound.registers.values() if each.register.function == vector.function]
    inside = tuple(each for each in placed if first <= each.address and each.end <= end)
    answer = Read(vector.function, first, len(words), "", inside)
    return {each.quantity: each.value for each in bound.told(answer, words)}
