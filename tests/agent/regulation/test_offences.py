"""The table of offences of each jurisdiction."""

from datetime import date
from typing import get_args

import pytest

from agent.regulation import (
    Category,
    Jurisdiction,
    Offence,
    RuleOptions,
    Standing,
    UserOptions,
    grants_of,
    held_against,
    jurisdiction_at,
    order_of,
    table,
)
from agent.trades.parking.options import BayOptions
from drivers.options import Seconds


@pytest.mark.parametrize("jurisdiction", get_args(Jurisdiction))
def test_every_category_of_a_rule_has_its_row_and_no_row_is_of_none(jurisdiction: Jurisdiction) -> None:
    assert set(table(jurisdiction).category) == set(get_args(Category))


def test_in_france_an_article_and_its_class_are_named_together() -> None:
    rows = [
        each
        for row in table("fr").category.values()
        for of in (row, *row.vehicle.values())
        for each in (of.standing, of.overstaying)
    ]
    assert all((offence.article is None) == (offence.fine_class is None) for offence in rows)


@pytest.mark.parametrize("jurisdiction", get_args(Jurisdiction))
def test_a_table_that_names_articles_says_what_they_were_read_in_and_when(jurisdiction: Jurisdiction) -> None:
    found = table(jurisdiction)
    named = any(each.article for row in found.category.values() for each in (row.standing, row.overstaying))
    assert bool(found.law) == named
    assert not named or (found.source and all(each.url.startswith("http") for each in found.source))
    assert found.read >= date(2026, 11, 1)


@pytest.mark.parametrize("jurisdiction", ["none", "be"])
def test_where_nothing_is_certain_no_article_is_named(jurisdiction: Jurisdiction) -> None:
    for row in table(jurisdiction).category.values():
        assert (row.standing, row.overstaying) == (Offence(), Offence())


def test_no_law_but_that_of_france_names_a_french_article() -> None:
    for jurisdiction in set(get_args(Jurisdiction)) - {"fr"}:
        rows = table(jurisdiction).category.values()
        articles = [each.article for row in rows for each in (row.standing, row.overstaying) if each.article]
        assert not [each for each in articles if each.startswith("R4")]


@pytest.mark.parametrize(
    ("timezone", "latitude", "longitude", "law"),
    [
        ("Europe/Paris", 48.85, 2.35, "fr"),
        ("Europe/Paris", 45.764, 4.8357, "fr"),
        ("Europe/Paris", 49.4432, 1.0993, "fr"),
        ("Europe/Paris", 50.63, 3.06, "fr"),
        ("Europe/Paris", 48.57, 7.75, "fr"),
        ("Europe/Paris", 43.48, -1.56, "fr"),
        ("Europe/Paris", 41.92, 8.74, "fr"),
        ("Europe/Paris", 50.85, 4.35, "none"),
        ("Europe/Paris", 50.60, 3.39, "none"),
        ("Europe/Paris", 46.20, 6.15, "none"),
        ("Europe/Paris", 49.61, 6.13, "none"),
        ("Europe/Paris", 43.735, 7.42, "none"),
        ("Europe/Paris", 49.19, -2.10, "none"),
        ("Europe/Paris", 51.50, -0.12, "none"),
        ("Europe/Brussels", 50.85, 4.35, "none"),
        ("Europe/Brussels", 50.63, 3.06, "none"),
        ("Europe/Madrid", 40.42, -3.70, "none"),
        ("Europe/Madrid", 45.764, 4.8357, "none"),
        ("Europe/Madrid", 38.72, -9.14, "none"),
        ("Europe/Berlin", 52.52, 13.40, "none"),
        ("Europe/Berlin", 48.21, 16.37, "none"),
        ("Europe/London", 51.50, -0.12, "none"),
        ("America/Montreal", 45.50, -73.60, "none"),
    ],
)
def test_whose_law_is_taken_where_nobody_says(
    timezone: str, latitude: float, longitude: float, law: Jurisdiction
) -> None:
    """The time zone alone does not tell: that of Paris is the default, and the same hour as in Brussels."""
    assert jurisdiction_at(timezone, latitude, longitude) == law


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
        ("alternate_side", 0, "R417-2", 2),
        ("no_parking", 86_400, "R417-12", 2),
        ("short_stop", 600, "R417-12", 2),
        ("short_stop", 0, None, None),
        ("no_parking", 0, "R417-6", 2),
        ("no_stopping", 60, "R417-6", 2),
        ("bus_lane", 120, "R417-11", 4),
        ("pavement", 0, None, None),
        ("pavement", 60, None, None),
        ("bus_stop", 0, "R417-10", 2),
        ("bus_stop", 120, "R417-10", 2),
    ],
)
def test_to_exceed_a_time_is_another_offence_than_to_stand_there_without_right(
    category: Category, limit_s: int, article: str | None, fine_class: int | None
) -> None:
    """A limit in a place where nobody may stand is the time after which it is sure that somebody does."""
    rule = RuleOptions(category=category, limit_s=Seconds(limit_s))
    order = order_of(BayOptions(sensor="s", rule="r"), {"r": rule}, "Europe/Paris", "fr")
    assert (order.terms.offence.article, order.terms.offence.fine_class) == (article, fine_class)


@pytest.mark.parametrize(
    ("vehicle", "article", "fine_class"),
    [
        ("car", "R417-11", 4),
        ("truck", "R417-11", 4),
        ("motorcycle", "R417-10", 2),
        ("vehicle", None, None),
        ("unclassified", None, None),
        (None, None, None),
    ],
)
def test_on_a_pavement_the_offence_is_that_of_the_class_of_the_vehicle(
    vehicle: str | None, article: str | None, fine_class: int | None
) -> None:
    rule = RuleOptions(category="pavement", limit_s=Seconds(0))
    order = order_of(BayOptions(sensor="s", rule="r"), {"r": rule}, "Europe/Paris", "fr")
    holds = held_against(order, Standing(60.0, 1e9, 1e9 - 60, vehicle))
    assert holds is not None
    assert (holds.terms.offence.article, holds.terms.offence.fine_class) == (article, fine_class)


def test_a_local_article_is_that_of_every_vehicle() -> None:
    rule = RuleOptions(category="pavement", limit_s=Seconds(0), article="arr\u00eat\u00e9 12")
    order = order_of(BayOptions(sensor="s", rule="r"), {"r": rule}, "Europe/Paris", "fr")
    holds = held_against(order, Standing(60.0, 1e9, 1e9 - 60, "car"))
    assert holds is not None
    assert (holds.terms.offence.article, holds.terms.offence.law) == ("arr\u00eat\u00e9 12", None)


def test_who_may_stand_there_for_a_time_is_held_to_that_time_alone() -> None:
    """A bay for the disabled in which a card holder may stand for a day: after it he has no less right to be there."""
    users = (UserOptions(name="card", tags=("2A",), limit_s=Seconds(86_400)),)
    rule = RuleOptions(category="disabled", limit_s=Seconds(0), users=users)
    order = order_of(BayOptions(sensor="s", rule="r"), {"r": rule}, "Europe/Paris", "fr")
    for grants, article, fine_class in ((frozenset[str](), "R417-11", 4), (grants_of(order, "2A"), "R417-12", 2)):
        holds = held_against(order, Standing(100_000.0, 1e9, 1e9 - 100_000, None, grants))
        assert holds is not None
        assert (holds.terms.offence.article, holds.terms.offence.fine_class) == (article, fine_class)


def test_no_time_that_is_exceeded_is_an_offence_of_the_fourth_class_where_some_may_stand() -> None:
    forbidden = {"bus_lane", "cycle_lane", "crossing"}
    fourth = {name for name, row in table("fr").category.items() if row.overstaying.fine_class == 4}
    assert fourth == forbidden
