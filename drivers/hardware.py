"""What the kernel tells in sysfs of the box itself: how hot it is, whether its processor is throttled, whether its
supply is too low. What a box does not tell is left out.

Linux, Documentation/driver-api/thermal/sysfs-api.rst: a thermal zone tells millidegrees Celsius, a cooling device above
state 0 is at work. Documentation/hwmon/raspberrypi-hwmon.rst: in0_lcrit_alarm is the alarm of under-voltage. Raspberry
Pi, `get_throttled` of the firmware: bit 0 is under-voltage, bits 1 to 3 are frequency capped, throttled, and soft
temperature limit; the same from bit 16 on since the box was switched on.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SYS = Path("/sys")
COOLED_PROCESSOR = ("cpufreq", "thermal-cpufreq", "Processor")
HELD_BACK = 0b1110
UNDER_VOLTAGE = 1 << 16 | 1


class ThermalState(NamedTuple):
    """`celsius` of the hottest zone, None: no zone tells; `throttled`: the processor is held back."""

    celsius: float | None
    throttled: bool


def thermal_state(sys: Path = SYS) -> ThermalState:
    zones = [value / 1000 for path in sys.glob("class/thermal/thermal_zone*/temp") for value in _numbers(path)]
    capped = any(value > 0 for path in _coolers(sys) for value in _numbers(path))
    return ThermalState(max(zones, default=None), capped or any(value & HELD_BACK for value in _firmware(sys)))


def under_voltage(sys: Path) -> bool | None:
    """Whether the supply is too low, or was since the box was switched on, where its firmware keeps that; None: it does
    not tell."""
    alarms = (name.with_name("in0_lcrit_alarm") for name in sys.glob("class/hwmon/hwmon*/name") if _is_rpi(name))
    told = [value > 0 for path in alarms for value in _numbers(path)]
    told += [value & UNDER_VOLTAGE > 0 for value in _firmware(sys)]
    return any(told) if told else None


def _firmware(sys: Path) -> Iterator[int]:
    for path in sys.glob("devices/platform/soc*/soc*firmware/get_throttled"):
        yield from _numbers(path, 16)


def _is_rpi(name: Path) -> bool:
    return _text(name) == "rpi_volt"


def _coolers(sys: Path) -> Iterator[Path]:
    """Yields, for each cooling device that slows the processor, the file that says by how much."""
    for kind in sys.glob("class/thermal/cooling_device*/type"):
        if _text(kind).startswith(COOLED_PROCESSOR):
            yield kind.with_name("cur_state")


def _numbers(path: Path, base: int = 10) -> Iterator[int]:
    """The one number of the file; none where the kernel has none just now (a zone that is off answers EAGAIN)."""
    try:
        yield int(_text(path), base)
    except ValueError:
        return


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
