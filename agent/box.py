"""How the box itself is: its disk, its heat, its supply, its clock. What it does not tell is None, never a guess."""

import os
from pathlib import Path

from msgspec import Struct

from agent.clock_keeper import ClockKeeper, clock_keeper
from agent.kernel_clock import was_set_by_ntp
from drivers.hardware import SYS, thermal_state, under_voltage


class Disk(Struct, frozen=True):
    """The file system of the store.

    Args:
        free_bytes: that this user may still write.
        free_percent: the same of all that this user may have.
    """

    free_bytes: int
    free_percent: float
    read_only: bool


class Box(Struct, frozen=True):
    """
    Args:
        temperature_c: of its hottest part.
        under_voltage: see `drivers.hardware.under_voltage`.
        by_ntp: whether NTP has set the clock in this boot.
    """

    disk: Disk | None = None
    temperature_c: float | None = None
    under_voltage: bool | None = None
    clock: ClockKeeper = ClockKeeper()
    by_ntp: bool = False


def read_box(store: Path, sys: Path = SYS) -> Box:
    """Read the files of the kernel, which may block for a moment.

    Args:
        store: a folder on the disk that counts.
    """
    celsius = thermal_state(sys).celsius
    temperature_c = None if celsius is None else round(celsius, 1)
    return Box(read_disk(store), temperature_c, under_voltage(sys), clock_keeper(), was_set_by_ntp())


def read_disk(folder: Path) -> Disk | None:
    """Reads how full the disk of `folder` is; None: there is no such folder, or its disk does not answer."""
    try:
        return disk(os.statvfs(folder))
    except OSError:
        return None


def disk(told: os.statvfs_result) -> Disk | None:
    """Computes how full a disk is, as df(1) counts it (pure). None: a file system without blocks."""
    mine = told.f_blocks - told.f_bfree + told.f_bavail
    if mine <= 0:
        return None
    free_percent = round(100 * told.f_bavail / mine, 1)
    return Disk(told.f_bavail * told.f_frsize, free_percent, bool(told.f_flag & os.ST_RDONLY))
