"""Users who may stand for another time than everybody: by a tag in a rule, or by a permit for one."""

import math

import pytest
from msgspec import structs

from agent.regulation import Order, Permit, RuleOptions, Standing, UserOptions, grants_of, held_against, order_of
from agent.trades.parking.options import BayOptions
from drivers.options import Seconds

CARER = UserOptions(name="carer", tags=("2a00ff01",), limit_s=Seconds(7200), grace_s=Seconds(600))
RESIDENT = UserOptions(name="resident", tags=("BEEF",))
RULE = RuleOptions(category="blue_zone", limit_s=Seconds(3600), users=(CARER, RESIDENT), exempt_tags=("cafe",))


def order(*permits: Permit, rule: RuleOptions = RULE) -> Order:
    own = order_of(BayOptions(sensor="s", rule="blue"), {"blue": rule}, "Europe/Paris", "fr")
    return structs.replace(own, permits=permits)


def limit(of: Order, tag: str | None, stood_s: float = 1e6) -> tuple[float, float, str | None] | None:
    """Limit, grace and class that are held against a vehicle; None: nothing is."""
    grants = grants_of(of, tag) if tag else frozenset[str]()
    holds = held_against(of, Standing(stood_s, stood_s, 0.0, exempt_by=grants))
    return None if holds is None else (holds.terms.limit_s or 0.0, holds.terms.grace_s, holds.terms.user)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (None, (3600.0, 0.0, None)),
        ("0000", (3600.0, 0.0, None)),
        ("2A00FF01", (7200.0, 600.0, "carer")),
        ("beef", None),
        ("CAFE", None),
    ],
)
def test_a_tag_tells_whose_limit_it_is(tag: str | None, expected: tuple[float, float, str | None] | None) -> None:
    assert limit(order(), tag) == expected


def test_a_permit_makes_a_tag_one_of_a_class_or_lets_it_stand() -> None:
    carer, free = Permit("p1", frozenset({"D00D"}), "carer"), Permit("p2", frozenset({"F00D"}))
    assert limit(order(carer, free), "d00d") == (7200.0, 600.0, "carer")
    assert limit(order(carer, free), "f00d") is None
    assert limit(order(carer, free), "0000") == (3600.0, 0.0, None)


def test_of_several_classes_the_mildest_counts() -> None:
    both = Permit("p", frozenset({"2A00FF01"}), "resident")
    assert limit(order(both), "2a00ff01") is None


def test_a_rule_without_a_limit_for_everybody_may_have_one_for_some() -> None:
    some = structs.replace(RULE, limit_s=None, users=(structs.replace(CARER, limit_s=Seconds(60)),))
    assert limit(order(rule=some), None) is None
    assert limit(order(rule=some), "2A00FF01") == (60.0, 600.0, "carer")


def test_nothing_shorter_than_the_shortest_limit_of_anybody_exceeds() -> None:
    assert order().shortest_limit_s == 3600.0
    quick = structs.replace(RULE, users=(structs.replace(CARER, limit_s=Seconds(60)),))
    assert order(rule=quick).shortest_limit_s == 60.0
    assert order(rule=structs.replace(RULE, limit_s=None, users=(RESIDENT,))).shortest_limit_s == math.inf
