"""A month of simulated air in a store, of which docs/air.svg is drawn.

.venv/bin/python docs/air_month.py STORE
.venv/bin/lamppost report air --month 2026-11 --store STORE --out docs/air.svg
"""

import asyncio
import math
import random
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec import Struct, structs

from agent.store import Store
from agent.trades.sensing.event_types import Pollutant
from agent.trades.sensing.hours import Hour, Nature, QuantityDay, StationDay, key_of
from agent.trades.sensing.month.model import LocalMonth

MONTH = LocalMonth(date(2026, 11, 1), "Europe/Paris")
PLACE = StationDay("riverside", "pole-7", "Europe/Paris", "sensor", "Market square", "fr", "traffic")
QUANTITIES: dict[str, Pollutant] = {"pm2_5": "PM2.5", "pm10": "PM10", "no2": "NO2", "o3": "O3"}
GAPS = ((70, 118), (400, 407), (560, 561), (610, 613))
"""Hours of the month in which nothing was measured."""

DOUBTED = range(300, 330)
"""Hours of which too little of the ozone is known."""

ENDS = 686


def records() -> dict[str, Struct | None]:
    chance, found = random.Random(4), dict[date, StationDay]()
    for count, begin_s in enumerate(MONTH.hours[:ENDS]):
        if not any(first <= count < end for first, end in GAPS):
            day = datetime.fromtimestamp(begin_s, UTC).date()
            found[day] = _with_hour(found.get(day, PLACE), count, begin_s, chance)
    return {key_of(day, "square"): each for day, each in found.items()}


def _with_hour(day: StationDay, count: int, begin_s: int, chance: random.Random) -> StationDay:
    quantities = dict(day.quantities)
    for name, pollutant in QUANTITIES.items():
        before = quantities.get(name, QuantityDay(Nature("ug/m3", "mean", pollutant)))
        value = round(_value(name, count, MONTH.local(begin_s)) * math.exp(chance.gauss(0, 0.22)), 1)
        number = datetime.fromtimestamp(begin_s, UTC).hour
        hour = Hour(number, value, 100.0, round(value * 0.6, 1), round(value * 1.6, 1))
        if name == "o3" and count in DOUBTED:
            hour = structs.replace(hour, value=None, coverage_percent=40.0)
        quantities[name] = structs.replace(before, hours=(*before.hours, hour))
    return structs.replace(day, quantities=quantities)


def _value(name: str, count: int, at: datetime) -> float:
    """Two rush hours a day, less at weekends, and one week in which the air stands still."""
    days = count / 24
    rush = math.exp(-(((at.hour - 8) / 1.8) ** 2)) + math.exp(-(((at.hour - 18.5) / 2.4) ** 2))
    still = 1 + 2.2 * math.exp(-(((days - 19) / 2.2) ** 2)) + 0.6 * math.exp(-(((days - 9) / 1.5) ** 2))
    rush *= 0.6 if at.weekday() >= 5 else 1.0
    sun = math.exp(-(((at.hour - 14) / 3) ** 2))
    if name == "o3":
        return (58 - 30 * rush + 22 * sun) * (1.6 - still / 4)
    return {"pm2_5": 9 + 5 * rush, "pm10": 17 + 14 * rush, "no2": 18 + 42 * rush}[name] * still


async def fill(path: Path) -> None:
    async with Store(path, max_bytes=1 << 26, boot="bench") as store:
        await store.commit((), records())


if __name__ == "__main__":
    asyncio.run(fill(Path(sys.argv[1])))
