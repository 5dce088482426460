"""The public limits: each as the directive's annex has it, with its source and the day of reading."""

from datetime import date
from typing import get_args

import pytest

from agent.trades.sensing.event_types import Pollutant
from agent.trades.sensing.limits import Kind, Over, limits


def test_every_limit_has_its_source_and_day_of_reading() -> None:
    found = limits()
    assert found.title == "Directive (EU) 2024/2881, Annex I"
    assert found.read >= date(2026, 11, 30)
    assert all(each.url.startswith("http") for each in found.source)
    assert {each.pollutant for each in found.limit} == set(get_args(Pollutant))


@pytest.mark.parametrize(
    ("pollutant", "kind", "over", "wanted"),
    [
        ("PM2.5", "limit", "day", [(25, 18, 2030, None)]),
        ("PM2.5", "limit", "year", [(10, None, 2030, None), (25, None, 2026, 2030)]),
        ("PM10", "limit", "day", [(45, 18, 2030, None), (50, 35, 2026, 2030)]),
        ("PM10", "limit", "year", [(20, None, 2030, None), (40, None, 2026, 2030)]),
        ("NO2", "limit", "hour", [(200, 3, 2030, None), (200, 18, 2026, 2030)]),
        ("NO2", "limit", "day", [(50, 18, 2030, None)]),
        ("SO2", "limit", "day", [(50, 18, 2030, None), (125, 3, 2026, 2030)]),
        ("SO2", "limit", "hour", [(350, 3, 2030, None), (350, 24, 2026, 2030)]),
        ("CO", "limit", "day", [(4, 18, 2030, None)]),
        ("CO", "limit", "8h", [(10, None, 2026, None)]),
        ("O3", "target", "8h", [(120, 18, None, None)]),
        ("O3", "information", "hour", [(180, None, None, None)]),
        ("O3", "alert", "hour", [(240, None, None, None)]),
        ("NO2", "information", "hour", [(150, None, None, None)]),
        ("SO2", "information", "hour", [(275, None, None, None)]),
        ("PM2.5", "information", "day", [(50, None, None, None)]),
        ("PM10", "information", "day", [(90, None, None, None)]),
    ],
)
def test_a_limit_is_that_of_the_annex(
    pollutant: Pollutant, kind: Kind, over: Over, wanted: list[tuple[float, int | None, int | None, int | None]]
) -> None:
    found = limits().of(pollutant, kind, over)
    years = [(each.met_by and each.met_by.year, each.until and each.until.year) for each in found]
    assert [(each.value, each.allowed, *both) for each, both in zip(found, years, strict=True)] == wanted


def test_carbon_monoxide_is_in_milligrams() -> None:
    assert {(each.pollutant == "CO", each.unit) for each in limits().limit} == {(True, "mg/m3"), (False, "ug/m3")}
