"""How the box is, as far as it tells."""

import os
from pathlib import Path

from agent.box import Disk, disk, read_box, read_disk


def statvfs(**fields: int) -> os.statvfs_result:
    names = ("bsize", "frsize", "blocks", "bfree", "bavail", "files", "ffree", "favail", "flag", "namemax")
    return os.statvfs_result([fields.get(name, 0) for name in names])


def test_a_disk_is_as_free_as_its_user_may_use_it() -> None:
    """5 % are root's alone: they are neither free nor of all."""
    told = statvfs(bsize=65536, frsize=4096, blocks=1000, bfree=300, bavail=250)
    assert disk(told) == Disk(250 * 4096, 26.3, False)


def test_a_disk_may_be_full_and_read_only() -> None:
    told = statvfs(frsize=1024, blocks=1000, bfree=50, bavail=0, flag=os.ST_RDONLY | os.ST_NOATIME)
    assert disk(told) == Disk(0, 0.0, True)


def test_a_file_system_without_blocks_is_no_disk() -> None:
    assert disk(statvfs(frsize=4096)) is None


def test_a_folder_that_is_not_there_has_no_disk(tmp_path: Path) -> None:
    assert read_disk(tmp_path / "none") is None
    here = read_disk(tmp_path)
    assert here is not None and here.free_bytes > 0 and 0 < here.free_percent <= 100 and not here.read_only


def test_the_box_as_its_kernel_tells_of_it(tmp_path: Path) -> None:
    zone = tmp_path / "class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "temp").write_text("61257\n")
    firmware = tmp_path / "devices/platform/soc/soc:firmware"
    firmware.mkdir(parents=True)
    (firmware / "get_throttled").write_text("50000\n")
    told = read_box(tmp_path, tmp_path)
    assert (told.temperature_c, told.under_voltage) == (61.3, True)


def test_what_a_box_does_not_tell_is_not_known(tmp_path: Path) -> None:
    told = read_box(tmp_path / "none", tmp_path)
    assert (told.disk, told.temperature_c, told.under_voltage) == (None, None, None)
