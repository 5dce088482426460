"""Hours, nights, days and months, on days of 23 and 25 hours as well."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from agent.aggregation.periods import PERIODS, Borders, Period, Span, Stretch, Sum, add, crosses

PARIS = Borders("Europe/Paris")
TARIFF = Borders("Europe/Paris", (22 * 60, 6 * 60))


def local(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris")).timestamp()


@pytest.mark.parametrize(
    ("day", "hours"), [("2027-03-28", 23), ("2027-10-31", 25), ("2027-06-15", 24)], ids=["spring", "autumn", "june"]
)
def test_a_day_lies_between_two_local_midnights(day: str, hours: int) -> None:
    span = PARIS.span("day", local(f"{day} 12:00"))
    assert span == Span(local(f"{day} 00:00"), local(f"{day} 00:00") + hours * 3600)


def test_an_hour_is_one_of_utc() -> None:
    moment = datetime(2027, 10, 31, 0, 59, 59, tzinfo=UTC).timestamp()
    assert PARIS.span("hour", moment) == Span(moment - 3599, moment + 1)


def test_a_night_is_from_noon_to_noon_or_as_it_is_set() -> None:
    assert PARIS.span("night", local("2027-06-15 03:00")) == (local("2027-06-14 12:00"), local("2027-06-15 12:00"))
    assert TARIFF.span("night", local("2027-06-15 03:00")) == (local("2027-06-14 22:00"), local("2027-06-15 06:00"))


def test_by_day_the_night_is_the_one_that_comes() -> None:
    assert TARIFF.span("night", local("2027-06-15 12:00")) == (local("2027-06-15 22:00"), local("2027-06-16 06:00"))


def test_months_follow_one_another() -> None:
    span = PARIS.span("month", local("2028-02-29 23:59"))
    assert span == (local("2028-02-01 00:00"), local("2028-03-01 00:00"))


def test_spans_of_a_year_leave_nothing_out() -> None:
    for period in ("hour", "day", "month", "night"):
        at_s = local("2027-01-01 13:00")
        while at_s < local("2028-01-02 00:00"):
            span = PARIS.span(period, at_s)
            assert span.begin_s <= at_s < span.end_s
            at_s = span.end_s


def readings(seed: int) -> Iterator[Stretch]:
    """A week over the change of the clocks, read each minute, with silences."""
    random, at_s, end_s = Random(seed), local("2027-10-28 07:31"), local("2027-11-04 02:17")
    while at_s < end_s:
        step_s = random.choice([60.0] * 60 + [random.uniform(300, 30_000)])
        yield Stretch(at_s, at_s + step_s, round(random.uniform(0, 0.2) * step_s / 60, 6), gap=step_s > 180)
        at_s += step_s


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("borders", [PARIS, TARIFF], ids=["noon", "tariff"])
def test_sums_equal_a_brute_force_reckoning(seed: int, borders: Borders) -> None:
    stretches = list(readings(seed))
    sums: dict[Period, Sum] = {}
    ended: list[tuple[Period, Sum]] = []
    for stretch in stretches:
        sums, more = add(sums, borders.span, stretch)
        ended += more
    ended += sums.items()
    assert len({(period, one.begin_s) for period, one in ended}) == len(ended)
    for _, one in ended:
        amount, known_s = brute_force(stretches, one)
        assert (one.amount, one.known_s) == (pytest.approx(amount), pytest.approx(known_s))
    assert {period for period, _ in ended} == set(PERIODS)


def brute_force(stretches: list[Stretch], one: Sum) -> tuple[float, float]:
    """Stretch by stretch: the whole of a gap or nothing, and the share of others."""
    amount = known_s = 0.0
    for stretch in stretches:
        part_s = min(stretch.end_s, one.end_s) - max(stretch.begin_s, one.begin_s)
        inside = stretch.begin_s >= one.begin_s and stretch.end_s <= one.end_s
        if part_s > 0 and (inside or not stretch.gap):
            amount += stretch.amount * part_s / (stretch.end_s - stretch.begin_s)
            known_s += part_s
    return amount, known_s


def test_everything_is_in_a_day_or_in_a_gap_that_is_told() -> None:
    stretches = list(readings(7))
    sums: dict[Period, Sum] = {}
    days = gaps = 0.0
    for stretch in stretches:
        before = sums.get("day")
        sums, ended = add(sums, PARIS.span, stretch)
        days += sum(one.amount for period, one in ended if period == "day")
        over_midnight = before is not None and stretch.gap and stretch.begin_s < before.end_s < stretch.end_s
        assert not over_midnight or crosses(ended, stretch)
        gaps += stretch.amount if over_midnight else 0.0
    assert days + gaps + sums["day"].amount == pytest.approx(sum(each.amount for each in stretches))


def test_of_hours_that_lie_in_a_gap_nothing_is_told() -> None:
    begin_s = local("2027-06-15 10:10")
    sums, _ = add({}, PARIS.span, Stretch(begin_s, begin_s + 60, 0.1))
    sums, ended = add(sums, PARIS.span, Stretch(begin_s + 60, begin_s + 5 * 3600, 3.0, gap=True))
    assert [(period, one.amount, one.known_s) for period, one in ended] == [("hour", 0.1, 60.0), ("night", 0.1, 60.0)]
    assert sums["day"].amount == pytest.approx(3.1)


def test_what_is_short_is_split_where_a_period_ends() -> None:
    hour_s = local("2027-06-15 10:00")
    sums, ended = add({}, PARIS.span, Stretch(hour_s - 15, hour_s + 45, 0.4))
    assert [(period, round(one.amount, 6)) for period, one in ended] == [("hour", 0.1)]
    assert sums["hour"].amount == pytest.approx(0.3)


def test_periods_end_in_their_order() -> None:
    midnight_s = local("2027-07-01 00:00")
    _, ended = add({}, PARIS.span, Stretch(midnight_s - 30, midnight_s + 30, 0.4))
    assert [period for period, _ in ended] == ["hour", "day", "month"]
    assert all(one.end_s <= other.end_s for (_, one), (_, other) in pairwise(ended))
