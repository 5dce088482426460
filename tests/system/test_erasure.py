"""`lamppost report erase` beside a running daemon, and without one: what went is told and recorded, and is no loss."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw
from msgspec.json import encode as json_encode
from patience import PATIENCE_S, until
from ports import free_port
from several_uplinks import Daemon, uplink
from stored import said

from agent.clock import Moment
from agent.events import Event, Priority
from agent.store import Store
from agent.trades.parking.stays.dossier import StayRecord, ToldEvent

Make = Callable[..., Any]
pytestmark = pytest.mark.may_log("ear is down", "is down: .* events are kept", "is back")
DAY_S = 86_400.0
BOTH = {"": lambda type: True, "lights": lambda type: True}


def report(daemon: Daemon, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", "report", *words, "-c", str(daemon.file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def fill(daemon: Daemon, uplinks: dict[str, Any]) -> None:
    """Stays of three days, and the logs of two of them, in the store of a pole that has been stopped."""

    async def main() -> None:
        path = daemon.folder / "lamppost.db"
        async with Store(path, max_bytes=1 << 26, boot="b", positions=uplinks) as store:
            for days in (3, 2, 1):
                at = Moment(noon_s(days), 0.0, "", True)
                stays = [
                    Event(type="bay.freed", subject=bay, at=at, data=said(n=days), priority=Priority.EVENT)
                    for bay in ("b1", "b2")
                ]
                await store.commit(stays, {})
            logs = {f"day/{day(days)}/{bay}": Raw(b"{}") for days in (3, 2) for bay in ("b1", "b2")}
            await store.commit((), logs)
            records = {f"stays/{days}/{bay}": record(days, bay) for days in (3, 2, 1) for bay in ("b1", "b2")}
            await store.commit((), records)

    asyncio.run(main())


def record(ago: int, bay: str) -> Raw:
    """A stay of so many days ago, as it is kept for its dossier."""
    at = Moment(noon_s(ago), 0.0, "", True)
    told = ToldEvent(type="bay.freed", id=f"{bay}-{ago}", at=at, data=Raw(b"{}"))
    return Raw(json_encode(StayRecord(bay=bay, number=ago, events=(told,))))


async def records(daemon: Daemon) -> list[str]:
    return await kept(daemon, "stays/")


async def kept(daemon: Daemon, prefix: str) -> list[str]:
    async with Store(daemon.folder / "lamppost.db", max_bytes=1 << 26, boot="b") as store:
        return sorted(await store.keys(prefix))


def day(ago: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(noon_s(ago)))


def noon_s(ago: int) -> float:
    """Noon of a day that is the same date in UTC and where the pole stands."""
    return (time.time() // DAY_S - ago + 0.5) * DAY_S


def of_type(town: Any, name: str) -> list[dict[str, Any]]:
    return [each for each in town.events() if each["type"] == name]


def stays(town: Any) -> list[tuple[str, int]]:
    return sorted((each["subject"], each["data"]["n"]) for each in of_type(town, "bay.freed"))


def made(daemon: Daemon) -> None:
    """A pole that has run once, and so has a store."""
    with daemon.running():
        until((daemon.folder / "lamppost.sock").exists)


def test_promise_what_is_erased_is_told_recorded_and_no_loss_to_two_uplinks(
    start_broker: Make, city: Make, tmp_path: Path
) -> None:
    first, second = start_broker(), start_broker()
    daemon = Daemon(tmp_path)
    daemon.write(uplink("", free_port()), uplink("lights", free_port(), 'client_id = "other"'))
    made(daemon)
    fill(daemon, BOTH)
    with daemon.running():
        until((tmp_path / "lamppost.sock").exists)
        assert report(daemon, "erase", "--bay", "b1").returncode == 2, "nobody confirmed it"
        done = report(daemon, "erase", "--before", day(1), "--bay", "b1", "--yes", "--json")
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["events"] == 2
        assert json.loads(done.stdout)["days"] == 2
        log = daemon.log()
    assert asyncio.run(records(daemon)) == ["stays/1/b1", "stays/1/b2", "stays/2/b2", "stays/3/b2"]
    daemon.write(uplink("", first.port), uplink("lights", second.port, 'client_id = "other"'))
    with city(first.port) as town, city(second.port) as operator, daemon.running():
        for each in (town, operator):
            (told,) = until(lambda each=each: of_type(each, "store.erased"))
            assert told["data"] == {"before": day(1), "bay": "b1", "events": 2, "days": 2}
            assert until(lambda each=each: len(stays(each)) >= 4)
            assert stays(each) == [("b1", 1), ("b2", 1), ("b2", 2), ("b2", 3)]
            numbers = {event["sequence"] for event in each.events()}
            (erased,) = [e["data"] for e in of_type(each, "store.skipped") if e["data"]["reason"] == "erased"]
            assert len(erased["sequences"]) == 2
            assert not numbers & {first for first, _ in erased["sequences"]}
            assert of_type(each, "store.gap") == []
    assert "b1" not in "".join(line for line in log.splitlines() if "erase" in line)
    shown = report(daemon, "privacy", "--json")
    (what,) = json.loads(shown.stdout)["what was erased"].values()
    assert what == f"2 events and 2 days, of b1, before {day(1)}"


def test_without_a_daemon_the_store_alone_is_asked(start_broker: Make, city: Make, tmp_path: Path) -> None:
    broker, daemon = start_broker(), Daemon(tmp_path)
    daemon.write(uplink("", free_port()))
    done = report(daemon, "erase", "--bay", "b1", "--yes")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no store" in done.stderr
    made(daemon)
    fill(daemon, {"": lambda type: True})
    done = report(daemon, "erase", "--bay", "b99", "--yes")
    assert (done.returncode, done.stdout) == (1, "")
    assert 'nothing of "b99" is kept here' in done.stderr
    (tmp_path / "lamppost.db.corrupt").write_bytes(b"of earlier")
    done = report(daemon, "erase", "--before", day(-1), "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "erased: 6 events, 4 days of bays" in done.stdout
    assert "lamppost.db.corrupt" in done.stdout
    assert asyncio.run(records(daemon)) == []
    held = b"".join(each.read_bytes() for each in tmp_path.glob("lamppost.db*"))
    assert b"bay.freed" not in held
    daemon.write(uplink("", broker.port))
    with city(broker.port) as town, daemon.running():
        (told,) = until(lambda: of_type(town, "store.erased"))
        assert told["data"] == {"before": day(-1), "bay": None, "events": 6, "days": 4}
        assert until(lambda: of_type(town, "pole.birth"))
        assert (stays(town), of_type(town, "store.gap")) == ([], [])


@pytest.mark.expects_log("was damaged .it holds what was erased")
def test_killed_after_it_and_given_an_older_copy_back_nothing_of_it_is_sent(
    start_broker: Make, city: Make, tmp_path: Path
) -> None:
    broker, daemon = start_broker(), Daemon(tmp_path)
    daemon.write(uplink("", free_port()))
    made(daemon)
    fill(daemon, {"": lambda type: True})
    older = (tmp_path / "lamppost.db").read_bytes()
    with pytest.raises(AssertionError), daemon.running():
        until((tmp_path / "lamppost.sock").exists)
        assert report(daemon, "erase", "--before", day(-1), "--yes").returncode == 0
        daemon._process.kill()
        daemon._process.wait(PATIENCE_S)
    (tmp_path / "lamppost.db").write_bytes(older)
    (tmp_path / "lamppost.db-wal").unlink()
    daemon.write(uplink("", broker.port))
    with city(broker.port) as town, daemon.running():
        (gap,) = until(lambda: of_type(town, "store.gap"))
        assert gap["data"]["reason"] == "corrupt"
        assert until(lambda: of_type(town, "pole.birth"))
        assert stays(town) == []
        assert {each["timetrusted"] for each in town.events() if each["type"].startswith("store.")} == {True}
    assert asyncio.run(records(daemon)) == []
    assert asyncio.run(kept(daemon, "day/")) == []
    (what,) = json.loads(report(daemon, "privacy", "--json").stdout)["what was erased"].values()
    assert what == f"6 events and 4 days, of all bays and zones, before {day(-1)}"
