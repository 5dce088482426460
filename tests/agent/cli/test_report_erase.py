"""Root erases as the user of the store, who may not read what Python has yet to load."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import Raw
from patience import PATIENCE_S
from pole_file import pole_1
from stored import said

from agent.clock import Moment
from agent.events import Event, Priority
from agent.store import Store

SERVICE = 12345
BAY = '[sensor.ear]\nkind = "a02"\nport = "/dev/ttyX"\n[bay.b1]\nsensor = "ear"\nlimit = "10min"\n'
WATCHED = """
import os, sys

real, acting, late = os.seteuid, [False], []

def seteuid(uid):
    acting[0] = uid != 0
    real(uid)

def hook(event, arguments):
    if acting[0] and (event == "import" or event == "open" and not str(arguments[0]).startswith(("/proc/", folder))):
        late.append((event, str(arguments[0])))

folder = sys.argv[1]
os.seteuid = seteuid
from agent.cli import main
sys.addaudithook(hook)
code = main(sys.argv[2:])
print(*[each for each in late if not each[1].isdecimal()], sep="\\n", file=sys.stderr)
sys.exit(code)
"""
"""Runs a command, and tells what it loads or opens elsewhere while it acts as the owner of a folder."""


@pytest.fixture
def file() -> Iterator[Path]:
    """A pole's file, and its store with stays, in a folder that everybody may look into."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        (state := folder / "state").mkdir(0o700)
        (folder / "lamppost.toml").write_text(pole_1() + f'[store]\npath = "{state}/l.db"\n' + BAY)
        asyncio.run(fill(state / "l.db"))
        yield folder / "lamppost.toml"


async def fill(store: Path) -> None:
    at = Moment(1e9, 0.0, "", True)
    freed = Event(type="bay.freed", subject="b1", at=at, data=said(n=1), priority=Priority.EVENT)
    async with Store(store, max_bytes=1 << 24, boot="b") as opened:
        await opened.commit([freed], {"day/2001-09-09/b1": Raw(b"{}")})


def nothing(_store: Path) -> None:
    """The store is as it was left."""


def damage(store: Path) -> None:
    store.write_bytes(b"\xff" * store.stat().st_size)


def take_away(store: Path) -> None:
    store.unlink()
    store.mkdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
@pytest.mark.parametrize("spoil", [nothing, damage, take_away])
@pytest.mark.parametrize("words", [("report", "erase", "--before", "2020-01-01"), ("wipe",)], ids=" ".join)
def test_promise_nothing_is_loaded_while_root_acts_as_the_owner_of_the_store(
    file: Path, words: tuple[str, ...], spoil: Callable[[Path], None]
) -> None:
    state = file.parent / "state"
    spoil(state / "l.db")
    for each in (state, *state.iterdir()):
        os.chown(each, SERVICE, SERVICE)
    command = [sys.executable, "-c", WATCHED, str(state), *words, "-c", str(file), "--yes"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert "Traceback" not in done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith("(")] == []
    assert spoil is not nothing or done.returncode == 0
