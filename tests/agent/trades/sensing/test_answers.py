"""What the daemon answers of the hours of its stations."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from agent.console import Ask
from agent.store import Store
from agent.trades.sensing import answers, hours
from agent.trades.sensing.hours import StationDay
from agent.trades.sensing.month.source import Kept
from tests.agent.trades.sensing.test_hours import DAY, PLACE, START, Context, placed, walk
from tests.agent.trades.sensing.test_rule import AIR

ROWS, _STATE = walk(placed(pm2_5=AIR | {"windows": ["1h"]}), [10.0] * 61)


def asked(tmp_path: Path, ask: Ask, trusted: bool = True) -> Any:
    async def life() -> Any:
        async with Store(tmp_path / "l.db", max_bytes=1 << 24, boot="b1") as store:
            await store.commit((), {**ROWS, hours.key_of(DAY - timedelta(days=1), "mast"): PLACE})
            context: Any = Context(store, START)
            if not trusted:
                now = structs.replace(context.now(), trusted=False)
                context.now = lambda: now
            return await (answers.kept if ask.ask == "station_days" else answers.day)(context, ask)

    return asyncio.run(life())


def test_the_days_of_each_station_are_told(tmp_path: Path) -> None:
    kept = msgspec.convert(asked(tmp_path, Ask("station_days"))["kept"], Kept)
    assert kept == Kept({"square": (DAY,), "mast": (DAY - timedelta(days=1),)}, START)


def test_a_clock_that_is_not_set_tells_of_no_month(tmp_path: Path) -> None:
    assert "--store" in asked(tmp_path, Ask("station_days"), trusted=False)["error"]


def test_a_day_is_told_as_it_is_kept(tmp_path: Path) -> None:
    told = asked(tmp_path, Ask("station_day", device="square", day=DAY.isoformat()))
    assert msgspec.convert(told["day"], StationDay) == ROWS[hours.key_of(DAY, "square")]
    assert asked(tmp_path, Ask("station_day", device="nobody", day=DAY.isoformat())) == {"day": None}
    assert "is no day" in asked(tmp_path, Ask("station_day", device="square", day="yesterday"))["error"]
