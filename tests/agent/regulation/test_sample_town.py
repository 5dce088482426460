"""The rules of a real town, as the sample file shows them: what holds when, on days that a town clerk would ask of."""

import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.configuration import examine
from agent.regulation import Offence, Order, holding, order_of, remarkable, table
from agent.trades.parking.options import BayOptions
from agent.trades.parking.tables import ParkingTables

CONFIG = Path(__file__).parents[3] / "config"
PARIS = "Europe/Paris"


@cache
def tables() -> ParkingTables:
    return examine(CONFIG / "samples" / "parking-bays.toml").config.of(ParkingTables)


def order(rule: str) -> Order:
    return order_of(BayOptions(sensor="s", rule=rule), tables().rule, PARIS, "fr")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PARIS)).timestamp()


def told(rule: str, moment: str) -> str:
    """What holds: the order or the rule, its limit in minutes, and whether the hours of that are open."""
    found = holding(order(rule), at(moment))
    if found.terms is None:
        return f"{found.order}: free"
    limit = found.terms.limit_s or 0.0
    return f"{found.order or found.terms.rule}: {limit / 60:g}" if found.is_open else "free"


@pytest.mark.parametrize(
    ("rule", "moment", "expected"),
    [
        ("blue-zone", "2026-11-30 11:59", "blue-zone: 90"),
        ("blue-zone", "2026-11-30 12:00", "free"),
        ("blue-zone", "2026-11-30 14:00", "blue-zone: 90"),
        ("blue-zone", "2026-11-29 10:00", "free"),
        ("blue-zone", "2026-11-11 10:00", "free"),
        ("blue-zone", "2026-12-01 19:59", "free"),
        ("blue-zone", "2026-12-01 20:00", "market: 0"),
        ("blue-zone", "2026-12-02 13:59", "market: 0"),
        ("blue-zone", "2026-12-02 14:00", "blue-zone: 90"),
        ("blue-zone", "2027-04-04 06:00", "flea market: 0"),
        ("blue-zone", "2027-04-11 06:00", "free"),
        ("blue-zone", "2027-08-09 10:00", "weeks free of charge: free"),
        ("blue-zone", "2027-08-14 10:00", "market: 0"),
        ("blue-zone", "2026-12-21 10:00", "weeks free of charge: free"),
        ("loading", "2026-11-30 16:59", "loading: 30"),
        ("loading", "2026-11-30 17:00", "free"),
        ("school-street", "2026-11-30 08:30", "school-street: 0"),
        ("school-street", "2026-12-02 08:30", "free"),
        ("school-street", "2026-12-21 08:30", "free"),
        ("school-street", "2027-05-06 08:30", "free"),
        ("school-street", "2027-09-02 08:30", "free"),
        ("odd-side", "2026-12-15 20:59", "free"),
        ("odd-side", "2026-12-15 21:00", "odd-side: 0"),
        ("even-side", "2026-12-15 20:29", "even-side: 0"),
        ("even-side", "2026-12-15 20:30", "free"),
        ("disabled", "2026-12-25 03:00", "disabled: 1440"),
        ("ev-charging", "2026-12-25 20:59", "ev-charging: 240"),
        ("ev-charging", "2026-12-25 21:00", "free"),
        ("plough", "2026-12-01 03:00", "winter service: 0"),
        ("plough", "2027-03-16 03:00", "plough: 10080"),
    ],
)
def test_what_holds_when(rule: str, moment: str, expected: str) -> None:
    assert told(rule, moment) == expected


@pytest.mark.parametrize(
    ("rule", "article"),
    [
        ("blue-zone", "R417-3"),
        ("loading", "R417-12"),
        ("school-street", "R417-6"),
        ("odd-side", "R417-2"),
        ("disabled", "R417-12"),
        ("ev-charging", "R417-12"),
        ("snow", "R417-6"),
        ("bus-stop", "R417-10"),
        ("seven-days", "R417-12"),
    ],
)
def test_what_its_breach_is_called(rule: str, article: str) -> None:
    offence = order(rule).terms.offence
    assert (offence.article, offence.fine_class, offence.law) == (article, 2, "Code de la route")


def test_no_rule_of_it_is_told_as_an_offence_of_the_fourth_class() -> None:
    """Nobody in it may only drive where others stand: each of its places is kept for somebody, or limited in time."""
    assert {name: order(name).terms.offence.fine_class for name in tables().rule} == dict.fromkeys(tables().rule, 2)


def test_the_bus_stop_of_the_sample_zone_is_no_bus_lane() -> None:
    zone = tomllib.loads((CONFIG / "lamppost.toml").read_text(encoding="utf-8"))["zone"]["bus-stop"]
    assert table("fr").category[zone["category"]].of(120.0) == Offence("R417-10", 2)


def test_nothing_of_it_is_over_or_never_comes_into_force() -> None:
    for name, rule in tables().rule.items():
        assert list(remarkable(name, rule, PARIS, at("2026-11-29 12:00"))) == []
