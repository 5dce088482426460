"""The thermal state of the box: its temperature, and whether its processor is throttled, from sysfs. What a box does
not tell is left out.

Linux, Documentation/driver-api/thermal/sysfs-api.rst: a thermal zone tells millidegrees Celsius, a cooling device above
state 0 is at work. Raspberry Pi, `get_throttled` of the firmware: bits 1 to 3 are frequency capped, throttled, and soft
temperature limit.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SYS = Path("/sys")
COOLED_PROCESSOR = ("cpufreq", "thermal-cpufreq", "Processor")
HELD_BACK = 0b1110


class ThermalState(NamedTuple):
    """`celsius` of the hottest zone, None: no zone tells; `throttled`: the processor is held back."""

    celsius: float | None
    throttled: bool


def thermal_state(sys: Path = SYS) -> ThermalState:
    zones = [value / 1000 for path in sys.glob("class/thermal/thermal_zone*/temp") for value in _numbers(path)]
    capped = any(value > 0 for path in _coolers(sys) for value in _numbers(path))
    firmware = sys.glob("devices/platform/soc*/soc*firmware/get_throttled")
    held = any(value & HELD_BACK for path in firmware for value in _numbers(path, 16))
    return ThermalState(max(zones, default=None), capped or held)


def _coolers(sys: Path) -> Iterator[Path]:
    """Where it stands by how much the processor is slowed, for each cooling device that slows it."""
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
