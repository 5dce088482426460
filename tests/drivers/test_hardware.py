"""What the kernel tells of the box, by files as it has them."""

from pathlib import Path

import pytest

from drivers.hardware import ThermalState, thermal_state, under_voltage

FIRMWARE = "devices/platform/soc/soc:firmware/get_throttled"


def sysfs(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_the_hottest_zone_counts_and_one_that_is_off_does_not(tmp_path: Path) -> None:
    zones = {"class/thermal/thermal_zone0/temp": "61250\n", "class/thermal/thermal_zone1/temp": "48000\n"}
    assert thermal_state(sysfs(tmp_path, zones | {"class/thermal/thermal_zone2/temp": ""})) == ThermalState(
        61.25, False
    )


def test_a_box_that_tells_nothing_is_not_held_to_be_hot(tmp_path: Path) -> None:
    assert thermal_state(tmp_path) == ThermalState(None, False)


@pytest.mark.parametrize(("bits", "throttled"), [("0\n", False), ("50000\n", False), ("4\n", True), ("80008\n", True)])
def test_what_the_firmware_of_a_raspberry_pi_says_now_counts_not_what_once_was(
    tmp_path: Path, bits: str, throttled: bool
) -> None:
    path = "devices/platform/soc/soc:firmware/get_throttled"
    assert thermal_state(sysfs(tmp_path, {path: bits})).throttled is throttled


@pytest.mark.parametrize(
    ("kind", "state", "throttled"), [("cpufreq-cpu0", "2", True), ("cpufreq-cpu0", "0", False), ("pwm-fan", "3", False)]
)
def test_a_processor_that_the_kernel_slows_is_throttled_a_fan_that_turns_is_not(
    tmp_path: Path, kind: str, state: str, throttled: bool
) -> None:
    device = "class/thermal/cooling_device0"
    assert thermal_state(sysfs(tmp_path, {f"{device}/type": kind, f"{device}/cur_state": state})).throttled is throttled


@pytest.mark.parametrize(
    ("bits", "low"), [("0\n", False), ("1\n", True), ("50000\n", True), ("10000\n", True), ("e0008\n", False)]
)
def test_a_supply_that_is_too_low_or_was_is_told_by_the_firmware(tmp_path: Path, bits: str, low: bool) -> None:
    assert under_voltage(sysfs(tmp_path, {FIRMWARE: bits})) is low


@pytest.mark.parametrize(
    ("name", "alarm", "low"),
    [("rpi_volt", "1", True), ("rpi_volt", "0", False), ("rpi_volt", "", None), ("nct6775", "1", None)],
)
def test_a_supply_that_is_too_low_is_told_by_the_monitor_of_a_raspberry_pi_and_no_other(
    tmp_path: Path, name: str, alarm: str, low: bool | None
) -> None:
    files = {"class/hwmon/hwmon0/name": f"{name}\n", "class/hwmon/hwmon0/in0_lcrit_alarm": f"{alarm}\n"}
    assert under_voltage(sysfs(tmp_path, files)) is low


def test_either_of_them_may_know_of_it(tmp_path: Path) -> None:
    files = {"class/hwmon/hwmon1/name": "rpi_volt", "class/hwmon/hwmon1/in0_lcrit_alarm": "0", FIRMWARE: "10000"}
    assert under_voltage(sysfs(tmp_path, files)) is True


def test_a_box_that_tells_nothing_of_its_supply(tmp_path: Path) -> None:
    assert under_voltage(tmp_path) is None
