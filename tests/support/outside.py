"""A pole of one sensor, and the broker outside of its Debian that hears it."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

from patience import PATIENCE_S

POLE = """
[pole]
id = "p1"
site = "x"
latitude = 45.7
longitude = 4.8
clock = "rtc"
[uplink]
host = "127.0.0.1"
port = {port}
[sensor.u]
kind = "a02"
port = "/dev/ttyS9"
[bay.b]
sensor = "u"
"""


class Broker:
    """mosquitto outside, and what a subscriber of it has heard."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "m.conf").write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self._heard = folder / "heard"
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin") or "mosquitto"
        self._processes = [subprocess.Popen([program, "-c", str(folder / "m.conf")], stderr=subprocess.DEVNULL)]
        self._hear = ["mosquitto_sub", "-p", str(self.port), "-t", "lamppost/#", "-F", "%U %t %p"]
        for _ in range(100):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            time.sleep(0.1)
        with self._heard.open("a") as out:
            self._processes.append(subprocess.Popen(self._hear, stdout=out))

    def hears(self, word: str, limit_s: float = 120.0) -> bool:
        until = time.monotonic() + limit_s
        while word not in self._heard.read_text():
            if time.monotonic() > until:
                return False
            time.sleep(0.2)
        return True

    def first_after_s(self, word: str, since_s: float) -> float:
        """How long after a time of CLOCK_MONOTONIC the first message with that word came, s."""
        since_epoch_s = since_s + time.time() - time.monotonic()
        came = (float(line.split()[0]) for line in self._heard.read_text().splitlines() if word in line)
        return next(at_s for at_s in came if at_s > since_epoch_s) - since_epoch_s

    def close(self) -> None:
        for each in reversed(self._processes):
            each.terminate()
            each.wait(PATIENCE_S)

    def forget(self) -> None:
        """What was heard until now counts no more."""
        self._heard.write_text("")
