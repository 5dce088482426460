"""Which units answer on a line, and which profile an answer fits."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from drivers.errors import BadAnswer, DeviceError, LineError, NoAnswer, Refused
from drivers.line import OthersHeard, Priority
from drivers.modbus import BIT_FUNCTIONS, Master
from drivers.profile import BoundProfile, Profile, decode, single_read
from drivers.profile.schema import Probe
from drivers.registers import Registers
from drivers.translation import _

T = TypeVar("T")

_NOBODY = frozenset({10, 11})
"""Exceptions by which a gateway says that there is nobody behind it (Modbus Application Protocol V1.1b3, section 7)."""


Question = tuple[int, int]
"""Function and address of a read of one register, or one bit."""

Asking = Callable[[int], None]
"""What is told before each question how many were asked."""

FIRST: tuple[Question, ...] = ((3, 0), (4, 0), (1, 0))
"""What every unit number is asked. Most devices answer the first, if only by a refusal; some are silent to what they do
not know."""


def questions(profiles: Iterable[Profile]) -> tuple[Question, ...]:
    """Returns those, and what tells a device of each profile from others."""
    own = [(probe, profile) for profile in profiles for probe in profile.tables.probe[:1]]
    return tuple(dict.fromkeys((*FIRST, (2, 0), *(_question(*each) for each in own))))


def _question(probe: Probe, profile: Profile) -> Question:
    if probe.text is not None:
        return probe.function, probe.address or 0
    placed = _bound(profile).registers[probe.register or ""]
    return placed.register.function, placed.address


def _bound(profile: Profile) -> BoundProfile:
    """A device of it, with the lowest value of each parameter."""
    return profile.bind(**{name: low for name, (low, _) in profile.parameters.items()})


NOWHERE = 0xFFF0
"""Address at which no known device has anything: what tells a value there tells one wherever it is asked."""


async def answers(
    master: Master, unit: int, asked: Iterable[Question] = FIRST, asking: Asking = lambda count: None
) -> bool:
    """Whether anybody has that unit number: a refusal is an answer too.

    A device that knows no register 0, or not even function 3, says so by an exception. Raises LineError, and BadAnswer
    when something came twice that is no Modbus answer: two units of one number, or another baud or parity.
    """
    for count, (function, address) in enumerate(asked):
        asking(count)
        ask = master.read_bits if function in BIT_FUNCTIONS else master.read
        try:
            await _twice(partial(ask, _("unit {unit}").format(unit=unit), unit, function, address, 1))
        except (NoAnswer, OthersHeard):
            continue
        except Refused as error:
            return error.code not in _NOBODY
        return True
    return False


async def _twice(ask: Callable[[], Awaitable[T]]) -> T:
    """Asks, and once more where what came is no answer: that may have been noise."""
    try:
        return await ask()
    except BadAnswer:
        return await ask()


async def fitting(master: Master, unit: int, profiles: Iterable[Profile]) -> list[Profile]:
    """The profiles all of whose probes hold, the one that asked most first. Raises LineError."""
    found = [profile for profile in profiles if profile.tables.probe and await _fits(master, unit, profile)]
    for function in sorted({_question(each.tables.probe[0], each)[0] for each in found if not _has_text(each)}):
        if await _tells_anything(master, unit, function):
            found = [each for each in found if _has_text(each) or _question(each.tables.probe[0], each)[0] != function]
    return sorted(found, key=lambda profile: (-_weight(profile), profile.name))


def _has_text(profile: Profile) -> bool:
    return any(probe.text for probe in profile.tables.probe)


async def _tells_anything(master: Master, unit: int, function: int) -> bool:
    """Whether it has a value wherever it is asked: then one that is plausible is no evidence. Raises LineError."""
    ask = master.read_bits if function in BIT_FUNCTIONS else master.read
    try:
        return any(await _twice(partial(ask, _("unit {unit}").format(unit=unit), unit, function, NOWHERE, 1)))
    except LineError:
        raise
    except DeviceError:
        return False


def _weight(profile: Profile) -> int:
    """A text says more than any number of plausible values."""
    return sum(100 if probe.text else 1 for probe in profile.tables.probe)


async def _fits(master: Master, unit: int, profile: Profile) -> bool:
    """Whether all its probes hold, of which the first that fails settles it, and more was read than zeros."""
    is_evident = False
    try:
        for probe in profile.tables.probe:
            words = await _twice(partial(_words, master, unit, profile, probe))
            if not _holds(profile, probe, words):
                return False
            is_evident |= any(words)
    except LineError:
        raise
    except DeviceError:
        return False
    return is_evident


async def _words(master: Master, unit: int, profile: Profile, probe: Probe) -> Sequence[int]:
    """What is in the registers that a probe looks at. Raises DeviceError."""
    device = _("unit {unit}").format(unit=unit)
    if probe.text is not None:
        return await master.read(device, unit, probe.function, probe.address or 0, len(probe.text))
    bound = _bound(profile)
    read = single_read(bound.registers[probe.register or ""])
    return await Registers(device, unit, bound, master).raw_words(read, Priority.COMMAND)


def _holds(profile: Profile, probe: Probe, words: Sequence[int]) -> bool:
    if probe.text is not None:
        return bytes(word & 0xFF for word in words) == probe.text.encode("latin-1", "replace")
    name = probe.register or ""
    low, high = probe.range or (0.0, 0.0)
    numbers = (each.value for each in decode(name, profile.tables.register[name], words))
    return any(not isinstance(value, str) and low <= value <= high for value in numbers)
