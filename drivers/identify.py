"""Which units answer on a line, and which profile an answer fits."""

from collections.abc import Iterable

from drivers.errors import DeviceError, LineError, NoAnswer, Refused
from drivers.modbus import Master
from drivers.profile import Profile
from drivers.profile.schema import Probe
from drivers.registers import Registers
from drivers.translation import _

_NOBODY = frozenset({10, 11})
"""Exceptions by which a gateway says that there is nobody behind it (Modbus Application Protocol V1.1b3, section 7)."""


async def answers(master: Master, unit: int) -> bool:
    """Whether anybody has that unit number: a refusal is an answer too.

    A device that knows no register 0, or not even function 3, says so by an exception. Raises LineError, and BadAnswer
    when something came that is no Modbus answer: two units of one number, or another baud or parity.
    """
    try:
        await master.read(_("unit {unit}").format(unit=unit), unit, 3, 0, 1)
    except NoAnswer:
        return False
    except Refused as error:
        return error.code not in _NOBODY
    return True


async def fitting(master: Master, unit: int, profiles: Iterable[Profile]) -> list[Profile]:
    """The profiles all of whose probes hold, the one that asked most first. Raises LineError."""
    found = [profile for profile in profiles if profile.tables.probe and await _fits(master, unit, profile)]
    return sorted(found, key=lambda profile: (-_weight(profile), profile.name))


def _weight(profile: Profile) -> int:
    """A text says more than any number of plausible values."""
    return sum(100 if probe.text else 1 for probe in profile.tables.probe)


async def _fits(master: Master, unit: int, profile: Profile) -> bool:
    """The first probe that fails settles it."""
    try:
        for probe in profile.tables.probe:
            if not await _holds(master, unit, profile, probe):
                return False
    except LineError:
        raise
    except DeviceError:
        return False
    return True


async def _holds(master: Master, unit: int, profile: Profile, probe: Probe) -> bool:
    device = _("unit {unit}").format(unit=unit)
    if probe.text is not None:
        words = await master.read(device, unit, probe.function, probe.address or 0, len(probe.text))
        return bytes(word & 0xFF for word in words) == probe.text.encode("latin-1", "replace")
    bound = profile.bind(**{name: low for name, (low, _) in profile.parameters.items()})
    told = await Registers(device, unit, bound, master).value(bound.registers[probe.register or ""])
    low, high = probe.range or (0.0, 0.0)
    return any(low <= each.value <= high for each in told)
