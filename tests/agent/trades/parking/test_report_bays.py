"""`lamppost report bays`, by the daemon's socket and at a desk."""

import asyncio
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from console_thread import answered

from agent.cli import main
from agent.clock import Moment
from agent.console import Answer, Ask
from agent.store import Store
from agent.trades.parking.statistics import DayLog, DayReport, Place
from agent.trades.parking.statistics.day_report import CHECKPOINT, PLACE, key_of
from agent.trades.parking.statistics.occupancy_log import Checkpoint

DAY = date(2026, 11, 24)
SEEN_AT = datetime(2026, 11, 25, 9, tzinfo=UTC).timestamp()
PLACE_OF_BAYS = Place("town", "pole-1", "Europe/Paris", {"b1": "market"})


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A copy that ends at ten o'clock, local time, of the next day."""
    file = tmp_path / "lamppost.db"
    seen = Checkpoint(Moment(SEEN_AT, 1.0, "boot", True), SEEN_AT)
    logs = {key_of(DAY, "b1"): DayLog("occupied"), key_of(date(2026, 11, 25), "b1"): DayLog("occupied")}

    async def fill() -> None:
        async with Store(file, max_bytes=1 << 24, boot="boot") as it:
            await it.commit((), {PLACE: PLACE_OF_BAYS, CHECKPOINT: seen, **logs})

    asyncio.run(fill())
    return file


def report(tmp_path: Path, *arguments: str) -> int:
    return main(["report", "bays", "--out", str(tmp_path / "day.svg"), *arguments])


def test_a_copy_of_the_store_is_drawn(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(tmp_path, "--day", "2026-11-24", "--store", str(store)) == 0
    assert capsys.readouterr().out == f"the bays of 2026-11-24: {tmp_path / 'day.svg'}\n"
    drawn = (tmp_path / "day.svg").read_text()
    assert "occupied 100 % of the time" in drawn
    assert "as it was" not in drawn
    assert report(tmp_path, "--day", "2026-11-25", "--store", str(store)) == 0
    assert "as it was at 10:00" in (tmp_path / "day.svg").read_text(), "what came after the copy is not invented"


@pytest.mark.parametrize(
    ("day", "code", "words"),
    [
        ("2026-02-30", 2, '"2026-02-30" is no day; write year, month and day'),
        ("tomorrow", 2, "is no day"),
        ("2999-01-01", 1, "2999-01-01 has not begun"),
        ("2026-11-01", 1, "nothing is kept of 2026-11-01: kept are days from 2026-11-24 to 2026-11-25"),
    ],
)
def test_a_day_that_cannot_be_drawn(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], day: str, code: int, words: str
) -> None:
    assert report(tmp_path, "--day", day, "--store", str(store)) == code
    assert words in capsys.readouterr().err
    assert not (tmp_path / "day.svg").exists()


def test_what_cannot_be_read_or_written(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(tmp_path, "--day", "2026-11-24", "--store", str(tmp_path / "none.db")) == 1
    assert "there is no such file" in capsys.readouterr().err
    assert report(tmp_path, "--socket", str(tmp_path / "none.sock")) == 1
    assert "is it running?" in capsys.readouterr().err
    here = ["report", "bays", "--day", "2026-11-24", "--store", str(store), "--out"]
    assert main([*here, str(tmp_path / "day.png")]) == 1
    assert "the picture is an SVG" in capsys.readouterr().err


def test_a_store_without_bays_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def fill() -> None:
        async with Store(tmp_path / "empty.db", max_bytes=1 << 24, boot="boot"):
            pass

    asyncio.run(fill())
    assert report(tmp_path, "--store", str(tmp_path / "empty.db")) == 1
    assert "the store knows of no bays" in capsys.readouterr().err


def daemon(path: Path, answer: Answer) -> AbstractContextManager[list[Ask]]:
    """Serves the daemon's socket, and gives what it was asked."""
    return answered(path, lambda ask: answer)


def test_the_running_daemon_is_asked(tmp_path: Path) -> None:
    sheet = DayReport(PLACE_OF_BAYS, DAY, SEEN_AT, {"b1": DayLog("free", coded=(28_800,))})
    socket = tmp_path / "l.sock"
    with daemon(socket, {"sheet": msgspec.to_builtins(sheet)}) as asked:
        assert report(tmp_path, "--socket", str(socket)) == 0
    assert [(each.ask, each.day) for each in asked] == [("bays", "today")]
    assert "1 came" in (tmp_path / "day.svg").read_text()


def test_what_the_daemon_refuses_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    socket = tmp_path / "l.sock"
    with daemon(socket, {"error": "this pole has no bays"}):
        assert report(tmp_path, "--socket", str(socket)) == 1
    assert capsys.readouterr().err == "this pole has no bays\n"
