"""The table of offences of each jurisdiction."""

from typing import get_args

import pytest

from agent.regulation import OFFENCES, Category, Jurisdiction, RuleOptions, order_of
from agent.trades.parking.options import BayOptions
from drivers.options import Seconds


@pytest.mark.parametrize("jurisdiction", get_args(Jurisdiction))
def test_every_category_of_a_rule_has_its_row_and_no_row_is_of_none(jurisdiction: Jurisdiction) -> None:
    assert set(OFFENCES[jurisdiction]) == set(get_args(Category))


def test_an_article_and_its_class_are_named_together() -> None:
    rows = [
        offence for table in OFFENCES.values() for row in table.values() for offence in (row.standing, row.overstaying)
    ]
    assert all((offence.article is None) == (offence.fine_class is None) for offence in rows)


@pytest.mark.parametrize(
    ("category", "limit_s", "article", "fine_class"),
    [
        ("disabled", 0, "R417-11", 4),
        ("disabled", 86_400, "R417-12", 2),
        ("disabled_bay", 86_400, "R417-12", 2),
        ("cash_transport", 900, "R417-12", 2),
        ("loading", 0, "R417-10", 2),
        ("loading", 1_800, "R417-12", 2),
        ("blue_zone", 5_400, "R417-3", 2),
        ("general", 604_800, "R417-12", 2),
        ("short_stop", 600, "R417-12", 2),
        ("short_stop", 0, None, None),
        ("no_parking", 0, "R417-6", 1),
        ("no_stopping", 60, "R417-6", 1),
        ("bus_lane", 120, "R417-11", 4),
    ],
)
def test_to_exceed_a_time_is_another_offence_than_to_stand_there_without_right(
    category: Category, limit_s: int, article: str | None, fine_class: int | None
) -> None:
    """A limit in a place where nobody may stand is the time after which it is sure that somebody does."""
    rule = RuleOptions(category=category, limit_s=Seconds(limit_s))
    order = order_of(BayOptions(sensor="s", rule="r"), {"r": rule}, "Europe/Paris", "fr")
    assert (order.terms.offence.article, order.terms.offence.fine_class) == (article, fine_class)


def test_no_time_that_is_exceeded_is_an_offence_of_the_fourth_class_where_some_may_stand() -> None:
    forbidden = {"bus_lane", "cycle_lane", "pavement", "crossing"}
    fourth = {name for name, row in OFFENCES["fr"].items() if row.overstaying.fine_class == 4}
    assert fourth == forbidden
