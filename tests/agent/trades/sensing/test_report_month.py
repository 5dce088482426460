"""`lamppost report air`, `noise` and `weather`: what the rule keeps, by the daemon's socket and at a desk."""

import asyncio
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from console_thread import answered
from msgspec import Struct

from agent.cli import main
from agent.console import Answer, Ask
from agent.store import Store
from agent.trades.sensing.hours import StationDay, key_of
from agent.trades.sensing.month.source import Desk, Kept
from tests.agent.trades.sensing.month.conftest import PM, days_of, month_of

MONTH = month_of({"pm2_5": (PM, lambda count, at: 8.0)}).month
DAYS = days_of(MONTH, {"pm2_5": (PM, lambda count, at: None if at.day == 9 else 8.0)})


def filled(file: Path, rows: dict[str, Struct | None]) -> Path:
    async def fill() -> None:
        async with Store(file, max_bytes=1 << 24, boot="boot") as it:
            await it.commit((), rows)

    asyncio.run(fill())
    return file


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return filled(tmp_path / "lamppost.db", {key_of(day, "square"): each for day, each in DAYS.items()})


def report(tmp_path: Path, topic: str, *arguments: str) -> int:
    return main(["report", topic, "--out", str(tmp_path / "month.svg"), *arguments])


def test_a_copy_of_the_store_is_drawn(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(tmp_path, "air", "--month", "2026-11", "--store", str(store)) == 0
    assert capsys.readouterr().out == f"air of square, 2026-11: {tmp_path / 'month.svg'}\n"
    drawn = (tmp_path / "month.svg").read_text()
    assert "Air: Market, November 2026" in drawn and 'fill="url(#gap)"' in drawn


@pytest.mark.parametrize(
    ("topic", "arguments", "words"),
    [
        ("air", ["--month", "2026-10"], "nothing of 2026-10 is kept: there are days from 2026-10-31 to 2026-11-30"),
        ("air", ["--month", "2027-10"], "2027-10 has not begun"),
        ("air", ["--month", "autumn"], '"autumn" is no month'),
        ("air", ["--month", "2026-11", "--station", "sqare"], 'there is no station "sqare"; there are square; did you'),
        ("noise", ["--month", "2026-11"], "station square: no quantity is a level in dB"),
        ("weather", ["--month", "2026-11"], "station square: every quantity is a level, or of the air"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], topic: str, arguments: list[str], words: str
) -> None:
    assert report(tmp_path, topic, *arguments, "--store", str(store)) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "month.svg").exists()


def test_of_several_stations_one_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows: dict[str, Struct | None] = {key_of(date(2026, 11, 5), each): DAYS[date(2026, 11, 5)] for each in ("a", "b")}
    store = filled(tmp_path / "lamppost.db", rows)
    assert report(tmp_path, "air", "--month", "2026-11", "--store", str(store)) == 1
    assert "say --station, one of a, b" in capsys.readouterr().err
    assert report(tmp_path, "air", "--month", "2026-11", "--station", "b", "--store", str(store)) == 0


def test_an_empty_store_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = filled(tmp_path / "lamppost.db", {})
    assert report(tmp_path, "air", "--store", str(store)) == 1
    assert 'no hour of a station is kept: give its quantities windows with "1h"' in capsys.readouterr().err


def test_a_copy_knows_nothing_beyond_its_last_hour() -> None:
    class Copy:
        def keys(self, prefix: str) -> dict[str, int]:
            return dict.fromkeys([key_of(day, "square") for day in DAYS if day.day <= 20 and day.month == 11], 1)

        def load(self, key: str, kind: type[StationDay]) -> StationDay | None:
            return DAYS[date.fromisoformat(key.split("/")[1])]

    kept = Desk(Copy()).kept()  # type: ignore[arg-type]
    assert kept.until_s == datetime(2026, 11, 21, tzinfo=UTC).timestamp()


def daemon(socket: Path, kept: Answer) -> AbstractContextManager[list[Ask]]:
    """Serves the daemon's socket, and gives what it was asked."""

    def answer(ask: Ask) -> Answer:
        if ask.ask == "station_days":
            return kept
        return {"day": msgspec.json.decode(msgspec.json.encode(DAYS.get(date.fromisoformat(ask.day))))}

    return answered(socket, answer)


def test_the_running_daemon_is_asked(tmp_path: Path) -> None:
    socket, now_s = tmp_path / "l.sock", datetime(2026, 11, 20, 12, 30, tzinfo=UTC).timestamp()
    kept = Kept({"square": tuple(sorted(DAYS))}, now_s)
    with daemon(socket, {"kept": msgspec.to_builtins(kept)}) as asked:
        assert report(tmp_path, "air", "--month", "this", "--socket", str(socket)) == 0
    assert [each.ask for each in asked].count("station_days") == 1
    assert {each.day for each in asked if each.ask == "station_day"} == {day.isoformat() for day in DAYS}
    assert "as it was on 20 November, 13:30" in (tmp_path / "month.svg").read_text()


def test_what_the_daemon_refuses_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with daemon(tmp_path / "l.sock", {"error": "the clock of the pole is not set"}):
        assert report(tmp_path, "air", "--socket", str(tmp_path / "l.sock")) == 1
    assert capsys.readouterr().err == "the clock of the pole is not set\n"
