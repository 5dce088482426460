"""Orders that somebody should look at, as `lamppost check` and `lamppost status` tell them."""

from datetime import date
from pathlib import Path

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


@pytest.mark.parametrize(
    ("remark", "words"),
    [
        ("over", "OVER since 2026-09-01 00:00: it never holds again"),
        ("never", "NEVER IN FORCE: none of its hours lies between its begin and its end"),
        ("ends", "ends on 2026-09-01 00:00, within 14 days"),
    ],
)
def test_status_tells_of_it_too(remark: str, words: str) -> None:
    order = {"rule": "r", "name": "free August", "remark": remark, "end": "2026-09-01 00:00"}
    (line,) = status_lines({"bays": {}, "groups": [], "orders": [order]})
    assert line.split() == ["rule", "r", *f"free August: {words}".split()]
