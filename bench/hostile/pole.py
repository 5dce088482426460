"""The daemon as a process, with a lamp on a pseudo-terminal that is asked five times a second."""

import contextlib
import itertools
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from drivers.files import replace_file

PERIOD = "200ms"
CONFIG = """
[pole]
id = "bench"
site = "bench"
latitude = 45.76
longitude = 4.84
clock = "rtc"
socket = "{folder}/lamppost.sock"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
port = {uplink}
protocol = "{uplink_protocol}"
{uplink_tls}
[lorawan.town]
host = "127.0.0.1"
port = {network}
protocol = "{network_protocol}"
{network_tls}
[sensor.disc]
kind = "lorawan"
network = "town"
dev_eui = "70b3d5a1c0de0001"
model = "bosch-tps110"
[bay.bay-1]
sensor = "disc"
limit = "30min"
[sensor.other-disc]
kind = "lorawan"
network = "town"
dev_eui = "70b3d5a1c0de0002"
model = "bosch-tps110"
[bay.bay-2]
sensor = "other-disc"
limit = "30min"
[line.wire]
kind = "serial"
port = "{wire}"
baud = 9600
[lamp.lamp-1]
line = "wire"
unit = 1
profile = "wb-mdm3"
channel = 0
period = "{period}"
"""


class Asked(NamedTuple):
    """
    Args:
        at_s: monotonic seconds.
        running_s: CPU time of the daemon's main thread until then.
        waited_s: for how long that thread and the lamp have waited for a CPU until then.
    """

    at_s: float
    running_s: float
    waited_s: float


class Pole:
    """One daemon.

    Args:
        python: that has lamppost.
    """

    def __init__(self, folder: Path, python: str, **values: object) -> None:
        self._folder, self._python, self._values = folder, python, values
        self._notes, self._log = folder / "asked", folder / "daemon.log"
        self.pid = 0

    @contextlib.contextmanager
    def running(self) -> Iterator["Pole"]:
        slave = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("slave.py")), str(self._notes)], stdout=subprocess.PIPE
        )
        assert slave.stdout is not None
        wire = slave.stdout.readline().decode().strip()
        config = self._folder / "lamppost.toml"
        config.write_text(CONFIG.format(folder=self._folder, wire=wire, period=PERIOD, **self._values))
        config.chmod(0o600)
        with self._log.open("wb") as log:
            daemon = subprocess.Popen(
                [self._python, "-P", "-m", "agent", "run", "-c", str(config)], stderr=log, stdout=log, cwd="/"
            )
        self.pid = daemon.pid
        replace_file(Path(f"{self._notes}.pid"), str(daemon.pid).encode(), 0o600)
        try:
            yield self
        finally:
            for each in (daemon, slave):
                with contextlib.suppress(ProcessLookupError):
                    each.send_signal(signal.SIGTERM)
                try:
                    each.wait(10)
                except subprocess.TimeoutExpired:
                    each.kill()
                    each.wait()

    @property
    def alive(self) -> bool:
        with contextlib.suppress(OSError):
            return Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        return False

    @property
    def words(self) -> str:
        return self._log.read_text(errors="replace")

    def rss_mb(self, peak: bool = False) -> float:
        """Now, or at most since `forget_peak`."""
        key = "VmHWM" if peak else "VmRSS"
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(key):
                return int(line.split()[1]) / 1024
        return 0.0

    def forget_peak(self) -> None:
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def asked(self) -> list[Asked]:
        """Returns each time that the lamp was asked."""
        lines = self._notes.read_text().splitlines() if self._notes.exists() else []
        return [Asked(*map(float, line.split())) for line in lines if line]

    def gap_s(self, since_s: float) -> float:
        """The longest time in which the lamp was not asked, until now."""
        times = [since_s, *(each.at_s for each in self.asked() if each.at_s >= since_s), time.monotonic()]
        return max(after - before for before, after in itertools.pairwise(times))

    def own_gap_s(self, since_s: float) -> tuple[float, float]:
        """The longest time in which the lamp was not asked without what others had the CPUs for, and the most CPU time
        that the daemon spent between two polls."""
        pairs = [(one, two) for one, two in itertools.pairwise(self.asked()) if two.at_s >= since_s]
        own_s = (two.at_s - one.at_s - (two.waited_s - one.waited_s) for one, two in pairs)
        return max(own_s, default=0.0), max((two.running_s - one.running_s for one, two in pairs), default=0.0)
