"""The camera process as the daemon runs it, and what the kernel says of it."""

import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import psutil

from drivers.camera.ipc import Alive, Fault, Job, line, read_message
from drivers.camera.options import CameraOptions, ZoneShape

MODELS = Path(__file__).parents[2] / "models"


class CameraProcess:
    """`python -m drivers.camera` on some zones. `alive`: each `alive` line so far, the last one last."""

    def __init__(self, options: CameraOptions, zones: Mapping[str, ZoneShape], models: Path = MODELS) -> None:
        self.alive: list[Alive] = []
        self.stays = 0
        self.fault = ""
        order = [sys.executable, "-m", "drivers.camera"]
        self._process = subprocess.Popen(
            order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdin
        self._process.stdin.write(line(Job("bench", options, dict(zones), str(models))))
        self._process.stdin.flush()
        self._news = threading.Condition()
        threading.Thread(target=self._hear, daemon=True).start()
        self._watched = psutil.Process(self._process.pid)

    def _hear(self) -> None:
        assert self._process.stdout
        for text in self._process.stdout:
            message = read_message(text)
            with self._news:
                if isinstance(message, Alive):
                    self.alive.append(message)
                elif isinstance(message, Fault):
                    self.fault = f"{message.what} ({message.hint})"
                self._news.notify_all()
        with self._news:
            self.fault = self.fault or "it has ended"
            self._news.notify_all()

    def heard(self, since_s: float, *, pictures: bool, within_s: float) -> Alive | None:
        """The first line after `since_s` that says there are pictures, or none; None: not `within_s` from now."""

        def found() -> Alive | None:
            fits = (a for a in self.alive if a.at_s >= since_s and (a.condition != "no_picture") == pictures)
            return next(fits, None)

        with self._news:
            self._news.wait_for(lambda: found() or self.fault, timeout=max(0.0, within_s))
            if self.fault:
                raise SystemExit(f"the camera process: {self.fault}")
            return found()

    @property
    def rss_mb(self) -> float:
        return float(self._watched.memory_info().rss) / 1e6

    @property
    def cpu_s(self) -> float:
        times = self._watched.cpu_times()
        return float(times.user + times.system)

    @property
    def threads(self) -> int:
        return int(self._watched.num_threads())

    def __enter__(self) -> "CameraProcess":
        if self.heard(0.0, pictures=True, within_s=30.0) is None:
            raise SystemExit("the camera process gives no picture")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)


def now_s() -> float:
    return time.monotonic()
