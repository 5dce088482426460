"""The local order: what holds when, and how much of a stay counts."""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agent.calendars import Day, WindowOptions
from agent.regulation import (
    BayCategory,
    Order,
    Outside,
    RuleOptions,
    TemporaryOrder,
    applicable,
    bounds,
    grants_of,
    holding,
    next_change_s,
    order_of,
    table,
    terms_at,
)
from agent.regulation.order import Span
from agent.trades.parking.options import BayOptions
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
    assert (own.terms.category, own.terms.limit_s, own.terms.offence.article) == ("loading", 1800.0, "R417-12")
    assert not blue().timeless


def test_without_a_limit_nothing_applies() -> None:
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


def test_where_no_temporary_order_holds_the_rule_does_be_its_hours_open_or_not() -> None:
    order = blue("run", MARKET)
    for when in ("2026-11-25 04:59", "2026-11-25 15:00", "2026-11-25 23:00"):
        assert terms_at(order, at(when)) is order.terms


def test_an_order_of_whole_days_in_a_row_counts_from_its_begin_and_not_since_yesterday() -> None:
    week = TemporaryOrder(name="fair", rule="no-parking", windows=(WindowOptions(first_day="11-20", last_day="11-29"),))
    holds = applicable(blue("run", week), at("2026-11-18 12:00"), at("2026-11-25 12:00"))
    assert holds is not None and (holds.order, holds.counted_s) == ("fair", 5.5 * 86400)
    later = applicable(blue("run", week), at("2026-11-22 06:00"), at("2026-11-25 12:00"))
    assert later is not None and later.counted_s == 3.25 * 86400


SEASONS = st.sampled_from(
    [
        WindowOptions(first_day="11-20", last_day="11-29"),
        WindowOptions(side="odd"),
        WindowOptions(side="even"),
        WindowOptions(dates="odd", begin="22:00", end="06:00"),
        WindowOptions(days=("wed", "sat"), eve=True, begin="20:00", end="14:00"),
        WindowOptions(days=("sun",), nth=(-1,)),
        WindowOptions(months=(11,), begin="00:00", end="23:59"),
    ]
)
"""Hours of one minute to months."""


@given(SEASONS, SEASONS, st.integers(0, 20 * 1440), st.integers(1, 4000))
def test_what_counts_under_orders_of_any_hours_is_what_counting_minutes_finds(
    first: WindowOptions, second: WindowOptions, entered_min: int, stood_min: int
) -> None:
    orders = (
        TemporaryOrder(name="first", rule="no-parking", windows=(first,)),
        TemporaryOrder(name="second", windows=(second,)),
    )
    order = blue("pause", *orders)
    entered_s = at("2027-03-14 00:00") + 60 * entered_min
    now_s = entered_s + 60 * stood_min
    names = [holding(order, entered_s + 60 * minute).order for minute in range(stood_min + 1)]
    holds = applicable(order, entered_s, now_s)
    if names[-1] == "second":
        assert holds is None
    elif names[-1] == "first":
        of_first = [minute for minute in range(stood_min) if orders_hold(order, 0, entered_s + 60 * minute)]
        in_a_row = 0
        while in_a_row < len(of_first) and of_first[-1 - in_a_row] == stood_min - 1 - in_a_row:
            in_a_row += 1
        assert holds is not None and holds.counted_s == 60 * in_a_row
    elif holds is not None:
        open_min = [
            name is None and order.terms.windows.open_at(entered_s + 60 * minute)
            for minute, name in enumerate(names[:-1])
        ]
        assert holds.counted_s == 60 * sum(open_min)


def orders_hold(order: Order, which: int, at_s: float) -> bool:
    return order.temporary[which].holds(at_s)


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
    assert set(BayCategory.__args__) <= set(table("fr").category)  # type: ignore[attr-defined]


def test_a_temporary_order_that_ends_before_it_begins_is_none() -> None:
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


def ordered(
    name: str, rule: str | None, begin: str | None = None, end: str | None = None, *hours: str
) -> TemporaryOrder:
    """Builds an order with hours of every day, "HH:MM-HH:MM"."""
    windows = tuple(WindowOptions(begin=each[:5], end=each[6:]) for each in hours)
    return TemporaryOrder(name=name, rule=rule, begin=begin, end=end, windows=windows)


def key(order: Order, entered: str, now: str) -> str | None:
    holds = applicable(order, at(entered), at(now))
    return None if holds is None else holds.key


def test_a_temporary_order_holds_from_its_begin_to_just_before_its_end() -> None:
    order = blue("run", ordered("works", "no-parking", "2026-11-25 10:00", "2026-11-25 12:00"))
    seen = [key(order, "2026-11-25 09:30", f"2026-11-25 {hour}") for hour in ("09:59", "10:00", "11:59", "12:00")]
    assert seen == ["blue", "no-parking: works", "no-parking: works", "blue"]
    assert terms_at(order, at("2026-11-25 10:00")) != terms_at(order, at("2026-11-25 12:00"))


def test_the_hours_of_a_temporary_order_hold_from_their_begin_to_just_before_their_end() -> None:
    order = blue("run", ordered("works", "no-parking", None, None, "10:00-12:00", "14:00-15:00"))
    for hour, holds in (("09:59", 0), ("10:00", 1), ("11:59", 1), ("12:00", 0), ("14:00", 1), ("15:00", 0)):
        expected = "no-parking: works" if holds else "blue"
        assert key(order, "2026-11-25 09:30", f"2026-11-25 {hour}") == expected


def test_time_under_a_temporary_order_counts_from_its_begin_its_hours_or_the_entry_whichever_is_last() -> None:
    begun = blue("run", ordered("works", "no-parking", "2026-11-25 10:30", None, "10:00-18:00"))
    assert counted_s(begun, "2026-11-25 09:00", "2026-11-25 11:00") == 1800.0, "the order had not begun"
    assert counted_s(begun, "2026-11-25 10:45", "2026-11-25 11:00") == 900.0
    assert counted_s(begun, "2026-11-25 11:00", "2026-11-26 11:00") == 3600.0, "its hours of that day"
    whole = blue("run", ordered("works", "no-parking", "2026-11-25 10:30", "2026-11-27 10:30"))
    assert counted_s(whole, "2026-11-25 09:00", "2026-11-26 10:30") == 86400.0
    endless = blue("run", ordered("works", "no-parking"))
    assert counted_s(endless, "2026-11-25 09:00", "2026-11-25 11:00") == 7200.0


@pytest.mark.parametrize(("outside", "counted"), [("pause", 3.0), ("restart", 1.0), ("run", 5.0)])
def test_several_temporary_orders_that_overlap_are_taken_from_the_rule_once(outside: Outside, counted: float) -> None:
    orders = (
        ordered("later", "no-parking", "2026-11-25 11:00", "2026-11-25 13:00"),
        ordered("first", "no-parking", "2026-11-25 11:00", "2026-11-25 12:30"),
    )
    order = blue(outside, *orders)
    assert counted_s(order, "2026-11-25 09:00", "2026-11-25 14:00") == counted * 3600.0


def test_a_temporary_order_that_begins_with_the_stay_or_ends_with_it_leaves_no_empty_time() -> None:
    order = blue("restart", ordered("works", "no-parking", "2026-11-25 09:00", "2026-11-25 10:00"))
    assert counted_s(order, "2026-11-25 09:00", "2026-11-25 10:00") == 0.0
    assert counted_s(order, "2026-11-25 09:00", "2026-11-25 10:01") == 60.0


def test_at_the_moment_at_which_the_hours_begin_nothing_has_counted_yet() -> None:
    for outside in ("restart", "pause"):
        assert counted_s(blue(outside), "2026-11-25 08:00", "2026-11-25 09:00") == 0.0
        assert counted_s(blue(outside), "2026-11-25 08:00", "2026-11-25 09:01") == 60.0
    assert counted_s(blue("run"), "2026-11-25 08:00", "2026-11-25 09:00") == 3600.0


def test_a_stay_that_begins_now_has_counted_nothing() -> None:
    for outside in ("restart", "pause", "run"):
        assert counted_s(blue(outside), "2026-11-25 10:00", "2026-11-25 10:00") == 0.0


def test_what_changes_next_are_begin_and_end_of_a_temporary_order_too() -> None:
    order = blue("run", ordered("works", None, "2026-11-25 10:00", "2026-11-25 12:00"))
    changes = ["2026-11-25 09:00", "2026-11-25 10:00", "2026-11-25 12:00", "2026-11-25 19:00"]
    found, now_s = [], at("2026-11-25 08:59")
    for _ in changes:
        next_s = next_change_s(order, now_s)
        assert next_s is not None
        found.append(next_s)
        now_s = next_s
    assert found == [at(each) for each in changes]
    always = RuleOptions(category="general", limit_s=Seconds(60), orders=(ordered("works", None, "2026-11-25 10:00"),))
    open_end = order_of(BayOptions(sensor="s", rule="r"), {"r": always}, PARIS, "fr")
    assert next_change_s(open_end, at("2026-11-25 09:00")) == at("2026-11-25 10:00")
    assert next_change_s(open_end, at("2026-11-25 10:00")) is None


def test_the_hours_of_a_rule_that_a_temporary_order_brings_change_it_too() -> None:
    hours = RuleOptions(category="loading", limit_s=Seconds(60), windows=(WindowOptions(begin="06:00", end="07:00"),))
    rules = {"r": RuleOptions(category="general", orders=(ordered("fair", "loading"),)), "loading": hours}
    order = order_of(BayOptions(sensor="s", rule="r"), rules, PARIS, "fr")
    assert next_change_s(order, at("2026-11-25 05:00")) == at("2026-11-25 06:00")
    assert key(order, "2026-11-25 05:00", "2026-11-25 06:30") == "loading: fair"
    assert key(order, "2026-11-25 05:00", "2026-11-25 07:00") is None, "the fair holds, and its rule does not"


def test_only_a_bay_with_neither_hours_nor_temporary_orders_needs_no_clock() -> None:
    plain, hours = RuleOptions(category="general"), RuleOptions(category="general", windows=(HOURS,))
    for rule, timeless in (
        (plain, True),
        (hours, False),
        (structs.replace(plain, orders=(ordered("fair", None),)), False),
        (structs.replace(hours, orders=(ordered("fair", None),)), False),
    ):
        assert order_of(BayOptions(sensor="s", rule="r"), {"r": rule}, PARIS, "fr").timeless is timeless


def test_the_shortest_limit_passes_over_orders_that_have_none() -> None:
    rules = {
        "r": RuleOptions(
            category="general",
            limit_s=Seconds(100),
            orders=(ordered("none", None), ordered("free", "free"), ordered("fair", "short"), ordered("long", "long")),
        ),
        "free": RuleOptions(category="general"),
        "short": RuleOptions(category="general", limit_s=Seconds(50)),
        "long": RuleOptions(category="general", limit_s=Seconds(500)),
    }
    assert order_of(BayOptions(sensor="s", rule="r"), rules, PARIS, "fr").shortest_limit_s == 50.0


def test_tags_are_exempt_by_any_of_the_rules_in_capitals_or_small_letters() -> None:
    rules = {
        "r": RuleOptions(
            category="general", exempt_tags=("aB1",), orders=(ordered("none", None), ordered("f", "fair"))
        ),
        "fair": RuleOptions(category="general", exempt_tags=("AB1", "cd2")),
    }
    order = order_of(BayOptions(sensor="s", rule="r"), rules, PARIS, "fr")
    assert grants_of(order, "ab1") == {"r", "fair"}
    assert grants_of(order, "CD2") == {"fair"}
    assert grants_of(order, "ef3") == frozenset()


@pytest.mark.parametrize(("article", "fine_class"), [("arrete 12/2026", None), (None, 3), ("arrete 12/2026", 3)])
def test_an_order_that_names_an_article_or_a_class_is_told_by_that_alone(
    article: str | None, fine_class: int | None
) -> None:
    rule = RuleOptions(category="blue_zone", article=article, fine_class=fine_class)
    own = order_of(BayOptions(sensor="s", rule="r"), {"r": rule}, PARIS, "fr").terms.offence
    assert (own.article, own.fine_class) == (article, fine_class)


@pytest.mark.parametrize(
    ("begin", "end", "span"),
    [
        (None, None, (-math.inf, math.inf)),
        ("2026-11-25 10:00", None, (at("2026-11-25 10:00"), math.inf)),
        (None, "2026-11-25 10:00", (-math.inf, at("2026-11-25 10:00"))),
        ("2026-11-25 10:00", "2026-11-25 10:01", (at("2026-11-25 10:00"), at("2026-11-25 10:01"))),
    ],
)
def test_a_temporary_order_may_have_no_begin_or_no_end(begin: str | None, end: str | None, span: Span) -> None:
    assert bounds(ordered("works", None, begin, end), PARIS) == span
