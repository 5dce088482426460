"""A day of bays as a picture: every bay and state is in it, at its place."""

import re
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from msgspec import structs

from agent.plot.svg import save
from agent.trades.parking.plot import picture
from agent.trades.parking.statistics import DayLog, DayReport, Place
from agent.trades.parking.statistics.day_log import MOST_CHANGES, Change, day_log
from agent.trades.parking.statistics.days import local_day

SVG = "{http://www.w3.org/2000/svg}"
TODAY = date(2026, 11, 25)
PLACE = Place("town", "pole-1", "Europe/Paris", {"bay-1": "market", "bay-2": "market", "bay-3": None})
BUSY = day_log(
    "free",
    False,
    [
        Change(6 * 3600, "arrived"),
        Change(8 * 3600, "overstay"),
        Change(9 * 3600, "left", 10_800),
        Change(9 * 3600 + 10, "arrived"),
        Change(12 * 3600, "unknown"),
    ],
)


def sheet(logs: dict[str, DayLog], day: date = TODAY, until_h: float = 30.0, place: Place = PLACE) -> DayReport:
    return DayReport(place, day, local_day(day, "Europe/Paris").begin_unix_s + until_h * 3600, logs)


def texts(drawn: str) -> list[str]:
    return ["".join(each.itertext()) for each in ElementTree.fromstring(drawn).iter(f"{SVG}text")]


def bars(drawn: str) -> list[tuple[str, float, float]]:
    """Fill, begin and end of the bars of bays."""
    found = ElementTree.fromstring(drawn).iter(f"{SVG}rect")
    rects = [each.attrib for each in found if each.get("height") == "15"]
    return [(each["fill"], float(each["x"]), float(each["x"]) + float(each["width"])) for each in rects]


def test_states_and_stays_stand_at_their_hours() -> None:
    drawn = bars(picture(sheet({"bay-1": BUSY})))
    (first, *_), unknown = drawn, [each for each in drawn if each[0] == "url(#unknown)"]
    whole = first[1], unknown[-1][2]
    at = [round((x - whole[0]) / (whole[1] - whole[0]) * 24, 1) for _, x, _ in drawn[:5]]
    assert at == [0.0, 6.0, 8.0, 9.0, 9.0]
    fills = [fill for fill, _, _ in drawn[:6]]
    assert fills[2] == "url(#overstay)"
    assert fills[1] == fills[4]
    assert fills[5] == "url(#unknown)", "and it stays unknown until midnight"
    assert drawn[5][2] == pytest.approx(whole[1])
    assert drawn[3][2] >= drawn[3][1]


def test_groups_and_their_figures_are_told() -> None:
    told = texts(picture(sheet({"bay-1": BUSY, "gone": DayLog("free")})))
    assert "town/pole-1: bays, Wednesday 25 November 2026" in told
    assert {"market: 2 bays", "bays without a group: 1 bay", "no longer in the configuration: 1 bay"} <= set(told)
    assert "occupied 50 % of the time that is known (75 % are not); beyond the limit: 1" in told
    assert "came 2, left 1; 1.0 vehicles a bay; stays: mean 3h, 9 of 10 within 3h" in told
    assert "nothing is known of this day" in told
    assert {"bay-1", "bay-2", "bay-3", "gone"} <= set(told)


def test_bays_and_groups_have_their_labels() -> None:
    place = structs.replace(PLACE, labels={"bay-1": "bakery", "market": "market square"})
    told = set(texts(picture(sheet({"bay-1": BUSY}, place=place))))
    assert {"market square: 2 bays", "bakery", "bay-2", "bay-3"} <= told
    assert "bay-1" not in told


@pytest.mark.parametrize(
    ("day", "twos", "words"),
    [(date(2026, 10, 25), 2, "a day of 25 hours: clocks go back"), (date(2026, 3, 29), 0, "a day of 23 hours")],
)
def test_the_axis_shows_what_clocks_show(day: date, twos: int, words: str) -> None:
    told = texts(picture(sheet({"bay-1": DayLog("free")}, day, place=Place("t", "p", "Europe/Paris", {"bay-1": None}))))
    assert told.count("2") == twos
    assert told.count("3") == 1
    assert words in told[1]
    assert "all bays: 1 bay" in told


def test_a_day_that_is_not_over_ends_now() -> None:
    drawn = picture(sheet({"bay-1": DayLog("occupied")}, until_h=12.5))
    assert "as it was at 12:30" in texts(drawn)[1]
    (_, begin, end), *_ = bars(drawn)
    (_, _, whole), *_ = bars(picture(sheet({"bay-1": DayLog("occupied")})))
    assert (end - begin) / (whole - begin) == pytest.approx(12.5 / 24, abs=0.001)


def test_a_sensor_that_flapped_has_a_footnote() -> None:
    log = day_log("free", False, [Change(at, "left" if at % 2 else "arrived") for at in range(MOST_CHANGES + 5)])
    told = texts(picture(sheet({"bay-2": log})))
    assert "bay-2*" in told
    assert any("its sensor must be faulty" in each for each in told)


def test_names_are_no_markup_and_fit() -> None:
    place = Place("a&b", "<p>", "Europe/Paris", {"x" * 48: None})
    told = texts(picture(sheet({}, place=place)))
    assert told[0].startswith("a&b/<p>: bays")
    assert max(len(each) for each in told if re.fullmatch("x+…x+", each)) == 14


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"write for example .*day\.svg"):
        save(tmp_path / "day.png", "")
    with pytest.raises(ValueError, match="No such file"):
        save(tmp_path / "none" / "day.svg", "")
