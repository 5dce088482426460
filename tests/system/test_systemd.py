"""systemd's own tools accept the units, which follow what the configuration can offer and what the page says."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.configuration import FILE
from drivers.options import Need, Options

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "systemd"
DAEMON, CAMERA, SOCKET = "lamppost.service", "lamppost-camera@.service", "lamppost-camera.socket"
EXPOSURE = {DAEMON: 20, CAMERA: 15}
"""Ten times the most that systemd-analyze(1) may say."""

NEEDS = {
    "SerialLine": (DAEMON, {"char-tty[A-Z]*", "char-166", "char-188"}, "dialout"),
    "SerialSensor": (DAEMON, {"char-tty[A-Z]*", "char-166", "char-188"}, "dialout"),
    "UartSensor": (DAEMON, {"char-tty[A-Z]*", "char-166", "char-188"}, "dialout"),
    "GpioLine": (DAEMON, {"char-gpiochip"}, "gpio"),
    "CameraOptions": (CAMERA, {"char-81"}, "video"),
}
"""The struct of a table that names a device -> the unit that opens it, what that unit allows for it, and the group."""


def setting(unit: str, key: str) -> list[str]:
    """Every word that a unit says of a key."""
    return " ".join(re.findall(rf"^{key}=(.*)$", (UNITS / unit).read_text(), re.MULTILINE)).split()


def test_verify_finds_no_fault(tmp_path: Path) -> None:
    """The units run the command of this environment: /opt/lamppost is where a pole has it."""
    for unit in UNITS.glob("lamppost*.s*[tec]*"):
        text = unit.read_text().replace("/opt/lamppost/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / unit.name).write_text(text)
    units = [tmp_path / unit for unit in (DAEMON, CAMERA, SOCKET)]
    command = ["systemd-analyze", "verify", *units]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", EXPOSURE)
def test_the_exposure_of_a_unit_is_small(unit: str) -> None:
    command = ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE[unit]}", UNITS / unit]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout[-400:]


@pytest.mark.parametrize("unit", EXPOSURE)
def test_every_point_that_remains_stands_on_the_page_with_its_reason(unit: str) -> None:
    command = ["systemd-analyze", "security", "--no-pager", "--offline=yes", UNITS / unit]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    page = (ROOT / "docs" / "security.md").read_text()
    table = page.partition(f"of `{unit}`")[2].partition("\n\n")[2].partition("\n\n")[0]
    remains = re.findall(r"^✗ (\S+).* (\d\.\d)\s*$", said, re.MULTILINE)
    assert remains, said
    rows = [line.replace(r"\|", "/").split("|") for line in table.splitlines()[2:]]
    assert {(row[1].strip(" `"), row[2].strip()) for row in rows} == {
        (name.replace("|", "/"), figure) for name, figure in remains
    }
    assert all(row[3].strip() for row in rows), "each has its reason"
    assert f"of `{unit}` ({re.findall(r'Overall exposure level .*: ([0-9.]+)', said)[0]}):" in page


def test_a_wrong_configuration_is_not_restarted() -> None:
    from agent.start import BAD_CONFIG

    assert setting(DAEMON, "RestartPreventExitStatus") == [str(BAD_CONFIG)]


def test_the_unit_hides_nothing_that_the_daemon_reads() -> None:
    """/proc/sys (the identity of the boot), and the system calls that tell whether the clock is set."""
    lines = (UNITS / DAEMON).read_text().splitlines()
    assert "ProcSubset=pid" not in lines
    assert lines.index("SystemCallFilter=adjtimex clock_adjtime") > next(
        at for at, line in enumerate(lines) if line.startswith("SystemCallFilter=~@privileged @resources")
    )


def of_devices() -> Iterator[tuple[type[Options], Need]]:
    """Every struct of a table that names a device of its own, and that device."""
    assert FILE  # every trade and kind of device is imported
    found, waiting = set(), [Options]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if "needs" in vars(kind) and kind is not Options:
            found.add(kind)
    for kind in found:
        values = dict.fromkeys(("port", "chip", "source"), "/dev/x")
        yield from ((kind, need) for need in kind.needs(values) if need.device)


def test_every_kind_of_device_is_allowed_to_the_unit_that_opens_it_and_nothing_else_is() -> None:
    kinds = {kind.__name__: need.unit for kind, need in of_devices()}
    assert kinds == {kind: unit for kind, (unit, _, _) in NEEDS.items()}
    for unit in (DAEMON, CAMERA):
        of_unit = [each for each in NEEDS.values() if each[0] == unit]
        allowed = {word for word in setting(unit, "DeviceAllow") if word != "rw"}
        assert allowed == set().union(*(allowances for _, allowances, _ in of_unit))
        assert set(setting(unit, "SupplementaryGroups")) == {group for _, _, group in of_unit}
        user, made = setting(unit, "User")[0], (UNITS / "lamppost.sysusers").read_text()
        assert all(f"m {user} {group}" in made.splitlines() for _, _, group in of_unit)
    assert 'KERNEL=="gpiochip*", GROUP="gpio"' in (UNITS / "lamppost.rules").read_text()


def test_the_daemon_knows_the_socket_of_its_camera_and_the_camera_nothing_of_the_daemon() -> None:
    from drivers.camera.process import SOCKET as VARIABLE

    (path,) = setting(SOCKET, "ListenStream")
    assert f"{VARIABLE}={path}" in setting(DAEMON, "Environment")
    assert setting(SOCKET, "SocketGroup") == setting(DAEMON, "Group")
    assert setting(SOCKET, "SocketMode") == ["0660"]
    assert "lamppost" not in setting(CAMERA, "SupplementaryGroups")
    assert f"m {setting(CAMERA, 'User')[0]} lamppost" not in (UNITS / "lamppost.sysusers").read_text()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "pole" / "systemd").mkdir(parents=True)
    shutil.copy(UNITS / "install", tmp_path / "pole" / "systemd")
    (tmp_path / "pole" / "Makefile").write_text("")
    return tmp_path / "pole"


def trusted(checkout: Path) -> subprocess.CompletedProcess[str]:
    order = [checkout / "systemd" / "install", "trusted", checkout]
    return subprocess.run(order, capture_output=True, text=True, check=False)


@pytest.mark.skipif("os.geteuid() != 0", reason="make service is for root")
def test_a_checkout_that_root_alone_may_change_is_installed(checkout: Path) -> None:
    assert trusted(checkout).returncode == 0


@pytest.mark.parametrize("what", ["file of another", "file for all", "folder for all", "folder above"])
def test_one_that_others_may_change_is_refused_with_what_to_type(checkout: Path, what: str) -> None:
    match what:
        case "file of another" if os.geteuid() == 0:
            os.chown(checkout / "Makefile", 65534, 65534)
        case "file for all":
            (checkout / "Makefile").chmod(0o666)
        case "folder for all":
            (checkout / "systemd").chmod(0o777)
        case "folder above":
            checkout.parent.chmod(0o777)
    said = trusted(checkout)
    assert said.returncode == 1
    assert "may be changed by others than root" in said.stderr
    assert "make -C /opt/lamppost service" in said.stderr
