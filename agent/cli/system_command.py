"""Runs programs of the system, and reads what they print."""

import shutil
import subprocess


def output_of(*command: str, limit_s: float) -> str | None:
    """Returns what a program prints; None: it is not there, fails, or takes longer than `limit_s`."""
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
