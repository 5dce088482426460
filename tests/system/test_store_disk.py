"""A disk that is full or has gone read-only: nothing half done, words for a technician, and work goes on afterwards."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# Runs in a mount namespace of its own, so that what it mounts is seen by nobody and gone with it.
_UNSHARE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]

_SCRIPT = """
import asyncio, subprocess, sys
from pathlib import Path
from agent.clock import Moment
from agent.events import Event
from agent.store import Store, StoreError

disk = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=True)
filler = disk / "log-of-another-program"

def events(count):
    at = Moment(1.77e9, 1.0, "b", True)
    return [Event(type="t", subject="s", at=at, data={"pad": "x" * 900}) for _ in range(count)]

def fill():
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass

def read_only():
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)

def writable():
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)

async def refused(store, count):
    try:
        await store.commit(events(count), {})
    except StoreError as error:
        return str(error)
    return None

async def main(trouble):
    async with Store(disk / "s.db", max_bytes=1 << 26, boot="b") as store:
        await store.commit(events(10), {})
        if trouble == "full":
            fill()
            words = [await refused(store, 40) for _ in range(3)]
            filler.unlink()
            await store.commit(events(5), {})
            assert store.depth() == 15, store.depth()
    if trouble == "read-only":
        read_only()
        words = []
        try:
            await Store(disk / "s.db", max_bytes=1 << 26, boot="b").__aenter__()
        except StoreError as error:
            words.append(str(error))
        writable()
    async with Store(disk / "s.db", max_bytes=1 << 26, boot="b") as store:
        assert store.depth() == (15 if trouble == "full" else 10), store.depth()
    print(words)

asyncio.run(main(sys.argv[2]))
"""


@pytest.mark.parametrize(
    "trouble, words",
    [("full", "the disk is full: database or disk is full (free space on it"), ("read-only", "Read-only file system")],
)
def test_promise_no_committed_event_is_lost_by_a_disk_that_refuses(tmp_path: Path, trouble: str, words: str) -> None:
    may_mount = _run("mount", "-t", "tmpfs", "tmpfs", "/mnt")
    if may_mount.returncode != 0:
        pytest.skip(f"nobody may mount a small disk here ({may_mount.stderr.strip()}); tests/agent/store limits a file")
    ran = _run(sys.executable, "-c", _SCRIPT, str(tmp_path), trouble)
    assert ran.returncode == 0, ran.stderr
    assert words in ran.stdout
    assert "None" not in ran.stdout


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*_UNSHARE, *command], check=False, capture_output=True, text=True)
