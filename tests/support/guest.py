"""A virtual machine that boots Debian's own kernel and systemd, with lamppost in /opt/lamppost.

By KVM where the processor has VMX or SVM (or is an ARM), else by QEMU's translation, some ten times slower. A /dev/kvm
without these is a paravirtual one, on which Debian's kernel is slower still.
"""

import json
import os
import platform
import shutil
import socket
import subprocess
import time
from pathlib import Path

from booted import ANSWER_S, Booted, Ran, own_disk

BOOT_S = 600.0
MEMORY_MB = 2048

MACHINES = {
    "x86_64": ("qemu-system-x86_64", "q35", "ttyS0"),
    "aarch64": ("qemu-system-aarch64", "virt", "ttyAMA0"),
}


def why_not() -> str:
    """Why no guest boots here; "": one does."""
    if platform.machine() not in MACHINES:
        return f"no guest for {platform.machine()}"
    missing = [each for each in (MACHINES[platform.machine()][0], "mmdebstrap", "mke2fs") if not shutil.which(each)]
    if missing:
        return f"no {', '.join(missing)}: make test-guest installs them"
    return "" if os.geteuid() == 0 else "a root file system is made as root: sudo make test-guest"


def accelerator() -> tuple[str, str]:
    """QEMU's, and the processor that goes with it."""
    flags = Path("/proc/cpuinfo").read_text()
    has = platform.machine() == "aarch64" or " vmx" in flags or " svm" in flags
    return ("kvm", "host") if has and os.access("/dev/kvm", os.R_OK | os.W_OK) else ("tcg,thread=multi", "max")


class Guest(Booted):
    """A machine that runs. Its disk is a copy: what it writes there stays for the next `Guest` on the same folder.

    Args:
        image: folder that `guest_image.make` returned.
        folder: for the disk, the socket and the log of the console.
        devices: further arguments of QEMU.
    """

    def __init__(self, image: Path, folder: Path, *, devices: tuple[str, ...] = ()) -> None:
        self.console = folder / "console.log"
        disk, port = own_disk(image, folder), folder / "agent"
        program, machine, tty = MACHINES[platform.machine()]
        accel, processor = accelerator()
        order = [
            *(program, "-M", machine, "-accel", accel, "-cpu", processor, "-smp", "2", "-m", str(MEMORY_MB)),
            *("-display", "none", "-nic", "none", "-no-reboot", "-serial", f"file:{self.console}"),
            *("-kernel", str(image / "kernel"), "-initrd", str(image / "initrd")),
            *("-append", f"console={tty} panic=-1 edd=off quiet systemd.show_status=false net.ifnames=0"),
            *("-drive", f"file={disk},format=raw,if=virtio,cache=writeback", "-device", "virtio-serial"),
            *("-chardev", f"socket,id=agent,path={port},server=on,wait=off"),
            *("-device", "virtserialport,chardev=agent,name=agent", *devices),
        ]
        self._process = subprocess.Popen(order, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._agent = self._connected(port)
        self._lines = self._agent.makefile("rb")

    def _connected(self, port: Path) -> socket.socket:
        agent = socket.socket(socket.AF_UNIX)
        until = time.monotonic() + 30
        while True:
            try:
                agent.connect(str(port))
            except OSError:
                if self._process.poll() is not None or time.monotonic() > until:
                    assert self._process.stderr is not None
                    raise RuntimeError(self._process.stderr.read().decode()) from None
                time.sleep(0.1)
            else:
                return agent

    def boot(self) -> None:
        """Waits until its systemd has started the agent."""
        self._agent.settimeout(BOOT_S)
        assert json.loads(self._lines.readline()) == {"booted": True}, self.console.read_text()[-2000:]

    def run(self, script: str, text: str = "", *, limit_s: float = ANSWER_S) -> Ran:
        """Runs a script of sh(1) as root in the guest, with `text` as its input."""
        self._agent.settimeout(limit_s)
        self._agent.sendall(json.dumps({"run": script, "input": text}).encode() + b"\n")
        said = json.loads(self._lines.readline())
        return Ran(said["status"], said["out"], said["err"])

    def cut_power(self) -> None:
        """Ends it at once. What the guest has not brought to its disk is lost."""
        self._process.kill()
        self._process.communicate()
        self._lines.close()
        self._agent.close()
