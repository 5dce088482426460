"""A real RTSP server that can be killed and frozen, and the clip that it plays."""

import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType

from ports import free_port

SERVE = Path(__file__).with_name("serve.py")
PYTHON = "/usr/bin/python3"


def encoded(
    source: Path, target: Path, loops: int, *, fps: int = 25, size: str = "1280:720", key_s: float = 1.0
) -> Path:
    """`source` played `loops` times, as H.264 the way street cameras send it: no B frames, a key frame each `key_s`."""
    order = ["ffmpeg", "-v", "error", "-y", "-i", str(source), "-vf", f"fps={fps},scale={size}"]
    order += ["-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-pix_fmt", "yuv420p"]
    order += ["-g", str(round(fps * key_s)), "-sc_threshold", "0"]
    once = target.with_suffix(".once.mp4")
    subprocess.run([*order, str(once)], check=True)
    repeat = ["ffmpeg", "-v", "error", "-y", "-stream_loop", str(loops - 1), "-i", str(once), "-c", "copy", str(target)]
    subprocess.run(repeat, check=True)
    return target


class Server:
    """The RTSP server as a process of its own. `with Server(clip) as server:` it runs."""

    def __init__(self, clip: Path) -> None:
        self._clip = clip
        self._port = free_port()
        self.url = f"rtsp://127.0.0.1:{self._port}/main"

    def start(self) -> None:
        order = [PYTHON, str(SERVE), str(self._clip), str(self._port)]
        self._process = subprocess.Popen(order, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._process.stdout
        if self._process.stdout.readline() != b"ready\n":
            self.kill()
            raise RuntimeError(
                "no RTSP server: python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good are needed"
            )

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()

    def freeze(self) -> None:
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.kill()
