"""What is said of a breach: which order was exceeded, and an article where one is certain."""

import pytest

from agent.regulation import (
    BayCategory,
    Jurisdiction,
    RuleOptions,
    Standing,
    TemporaryOrder,
    breaches,
    held_against,
    order_of,
    statement,
)
from agent.trades.parking.options import BayOptions
from drivers.options import Seconds


def said(place: BayOptions, rules: dict[str, RuleOptions], jurisdiction: Jurisdiction, timezone: str = "UTC") -> str:
    order = order_of(place, rules, timezone, jurisdiction)
    holds = held_against(order, Standing(1e6, 1_800_000_000.0 + 1e6, 1_800_000_000.0))
    assert holds is not None
    return statement(next(iter(breaches(holds, {}))))


def own(category: BayCategory = "blue_zone", limit_s: float = 5400.0) -> BayOptions:
    return BayOptions(sensor="s", category=category, limit_s=Seconds(limit_s))


@pytest.mark.parametrize(
    ("place", "jurisdiction", "words"),
    [
        (own(), "fr", "which the order of the place allows; R417-3, Code de la route"),
        (
            own("disabled", 86_400),
            "fr",
            "longer than 1 d, which the order of the place allows; R417-12, Code de la route",
        ),
        (own(), "es", "which the order of the place allows; art. 94.2.b, Reglamento General de Circulación"),
        (own(), "de", "which the order of the place allows; § 13 Abs. 2, StVO"),
        (own("loading"), "es", "longer than 1 h 30 min, which the order of the place allows"),
        (own(), "be", "longer than 1 h 30 min, which the order of the place allows"),
        (own(), "none", "longer than 1 h 30 min, which the order of the place allows"),
    ],
)
def test_an_article_is_named_only_where_the_law_of_the_place_has_one(
    place: BayOptions, jurisdiction: Jurisdiction, words: str
) -> None:
    found = said(place, {}, jurisdiction)
    assert found.startswith("suspected: stands longer than")
    assert found.endswith(words)


def test_which_order_was_exceeded_stands_in_it() -> None:
    market = TemporaryOrder(name="market", rule="none", begin="2020-01-01 00:00")
    rules = {
        "blue": RuleOptions(category="blue_zone", limit_s=Seconds(5400), orders=(market,)),
        "none": RuleOptions(category="no_parking", limit_s=Seconds(0)),
    }
    found = said(BayOptions(sensor="s", rule="blue"), rules, "none")
    assert found == 'suspected: stands where order "market" (rule "none") lets nobody stand'


def test_the_article_of_a_local_order_is_of_no_code() -> None:
    rules = {"blue": RuleOptions(category="blue_zone", limit_s=Seconds(60), article="arrêté 12/2026")}
    assert said(BayOptions(sensor="s", rule="blue"), rules, "fr").endswith("; arrêté 12/2026")
