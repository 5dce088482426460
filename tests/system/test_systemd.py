"""systemd's own tools accept the unit."""

import subprocess
import sys
from pathlib import Path

UNIT = Path(__file__).parents[2] / "systemd" / "lamppost.service"


def test_verify_finds_no_fault(tmp_path: Path) -> None:
    """The unit runs the command of this environment: /opt/lamppost is where a pole has it."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/lamppost/.venv/bin", str(Path(sys.executable).parent)))
    answer = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_exposure_is_at_most_2() -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", UNIT]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout[-400:]


def test_a_wrong_configuration_is_not_restarted() -> None:
    from agent.start import BAD_CONFIG

    assert f"RestartPreventExitStatus={BAD_CONFIG}" in UNIT.read_text().splitlines()


def test_the_unit_hides_nothing_that_the_daemon_reads() -> None:
    """/proc/sys (the identity of the boot), and the system calls that tell whether the clock is set."""
    lines = UNIT.read_text().splitlines()
    assert "ProcSubset=pid" not in lines
    assert lines.index("SystemCallFilter=adjtimex clock_adjtime") > lines.index(
        "SystemCallFilter=~@privileged @resources"
    )
