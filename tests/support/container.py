"""A container that boots Debian's systemd from the disk of the virtual machine, on this machine's kernel, at its speed.

What a unit refuses holds there as on a pole, hosts and devices too, which take cgroup v2 and BPF. Memory is not limited
where the machine itself has cgroup v1 for it. No process that looks at pictures is too slow.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from booted import ANSWER_S, Booted, Ran, own_disk
from patience import PATIENCE_S

BOOT_S = 120.0
STARTED = {"running", "degraded"}
"""What systemctl says once all has been tried. "degraded": something that no container can do was."""

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}

# The mount is of a namespace of its own: it ends with the container, however that ends. The capabilities are those by
# which systemd has hosts and devices filtered.
# Where nothing has mounted cgroups, as in a bare root file system, that is done here.
START = """
[ -n "$(ls -A /sys/fs/cgroup)" ] || mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -o loop "$1" "$2"
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
exec systemd-nspawn --quiet --directory="$2" --boot --private-network --register=no --keep-unit --console=pipe \\
    --capability=CAP_BPF,CAP_PERFMON --system-call-filter=bpf
"""


def why_not() -> str:
    """Why no container boots here; "": one does."""
    missing = [each for each in ("systemd-nspawn", "nsenter", "mmdebstrap", "mke2fs") if not shutil.which(each)]
    if missing:
        return f"no {', '.join(missing)}: make test-guest installs them"
    return "" if os.geteuid() == 0 else "a container boots as root: sudo make test-guest"


class Container(Booted):
    """A Debian that runs. Its disk is a copy.

    Args:
        image: folder that `guest_image.make` returned.
        folder: for the disk, where it is mounted, and the log of the console.
    """

    def __init__(self, image: Path, folder: Path) -> None:
        self._console, root = folder / "console.log", folder / "root"
        root.mkdir(exist_ok=True)
        order = ["unshare", "--mount", "--propagation=private", "sh", "-ec", START, "sh"]
        with self._console.open("wb") as console:
            self._process = subprocess.Popen(
                [*order, str(own_disk(image, folder)), str(root)],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
            )

    def boot(self) -> None:
        until = time.monotonic() + BOOT_S
        while not self._init() or self.run("systemctl is-system-running --wait").out.strip() not in STARTED:
            said = self._console.read_text(errors="replace")[-2000:]
            assert self._process.poll() is None and time.monotonic() < until, said
            time.sleep(0.2)

    def run(self, script: str, text: str = "", *, limit_s: float = ANSWER_S) -> Ran:
        done = subprocess.run(
            ["nsenter", "--target", self._init(), "--all", "--wd=/", "/bin/sh", "-c", script],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=limit_s,
            errors="replace",
            cwd="/",
            env=ENVIRONMENT,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def _init(self) -> str:
        """The process that is the container's first, as this machine counts; "": none yet."""
        pid = self._process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().strip().partition(" ")[0]

    def cut_power(self) -> None:
        if init := self._init():
            os.kill(int(init), signal.SIGKILL)
        self._process.wait(PATIENCE_S)
