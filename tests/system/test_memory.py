"""What a daemon gives back of its memory, by the kernel's account."""

import mmap
import subprocess
import sys
import time
from pathlib import Path

import pytest

POLE = """
[pole]
id = "p"
site = "s"
latitude = 48.0
longitude = 2.0
socket = "{folder}/lamppost.sock"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
port = 1
"""
GIVEN_BACK_BYTES = 1_000_000
LIMIT_S = 100.0


def of_files_bytes(pid: int) -> int:
    """What is mapped of files: the third field of /proc/PID/statm; see proc(5)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[2]) * mmap.PAGESIZE


@pytest.mark.expects_log("uplink to 127.0.0.1:1 is down")
def test_the_pages_of_files_that_only_the_start_needed_are_given_back(tmp_path: Path) -> None:
    file = tmp_path / "pole.toml"
    file.write_text(POLE.format(folder=tmp_path))
    command = [sys.executable, "-m", "agent", "run", "-c", file]
    with (tmp_path / "daemon.log").open("ab") as log, subprocess.Popen(command, stderr=log) as daemon:
        try:
            most, until_s = 0, time.monotonic() + LIMIT_S
            while (now := of_files_bytes(daemon.pid)) > most - GIVEN_BACK_BYTES:
                assert daemon.poll() is None
                assert time.monotonic() < until_s, f"{now} bytes of files, {most} at most before"
                most = max(most, now)
                time.sleep(0.05)
        finally:
            daemon.terminate()
