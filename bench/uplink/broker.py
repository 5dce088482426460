"""A mosquitto of its own for a row: started, killed, frozen and waited for."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
from ports import free_port

# Mosquitto's default lets a client have 20 unacknowledged messages; both sides of a comparison get the same broker.
CONFIG = "listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 1000\nmax_queued_messages 100000\n"
TLS = "cafile {0}/broker.pem\ncertfile {0}/broker.pem\nkeyfile {0}/broker.key\n"
"""Lines of a listener with the certificate that lies in a folder."""

_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"


def self_signed(folder: Path) -> Path:
    """Makes a certificate for this machine, with a key on P-256 as is usual; the file to trust."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1"
    command += " -addext subjectAltName=IP:127.0.0.1 -keyout broker.key -out broker.pem"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    # As root, mosquitto reads it as a user of its own.
    folder.chmod(0o755)
    (folder / "broker.key").chmod(0o644)
    return folder / "broker.pem"


class Broker:
    """One mosquitto on a port that stays the same over its lives.

    Args:
        more: lines of its configuration beside those that every row has.
    """

    def __init__(self, folder: Path, more: str = "") -> None:
        self.port = free_port()
        self._file = folder / f"mosquitto-{self.port}.conf"
        self._file.write_text(CONFIG.format(port=self.port) + more)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("mosquitto", path=_PATH)
        if program is None:
            raise SystemExit("mosquitto is not installed: apt-get install mosquitto")
        self._process = subprocess.Popen([program, "-c", str(self._file)], stderr=subprocess.DEVNULL)
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise SystemExit("mosquitto does not listen")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)
            self._process.wait(10)
            self._process = None


@contextlib.contextmanager
def mosquitto(folder: Path, more: str = "") -> Iterator[Broker]:
    broker = Broker(folder, more)
    broker.start()
    try:
        yield broker
    finally:
        broker.end(signal.SIGKILL)
