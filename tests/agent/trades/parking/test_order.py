"""The local order: what holds when, and how much of a stay counts."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.calendars import Day, WindowOptions
from agent.regulation.offences import OFFENCES
from agent.trades.parking import BayOptions, Order, RuleOptions, TemporaryOrder, order_of
from agent.trades.parking.options import BayCategory, Outside
from agent.trades.parking.order import applicable, next_change_s, parse_local, terms_at
from drivers.options import Seconds

PARIS = "Europe/Paris"
WEEK: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat")
HOURS = WindowOptions(days=WEEK, begin="09:00", end="19:00")
MARKET = TemporaryOrder(
    name="market", rule="no-parking", windows=(WindowOptions(days=("wed",), begin="05:00", end="15:00"),)
)
NO_PARKING = RuleOptions(category="no_parking", limit_s=Seconds(0), grace_s=Seconds(900))


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PARIS)).timestamp()


def blue(outside: Outside = "restart", *orders: TemporaryOrder, limit_s: float = 5400.0) -> Order:
    rule = RuleOptions(
        category="blue_zone", limit_s=Seconds(limit_s), windows=(HOURS,), outside=outside, holidays="fr", orders=orders
    )
    rules = {"blue": rule, "no-parking": NO_PARKING}
    return order_of(BayOptions(sensor="s", rule="blue"), rules, PARIS, "fr")


def counted_s(order: Order, entered: str, now: str) -> float | None:
    holds = applicable(order, at(entered), at(now))
    return None if holds is None else holds.counted_s


def test_a_bay_with_a_limit_of_its_own_needs_no_clock() -> None:
    own = order_of(BayOptions(sensor="s", category="loading", limit_s=Seconds(1800)), {}, PARIS, "fr")
    assert own.timeless
    assert (own.terms.category, own.terms.limit_s, own.terms.offence.article) == ("loading", 1800.0, "R417-10")
    assert not blue().timeless


def test_without_a_limit_nothing_is_claimed() -> None:
    own = order_of(BayOptions(sensor="s"), {}, PARIS, "fr")
    assert applicable(own, 0.0, 1e9) is None


def test_nobody_is_accused_outside_the_windows() -> None:
    for outside in ("restart", "pause", "run"):
        assert counted_s(blue(outside), "2026-11-25 10:00", "2026-11-25 19:00") is None
        assert counted_s(blue(outside), "2026-11-25 10:00", "2026-11-29 12:00") is None, "a Sunday"


@pytest.mark.parametrize(
    ("outside", "hours"),
    [("restart", 1.0), ("pause", 2.0), ("run", 16.0)],
)
def test_what_the_night_does_to_the_time_that_counts(outside: Outside, hours: float) -> None:
    assert counted_s(blue(outside), "2026-11-24 18:00", "2026-11-25 10:00") == hours * 3600


def test_a_holiday_is_jumped_over() -> None:
    assert counted_s(blue("pause"), "2027-07-13 18:00", "2027-07-15 09:30") == 5400.0


def test_the_night_on_which_clocks_change_is_as_long_as_it_is() -> None:
    rule = RuleOptions(category="general", limit_s=Seconds(86400.0 * 7))
    always = order_of(BayOptions(sensor="s", rule="week"), {"week": rule}, PARIS, "fr")
    assert counted_s(always, "2027-03-24 12:00", "2027-03-31 12:00") == 7 * 86400 - 3600
    night = RuleOptions(category="general", limit_s=Seconds(60), windows=(WindowOptions(begin="01:00", end="04:00"),))
    dark = order_of(BayOptions(sensor="s", rule="night"), {"night": night}, PARIS, "fr")
    assert counted_s(dark, "2027-03-28 00:00", "2027-03-28 03:59") == 2 * 3600 - 60


def test_a_market_takes_the_place_of_the_rule_and_counts_from_its_begin() -> None:
    order = blue("restart", MARKET)
    holds = applicable(order, at("2026-11-24 23:00"), at("2026-11-25 06:00"))
    assert holds is not None
    assert (holds.terms.category, holds.order, holds.counted_s) == ("no_parking", "market", 3600.0)
    assert holds.key == "no-parking: market"
    after = applicable(order, at("2026-11-25 14:30"), at("2026-11-25 15:30"))
    assert after is not None
    assert (after.order, after.counted_s) == (None, 1800.0), "the rule counts from the end of the market"


def test_time_under_a_temporary_order_does_not_count_for_a_rule_that_pauses_and_does_for_one_that_runs() -> None:
    works = TemporaryOrder(name="works", begin="2026-11-25 10:00", end="2026-11-25 12:00")
    assert counted_s(blue("pause", works), "2026-11-25 09:00", "2026-11-25 13:00") == 2 * 3600
    assert counted_s(blue("run", works), "2026-11-25 09:00", "2026-11-25 13:00") == 4 * 3600
    assert counted_s(blue("restart", works), "2026-11-25 09:00", "2026-11-25 13:00") == 3600
    assert counted_s(blue("pause", works), "2026-11-25 09:00", "2026-11-25 11:00") is None
    assert terms_at(blue("pause", works), at("2026-11-25 11:00")) is None


def test_the_first_temporary_order_that_holds_decides() -> None:
    snow = TemporaryOrder(name="snow", begin="2026-11-25 00:00", end="2026-11-26 00:00")
    assert terms_at(blue("run", snow, MARKET), at("2026-11-25 06:00")) is None
    terms = terms_at(blue("run", MARKET, snow), at("2026-11-25 06:00"))
    assert terms is not None and terms.category == "no_parking"


def test_what_changes_next() -> None:
    order = blue("restart", MARKET)
    assert next_change_s(order, at("2026-11-24 20:00")) == at("2026-11-25 05:00")
    assert next_change_s(order, at("2026-11-25 05:00")) == at("2026-11-25 09:00")
    assert next_change_s(order, at("2026-11-25 12:00")) == at("2026-11-25 15:00")
    own = order_of(BayOptions(sensor="s", limit_s=Seconds(60)), {}, PARIS, "fr")
    assert next_change_s(own, 0.0) is None


def test_the_articles_are_those_of_the_jurisdiction_unless_the_order_names_its_own() -> None:
    rule = RuleOptions(category="blue_zone", limit_s=Seconds(60), article="arrete 12/2026", fine_class=1)
    own = order_of(BayOptions(sensor="s", rule="r"), {"r": rule}, PARIS, "fr").terms.offence
    assert (own.article, own.fine_class) == ("arrete 12/2026", 1)
    assert (blue().terms.offence.article, blue().terms.offence.fine_class) == ("R417-3", 2)


def test_every_category_of_a_bay_is_in_the_table_of_offences() -> None:
    assert set(BayCategory.__args__) <= set(OFFENCES["fr"])  # type: ignore[attr-defined]


def test_a_date_with_a_time_is_local() -> None:
    assert parse_local("2026-12-24 06:00", PARIS) == at("2026-12-24 06:00")
    with pytest.raises(ValueError, match="no date with a time"):
        parse_local("2026-02-30 06:00", PARIS)
    with pytest.raises(ValueError, match="is not after"):
        blue("run", TemporaryOrder(name="x1", begin="2026-12-24 06:00", end="2026-12-24 06:00"))


START = at("2026-11-02 00:00")
OUTSIDE: st.SearchStrategy[Outside] = st.sampled_from(["restart", "pause", "run"])


@given(OUTSIDE, st.booleans(), st.integers(0, 40 * 96), st.integers(0, 8 * 96))
def test_what_counts_is_never_longer_than_the_stay_and_is_what_looking_every_quarter_finds(
    outside: Outside, market: bool, entered: int, length: int
) -> None:
    order = blue(outside, *([MARKET] if market else []))
    entered_s = START + 900.0 * entered
    now_s = entered_s + 900.0 * length
    holds = applicable(order, entered_s, now_s)
    if holds is None:
        assert terms_at(order, now_s) is None or not HOURS_OPEN.terms.windows.open_at(now_s)
        return
    assert 0.0 <= holds.counted_s <= now_s - entered_s
    if outside == "pause" and holds.order is None:
        looks = [entered_s + 900.0 * at for at in range(length)]
        counted = [
            each for each in looks if (found := applicable(order, each, each)) is not None and found.order is None
        ]
        assert holds.counted_s == 900.0 * len(counted)


HOURS_OPEN = blue()
