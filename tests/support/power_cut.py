"""A power cut: the daemon and what gave it its clocks end at once, and nothing of them is left."""

import fcntl
import os
import signal
import subprocess
from pathlib import Path

from patience import PATIENCE_S


def cut(process: subprocess.Popen[bytes], store: Path) -> None:
    """Kills a process and its children, and waits until the store is nobody's.

    Args:
        process: leads a session of its own (`start_new_session`).
    """
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE_S)
    # The daemon itself may be a moment behind the process that was started.
    with store.with_name(f"{store.name}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
