"""The sun against JPL's ephemeris, over 14 months, from the equator to beyond the polar circle.

sun_table.txt was made by skyfield 1.55 with DE421: `almanac.find_risings` and `find_settings` of the sun's centre as
seen from sea level on WGS84, at -0.8333, -6, -12 and -18 degrees without refraction, from 1 November 2026 to 31
December 2027. The places are Paris, Lille, Saint-Denis of La Réunion, Quito, Auckland and Tromsø.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path

import pytest
from msgspec import Struct, convert

from agent.trades.lighting.plan.sun import ELEVATION_DEGREES, MORNING, Sky, SunEvent, crossing

TABLE = Path(__file__).parent / "sun_table.txt"
BEGIN, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
DAY_S = 86400
NEAR_S = 5.0


class Series(Struct, frozen=True):
    """Every event of one kind at one place, unix seconds."""

    latitude: float
    longitude: float
    event: SunEvent
    times_s: list[int]


def series() -> list[Series]:
    rows = [line.split() for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    return [
        Series(float(north), float(east), convert(event, SunEvent), [
            second + number * DAY_S for number, second in enumerate(accumulate(map(int, (first, *steps))))
        ])
        for north, east, event, first, *steps in rows
    ]  # fmt: skip


@pytest.mark.parametrize("known", series(), ids=lambda known: f"{known.latitude:g} {known.event}")
def test_each_event_of_14_months_is_found_to_5_s_and_none_is_invented(known: Series) -> None:
    days = (BEGIN.date() + timedelta(days=number) for number in range(-2, (END - BEGIN).days + 2))
    found = [crossing(known.event, day, known.latitude, known.longitude) for day in days]
    times_s = [each.at.timestamp() for each in found if each.sky is Sky.CROSSES and BEGIN <= each.at < END]
    assert len(times_s) == len(known.times_s)
    assert max(abs(one - other) for one, other in zip(times_s, known.times_s, strict=True)) <= NEAR_S


def test_at_the_polar_circle_the_sun_stays_where_it_is() -> None:
    for month, stays in ((1, Sky.STAYS_BELOW), (6, Sky.STAYS_ABOVE)):
        found = crossing("sunset", date(2027, month, 5), 69.6492, 18.9553)
        assert found.sky is stays
    assert crossing("dusk", date(2027, 1, 5), 69.6492, 18.9553).sky is Sky.CROSSES


@pytest.mark.parametrize("latitude", [-90.0, 90.0])
def test_at_the_poles_the_sun_is_up_for_half_a_year(latitude: float) -> None:
    days = [date(2027, 1, 1) + timedelta(days=number) for number in range(365)]
    up = sum(crossing("sunrise", day, latitude, 0.0).sky is Sky.STAYS_ABOVE for day in days)
    assert 175 <= up <= 192


def test_each_event_has_its_elevation_and_its_side_of_noon() -> None:
    for event in ELEVATION_DEGREES:
        at = crossing(event, date(2027, 3, 20), 48.8566, 2.3522).at
        assert (at < datetime(2027, 3, 20, 12, tzinfo=UTC)) == (event in MORNING)
