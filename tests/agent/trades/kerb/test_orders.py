"""Hours of a zone of its own that are over, never open or end soon, as check and status tell them."""

from datetime import date
from pathlib import Path

import pytest

from agent.cli.check import table
from agent.configuration import examine
from agent.trades.kerb.technician import status_lines

POLE = """
[pole]
id = "p"
site = "s"
latitude = 45.7
longitude = 4.8
timezone = "Europe/Paris"
[uplink]
host = "127.0.0.1"
[camera.c]
source = "clip.mp4"
[zone.z]
camera = "c"
category = "loading"
windows = [{ from = "08:00", to = "12:00", first_day = "2026-06-01", last_day = "2026-08-31" }]
polygon = [[0, 0], [100, 0], [100, 100]]
[zone.by-rule]
camera = "c"
rule = "r"
polygon = [[200, 0], [300, 0], [300, 100]]
[rule.r]
category = "loading"
"""


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 7, 1), ""),
        (date(2026, 8, 25), "windows: ends on 2026-08-31 12:00, within 14 days"),
        (date(2027, 8, 1), "windows: OVER since 2026-08-31 12:00: it never holds again"),
    ],
)
def test_check_tells_of_hours_of_a_zone_that_are_over_or_end_soon(tmp_path: Path, today: date, words: str) -> None:
    file = tmp_path / "c.toml"
    file.write_text(POLE)
    told = [" ".join(line.split()) for line in table(examine(file).config, (), today).splitlines()]
    assert [line for line in told if line.startswith("windows")] == [words] * bool(words)


def test_check_tells_of_hours_of_a_zone_that_no_day_has(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(
        POLE.replace('first_day = "2026-06-01", last_day = "2026-08-31"', "months = [2], month_days = [30]")
    )
    told = " ".join(table(examine(file).config, (), date(2026, 7, 1)).split())
    assert "windows: NEVER OPEN: no day of the next nine years is one of these" in told


def test_status_tells_of_it_too() -> None:
    hours = {"rule": "z", "name": "windows", "remark": "over", "end": "2026-08-31 12:00"}
    answer = {"kerb": {"mode": "statistics"}, "zones": {}, "zone_hours": [hours]}
    *_, line = status_lines(answer)
    assert line.split() == [
        "zone",
        "z",
        *["windows:", "OVER", "since", "2026-08-31", "12:00:", "it", "never", "holds", "again"],
    ]


@pytest.mark.parametrize(
    ("zones", "mode", "shown"), [({}, "statistics", False), ({}, "alert", True), ({"z": {}}, "statistics", True)]
)
def test_the_mode_is_told_where_it_is_of_use(zones: dict[str, dict[str, str]], mode: str, shown: bool) -> None:
    lines = list(status_lines({"kerb": {"mode": mode}, "zones": zones and {"z": {"state": "unknown"}}}))
    assert any(each.split()[:2] == ["kerb", mode] for each in lines) == shown
