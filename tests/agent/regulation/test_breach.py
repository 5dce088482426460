"""What of a stay may be held against a vehicle, and how far that is to be reported."""

from typing import Any

import pytest

from agent.calendars import WindowOptions
from agent.regulation import (
    Applicable,
    Order,
    RuleOptions,
    Stage,
    Standing,
    TemporaryOrder,
    breaches,
    held_against,
    left_s,
    order_of,
)
from drivers.options import Options, Seconds

LIMIT_S, GRACE_S = 600.0, 300.0
NOON_S = 1_800_014_400.0
"""Friday, 15 January 2027, 13:00 in Paris."""


class Kerb(Options, frozen=True):
    """The least that a place has to say of itself."""

    rule: str | None = "r"
    own_rule: RuleOptions = RuleOptions(category="general")


def order(**rule: Any) -> Order:
    given = {"category": "loading", "limit_s": Seconds(LIMIT_S), "grace_s": Seconds(GRACE_S)} | rule
    rules = {"r": RuleOptions(**given), "none": RuleOptions(category="no_parking", limit_s=Seconds(0))}
    return order_of(Kerb(), rules, "Europe/Paris", "fr")


def standing(seen_s: float, clock: bool = True, **more: Any) -> Standing:
    return Standing(seen_s, NOON_S, NOON_S - seen_s if clock else None, **more)


def applies(of: Order, to: Standing) -> Applicable:
    holds = held_against(of, to)
    assert holds is not None
    return holds


ALL_DAY = (WindowOptions(),)


@pytest.mark.parametrize(
    ("counted_s", "reported", "stages", "left"),
    [
        (599.0, "", [], 1.0),
        (600.0, "", ["limit"], 0.0),
        (899.0, "", ["limit"], 0.0),
        (900.0, "", ["limit", "grace"], 0.0),
        (700.0, "limit", [], 200.0),
        (900.0, "limit", ["grace"], 0.0),
        (5000.0, "grace", [], None),
    ],
)
def test_each_stage_is_reported_once_when_as_much_counts(
    counted_s: float, reported: Stage, stages: list[Stage], left: float | None
) -> None:
    holds = applies(order(), standing(counted_s))
    known = {holds.key: reported} if reported else {}
    assert [breach.stage for breach in breaches(holds, known)] == stages
    assert left_s(holds, known) == left


def test_a_breach_says_how_much_had_to_count() -> None:
    holds = applies(order(), standing(5000.0))
    assert [breach.threshold_s for breach in breaches(holds, {})] == [LIMIT_S, LIMIT_S + GRACE_S]


def test_where_standing_is_forbidden_nothing_had_to_count() -> None:
    holds = applies(order(limit_s=Seconds(0)), standing(5000.0))
    assert [breach.threshold_s for breach in breaches(holds, {})] == [0.0, GRACE_S]


def test_without_a_grace_there_is_one_stage() -> None:
    holds = applies(order(grace_s=Seconds(0)), standing(5000.0))
    assert [breach.stage for breach in breaches(holds, {})] == ["limit"]
    assert left_s(holds, {holds.key: "limit"}) is None


def test_what_was_reported_under_one_order_says_nothing_of_another() -> None:
    market = TemporaryOrder(name="market", rule="none", begin="2027-01-15 12:00")
    holds = applies(order(orders=(market,)), standing(5000.0))
    assert (holds.order, holds.counted_s) == ("market", 3600.0)
    assert [breach.stage for breach in breaches(holds, {"r": "grace"})] == ["limit"]
    assert list(breaches(holds, {"none: market": "limit"})) == []


def test_without_a_limit_nothing_applies() -> None:
    assert held_against(order(limit_s=None), standing(1e6)) is None


def test_where_no_clock_tells_only_what_holds_at_all_times_applies() -> None:
    assert held_against(order(windows=ALL_DAY), standing(5000.0, clock=False)) is None
    assert held_against(order(orders=(TemporaryOrder(name="works"),)), standing(5000.0, clock=False)) is None
    assert applies(order(), standing(5000.0, clock=False)).counted_s == 5000.0


@pytest.mark.parametrize(("vehicle", "exempt"), [("bus", True), ("car", False), (None, False), ("unclassified", True)])
def test_a_class_is_exempt_of_the_rule_that_says_so(vehicle: str | None, exempt: bool) -> None:
    of = order(exempt_classes=("bus",))
    assert (held_against(of, standing(5000.0, vehicle=vehicle)) is None) is exempt
    assert held_against(order(), standing(5000.0, vehicle=vehicle)) is not None, "where no class is exempt"
    under = order(exempt_classes=("bus",), orders=(TemporaryOrder(name="market", rule="none"),))
    assert applies(under, standing(5000.0, vehicle=vehicle)).order == "market", "whose rule exempts nobody"


def test_who_is_exempt_for_another_reason_is_so_under_that_rule_alone() -> None:
    assert held_against(order(), standing(5000.0, exempt_by=frozenset({"r"}))) is None
    assert held_against(order(), standing(5000.0, exempt_by=frozenset({"none"}))) is not None


def test_an_entry_that_lies_behind_what_was_seen_counts_for_nothing() -> None:
    later = Standing(0.0, NOON_S, NOON_S + 60.0)
    assert applies(order(windows=ALL_DAY), later).counted_s == 0.0


def test_a_breach_is_called_by_the_terms_that_are_broken() -> None:
    market = TemporaryOrder(name="market", rule="none", begin="2027-01-15 12:00", end="2027-01-15 14:00")
    of = order(orders=(market,))
    now, later = standing(5000.0), Standing(5000.0, NOON_S + 7200.0, NOON_S + 2200.0)
    offences = [applies(of, each).terms.offence for each in (now, later)]
    assert [(each.article, each.fine_class) for each in offences] == [("R417-6", 2), ("R417-12", 2)]
