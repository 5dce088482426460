"""A disk that is full, has gone read-only, or is cut off: nothing half done, words for a technician, work goes on."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S

from agent.console import Ask, ask_daemon
from agent.store.rows.rows import PUT, seal_state

# Runs in a mount namespace of its own, so that what it mounts is seen by nobody and gone with it.
_UNSHARE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]

_HEAD = """
import asyncio, fcntl, os, subprocess, sys
from pathlib import Path
from agent.clock import Moment
from agent.events import Data, Event, Priority
from agent.store import Store, StoreError

disk = Path(sys.argv[1])

class Padded(Data):
    pad: str

def mount(*arguments):
    subprocess.run(["mount", *arguments, str(disk)], check=True)

def events(count, priority=Priority.EVENT):
    at = Moment(1.77e9, 1.0, "b", True)
    return [Event(type="t", subject="s", at=at, data=Padded("x" * 900), priority=priority) for _ in range(count)]

def store(boot="b", **more):
    return Store(disk / "s.db", max_bytes=1 << 26, boot=boot, **more)

async def refused(store, *events):
    try:
        await store.commit(events, {})
    except StoreError as error:
        return str(error)

async def waiting(boot="b"):
    async with store(boot) as opened:
        # Beside them a crash is told, which has taken reserved numbers.
        return [row.id for row in await opened.position().lease(999) if row.type == "t"]
"""

_FULL = """
mount("-t", "tmpfs", "-o", "size=2m", "tmpfs")
filler = disk / "log-of-another-program"

def fill():
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass

async def main():
    async with store() as opened:
        await opened.commit(events(10), {})
        fill()
        words = [await refused(opened, *events(40)) for _ in range(3)]
        assert (await opened.status()).refuses in words
        filler.unlink()
        await opened.commit(events(5), {})
        assert (await opened.status()).refuses is None
    fill()
    async with store() as opened:
        assert len(await opened.position().lease(99)) == 15, "a pole starts on a full disk, and sends what waits"
        words += [await refused(opened, *events(1))]
        filler.unlink()
        await opened.commit(events(1), {})
    assert len(await waiting()) == 16
    print(words)
"""

_READ_ONLY_AT_START = """
mount("-t", "tmpfs", "-o", "size=2m", "tmpfs")

async def main():
    await first_start()
    async with store() as opened:
        await opened.commit(events(10), {})
    words = []
    for crashed in (False, True):
        mount("-o", "remount,ro")
        async with store() as opened:
            waits = 15 if crashed else 10
            assert len(await opened.position().lease(99)) == waits, "a pole starts, and sends what waits"
            words += [await refused(opened, *events(1)) for _ in range(2)]
        mount("-o", "remount,rw")
        if not crashed:
            await crash()
    assert len(await waiting()) == 15
    print(words)

async def first_start():
    mount("-o", "remount,ro")
    try:
        async with store():
            raise AssertionError("there is no store, and there cannot be one")
    except StoreError as error:
        assert "Read-only file system" in str(error), error
    mount("-o", "remount,rw")

async def crash():
    suffixes = ("", "-wal", "-shm")
    async with store() as opened:
        await opened.commit(events(5), {})
        files = {suffix: Path(f"{disk}/s.db{suffix}").read_bytes() for suffix in suffixes}
    for suffix in suffixes:
        Path(f"{disk}/s.db{suffix}").write_bytes(files[suffix])
"""

# The kernel finds an error on the card and makes it read-only, as it does with a worn one.
_READ_ONLY_MEANWHILE = """
mount("-o", "loop,errors=remount-ro", sys.argv[2])
device = subprocess.check_output(["findmnt", "-no", "SOURCE", str(disk)], text=True).strip()

async def main():
    kept = events(10)
    async with store() as opened:
        await opened.commit(kept, {})
        Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error").write_text("a test")
        words = [await refused(opened, *events(1)) for _ in range(3)]
        assert len(await opened.position().lease(99)) == 10, "what is there can still be read and sent"
    subprocess.run(["umount", str(disk)], check=True)
    subprocess.run(["fsck.ext4", "-pf", sys.argv[2]], stdout=subprocess.DEVNULL, check=False)
    mount("-o", "loop", sys.argv[2])
    assert await waiting("the boot after the repair") == [event.id for event in kept]
    print(words)
"""

# EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: nothing more reaches the disk, as when the power is cut.
_POWER_CUT = """
mount("-o", "loop", sys.argv[2])

def cut():
    folder = os.open(disk, os.O_RDONLY)
    fcntl.ioctl(folder, 0x8004587D, (2).to_bytes(4, sys.byteorder))
    os.close(folder)

async def main():
    committed, telemetry = [], events(50, Priority.TELEMETRY)
    opened = await store(buffer_s=0.01).__aenter__()
    for one in telemetry:
        await opened.commit([one], {})
    while await asyncio.to_thread(written) < 50:
        await asyncio.sleep(0.01)
    for _ in range(300):
        one = events(1)
        await opened.commit(one, {})
        committed += one
    await opened.position().acknowledge((await opened.position().lease(100)))
    gone = [event.id for event in committed[:100]]
    await opened.commit(events(1, Priority.ALARM), {})
    cut()
    words = [await refused(opened, *events(40)) for _ in range(3)]
    try:
        await opened.__aexit__(None, None, None)
    except StoreError:
        pass
    subprocess.run(["umount", str(disk)], check=True)
    mount("-o", "loop", sys.argv[2])
    alarm, *found = await waiting("the boot after the cut")
    assert found == [event.id for event in committed[100:] + telemetry], len(found)
    print(words)

def written():
    import sqlite3
    database = sqlite3.connect(disk / "s.db")
    count = database.execute("SELECT count(*) FROM outbox_telemetry").fetchone()[0]
    database.close()
    return count
"""

_FOOT = """
asyncio.run(main())
"""

_FULL_WORDS = "the disk is full: database or disk is full (free space on it"


@pytest.mark.parametrize(
    "script, words",
    [
        pytest.param(_FULL, _FULL_WORDS, id="full"),
        pytest.param(_READ_ONLY_AT_START, "the file or its disk is read-only", id="read-only at the start"),
        pytest.param(_READ_ONLY_MEANWHILE, "a worn SD card", id="read-only meanwhile"),
        pytest.param(_POWER_CUT, "see dmesg; a worn SD card must be replaced", id="power cut"),
    ],
)
def test_promise_no_committed_event_is_lost_by_a_disk_that_refuses(tmp_path: Path, script: str, words: str) -> None:
    disk, image = tmp_path / "disk", tmp_path / "card.img"
    disk.mkdir()
    _make(image, disk)
    ran = _run(sys.executable, "-c", _HEAD + script + _FOOT, str(disk), str(image))
    assert ran.returncode == 0, ran.stderr
    assert words in ran.stdout
    assert "None" not in ran.stdout


_POLE = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
socket = "{folder}/lamppost.sock"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
port = 1
[sensor.ear]
kind = "a02"
port = "/dev/not-there"
[bay.b1]
sensor = "ear"
"""


@pytest.mark.expects_log(
    "uplink to 127.0.0.1:1 is down: connection refused",
    "ear is down: serial port /dev/not-there does not exist",
    r"the state [\w./]+ cannot be read \(Input data was truncated\)",
    "the disk does not read or write: disk I/O error",
    "is damaged and cannot be begun anew: .*; what can be read of it is used as it is",
    r"how far \[uplink\] is cannot be read; all that the store has is sent again",
)
@pytest.mark.may_log("the configuration cannot be kept as the last good one: .*File too large")
def test_a_pole_starts_on_a_disk_that_takes_nothing_also_with_states_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "lamppost.toml").write_text(_POLE.format(folder=tmp_path))
    _status_of_daemon(tmp_path, "")
    with closing(sqlite3.connect(tmp_path / "lamppost.db")) as database:
        keys = [key for (key,) in database.execute("SELECT key FROM state").fetchall()]
        database.executemany(PUT, [seal_state(key, b"{") for key in keys])
        database.commit()
    assert "retained" in keys
    status, log = _status_of_daemon(tmp_path, "ulimit -f 0;")
    assert "disk" in status["store"]["refuses"]
    assert status["devices"]["ear"]["state"] == "down"
    for key in (key for key in keys if not key.startswith("store.")):
        assert f"the state {key} cannot be read" in log


def _status_of_daemon(folder: Path, before: str) -> tuple[dict[str, Any], str]:
    """The first one after a device was looked for; the daemon ends in good order."""
    command = ["sh", "-c", f"{before} exec {sys.executable} -m agent run -c {folder}/lamppost.toml"]
    daemon = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        status = asyncio.run(_first_status(folder / "lamppost.sock"))
        daemon.terminate()
        _, log = daemon.communicate(timeout=PATIENCE_S)
    finally:
        daemon.kill()
        daemon.wait(PATIENCE_S)
    # Not the daemon itself: it may be forbidden to write to any file.
    (folder / f"daemon-{daemon.pid}.log").write_text(log)
    assert daemon.returncode == 0, log
    return status, log


async def _first_status(socket: Path) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(OSError):
                async for status in ask_daemon(socket, Ask("status")):
                    if status["devices"]["ear"]["state"] == "down":
                        return status
            await asyncio.sleep(0.05)


def _make(image: Path, disk: Path) -> None:
    """A card of 16 MiB; the test is skipped where nobody may mount it."""
    with image.open("wb") as file:
        file.truncate(16 << 20)
    subprocess.run(
        ["mkfs.ext4", "-q", str(image)], check=True, env=os.environ | {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    )
    may_mount = _run("mount", "-o", "loop", str(image), str(disk))
    if may_mount.returncode != 0:
        pytest.skip(f"nobody may mount a small disk here ({may_mount.stderr.strip()}); tests/agent/store limits a file")


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return subprocess.run(
        [*_UNSHARE, *command], check=False, capture_output=True, text=True, env=os.environ | {"PATH": path}
    )
