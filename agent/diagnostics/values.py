"""What a device on a line says now, by its profile."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from drivers import profile
from drivers.digits import digits
from drivers.errors import DeviceError
from drivers.modbus import Master
from drivers.profile import Measured, Read
from drivers.registers import Registers
from drivers.translation import _


class Asked(Struct, frozen=True):
    """A device as its table has it.

    Args:
        parameters: those that its profile asks for.
    """

    name: str
    unit: int
    profile: str
    parameters: Mapping[str, int | None] = {}


async def values(asked: Asked, master: Master, profiles_dir: Path) -> str:
    """Every read of its profile, once; some devices refuse a part of them.

    Raises DeviceError, which says what was read before as well, and ProfileError.
    """
    bound = profile.load(asked.profile, profiles_dir).bind(**asked.parameters)
    needed = [bound.lamp.read_back.name] if bound.lamp and bound.lamp.read_back else []
    registers = Registers(asked.name, asked.unit, bound, master, needed)
    said: list[str] = []
    refusals: list[str] = []
    none: list[str] = []
    measured: list[Measured] = []
    try:
        for read in registers.reads:
            for part, words in await registers.answers(read, refusals):
                told = list(bound.told(part, words))
                said += _shown(told)
                none += _without_value(part, words, told)
                measured += told
    except DeviceError as error:
        raise DeviceError(error.device, ", ".join((*said, error.what)), error.hint) from error
    if doubt := master.line.doubt(asked.unit):
        raise DeviceError(asked.name, ", ".join((*said, *refusals, _("suspect"))), doubt)
    return ", ".join(said + refusals + _no_value(none, alone=not measured)) or _("answers")


def _without_value(part: Read, words: Sequence[int], told: Iterable[Measured]) -> list[str]:
    """The registers of an answer that hold a marker of no value, or one that is none in the state of the device."""
    quantities = {each.quantity for each in told}
    holding = {name for name, each in part.values(words) if each.quantity in quantities}
    exponents = {each.register.exponent for each in part.registers}
    return [each.name for each in part.registers if each.name not in holding | exponents]


def _no_value(names: Sequence[str], alone: bool) -> list[str]:
    """Which registers hold no value, in words.

    Args:
        alone: no other register has one.
    """
    if not names:
        return []
    words = _("answers, but none of its values is one: {names}") if alone else _("no value: {names}")
    return [words.format(names=", ".join(names))]


def _shown(measured: Iterable[Measured]) -> Iterator[str]:
    """Numbers and words with their names, and of the yes-or-no values those that are yes; what is doubted with the
    reason."""
    for each in measured:
        doubt = _(" (suspect: {doubt})").format(doubt=each.doubt) if each.doubt else ""
        if each.value is True:
            yield f"{each.quantity}{doubt}"
        elif isinstance(each.value, str):
            yield from [f"{each.quantity}: {each.value}"] if each.value else []
        elif each.value is not False or doubt:
            yield f"{each.quantity} {digits(each.value)}{doubt}"
