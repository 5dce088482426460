"""How the box is: its disk, temperature, supply voltage and network, from what Linux tells. What it does not tell is
null or left out.

Linux, Documentation/hwmon/sysfs-interface.rst: `in*_input` in millivolts; raspberrypi-hwmon raises `in0_lcrit_alarm`
on a supply below 4.63 V. Bit 0 of `get_throttled` of the Raspberry Pi's firmware says the same.
"""

import os
from pathlib import Path
from typing import Any

from drivers.camera.thermal import thermal_state

ROOT = Path("/")


def disk(folder: Path) -> dict[str, Any]:
    """Of the file system that has the store. Raises OSError."""
    found = os.statvfs(folder)
    return {
        "bytes": found.f_blocks * found.f_frsize,
        "free_bytes": found.f_bavail * found.f_frsize,
        "free_inodes": found.f_favail,
        "read_only": bool(found.f_flag & os.ST_RDONLY),
    }


def temperature(root: Path = ROOT) -> dict[str, Any]:
    state = thermal_state(root / "sys")
    return {"celsius": state.celsius, "throttled": state.throttled}


def voltage(root: Path = ROOT) -> dict[str, Any]:
    alarms = [_number(path) for path in root.glob("sys/class/hwmon/hwmon*/in*_lcrit_alarm")]
    firmware = [_number(path, 16) for path in root.glob("sys/devices/platform/soc*/soc*firmware/get_throttled")]
    low = [value != 0 for value in alarms if value is not None]
    low += [bool(value & 1) for value in firmware if value is not None]
    inputs = {path.name.removesuffix("_input"): _number(path) for path in root.glob("sys/class/hwmon/hwmon*/in*_input")}
    return {
        "under_voltage": any(low) if low else None,
        "inputs_v": {name: value / 1000 for name, value in sorted(inputs.items()) if value is not None},
    }


def network(root: Path = ROOT) -> dict[str, Any]:
    links = {path.name: _text(path / "operstate") for path in sorted(root.glob("sys/class/net/*"))}
    resolvers = [line.split()[1] for line in _lines(root / "etc/resolv.conf") if line.startswith("nameserver ")]
    return {"links": links, "default_route_by": _default_routes(root), "resolvers": resolvers}


def _default_routes(root: Path) -> list[str]:
    """Interfaces of the default routes (proc(5), /proc/net/route: destination and mask are zero)."""
    rows = [line.split() for line in _lines(root / "proc/net/route")[1:]]
    return sorted({row[0] for row in rows if len(row) > 7 and row[1] == row[7] == "00000000"})


def _number(path: Path, base: int = 10) -> int | None:
    try:
        return int(_text(path), base)
    except ValueError:
        return None


def _lines(path: Path) -> list[str]:
    return _text(path).splitlines()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
