"""Orders that somebody should look at, as `lamppost check` and `lamppost status` tell them."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agent.cli.check import table
from agent.configuration import examine
from agent.trades.parking.technician import status_lines

POLE = """
[pole]
id = "p"
site = "s"
latitude = 48.85
longitude = 2.35
[uplink]
host = "127.0.0.1"
[sensor.u]
kind = "a02"
port = "/dev/ttyS9"
[bay.b]
sensor = "u"
rule = "r"
[rule.r]
category = "general"
limit = "2h"
orders = [{ name = "free August", from = "2026-08-01 00:00", to = "2026-09-01 00:00" }]
[rule.unused]
category = "general"
orders = [{ name = "free May", from = "2024-05-01 00:00", to = "2024-06-01 00:00" }]
"""


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 7, 1), ""),
        (date(2026, 8, 25), "ends on 2026-09-01 00:00, within 14 days"),
        (date(2027, 8, 1), "OVER since 2026-09-01 00:00: it never holds again"),
    ],
)
def test_check_tells_of_an_order_that_is_over_or_ends_soon(tmp_path: Path, today: date, words: str) -> None:
    file = tmp_path / "c.toml"
    file.write_text(POLE)
    told = table(examine(file).config, (), today)
    assert "free August" in told
    assert "unused" not in told
    assert (words or "free August") in told
    assert ("OVER" in told, "ends on" in told) == (words.startswith("OVER"), words.startswith("ends"))


def test_check_tells_of_hours_of_a_rule_that_no_day_has(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    hours = 'windows = [{ days = ["sat"] }, { months = [2], month_days = [30] }]'
    file.write_text(POLE.replace('limit = "2h"', f'limit = "2h"\n{hours}'))
    told = table(examine(file).config, (), date(2026, 7, 1))
    found = [" ".join(line.split()) for line in told.splitlines() if "NEVER OPEN" in line]
    assert found == ["windows 2 NEVER OPEN: no day of the next nine years is one of these"]


@pytest.mark.parametrize(
    ("jurisdiction", "words"), [("fr", "articles of Code de la route"), ("none", "no articles: no law is certain here")]
)
def test_check_tells_whose_law_is_taken_for_a_bay_with_a_table_of_its_own(
    tmp_path: Path, jurisdiction: str, words: str
) -> None:
    file = tmp_path / "c.toml"
    own = POLE.replace('rule = "r"', 'category = "general"\nlimit = "2h"')
    file.write_text(own.replace('site = "s"', f'site = "s"\njurisdiction = "{jurisdiction}"'))
    assert words in table(examine(file).config, (), date(2026, 7, 1))


def test_check_tells_of_an_order_that_never_comes_into_force(tmp_path: Path) -> None:
    """A Saturday market of a week from Monday to Thursday."""
    file = tmp_path / "c.toml"
    week = 'from = "2026-12-07 06:00", to = "2026-12-10 20:00", windows = [{ days = ["sat"] }]'
    file.write_text(POLE.replace('from = "2026-08-01 00:00", to = "2026-09-01 00:00"', week))
    told = table(examine(file).config, (), date(2026, 11, 29))
    assert "NEVER IN FORCE: none of its hours lies between its begin and its end" in " ".join(told.split())


@pytest.mark.parametrize(
    ("ordered", "words"),
    [
        ({"rule": "blue-zone"}, "rule blue-zone: limit 1.5 h; version ab12"),
        ({"rule": "none", "order": "market", "limit_s": 0.0}, "market, rule none: nobody may stand; version ab12"),
        ({"rule": None}, "by its own table: limit 1.5 h; version ab12"),
        ({"rule": None, "order": "fair", "limit_s": None}, "fair: no limit; version ab12"),
        ({"rule": "r", "limit_applies": False}, "rule r: no limit at this hour; version ab12"),
        ({"rule": "r", "limit_applies": None}, "rule r: not known before the clock is set; version ab12"),
    ],
)
def test_status_tells_what_is_ordered_of_a_bay(ordered: dict[str, Any], words: str) -> None:
    told = {"order": None, "limit_s": 5400.0, "limit_applies": True, "order_digest": "ab12", "place": None} | ordered
    (line,) = status_lines({"bays": {"b": {"state": "free", "ordered": told}}, "groups": []})
    assert line == f"{'bay':<8} {'b':<16} state free  ordered {words}"


def test_status_tells_how_people_call_a_bay() -> None:
    told = {"rule": None, "order": None, "limit_s": None, "limit_applies": True, "order_digest": "1", "place": None}
    (line,) = status_lines({"bays": {"b": {"ordered": told | {"place": {"label": "the baker's"}}}}, "groups": []})
    assert line.endswith("version 1  place the baker's")


@pytest.mark.parametrize(
    ("remark", "words"),
    [
        ("over", "OVER since 2026-09-01 00:00: it never holds again"),
        ("never", "NEVER IN FORCE: none of its hours lies between its begin and its end"),
        ("ends", "ends on 2026-09-01 00:00, within 14 days"),
        ("school_over", "are listed until 2026-09-01 00:00: whether school is held NOW is not known"),
        ("school_ends", "are listed until 2026-09-01 00:00, within 14 days: of days after that nothing is known"),
    ],
)
def test_status_tells_of_it_too(remark: str, words: str) -> None:
    order = {"rule": "r", "name": "free August", "remark": remark, "end": "2026-09-01 00:00"}
    (line,) = status_lines({"bays": {}, "groups": [], "orders": [order]})
    assert line.split() == ["rule", "r", *f"free August: {words}".split()]
