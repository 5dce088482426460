"""Overstays: who is asked when, and what one wrong reading or an unseen change of vehicles must not do."""

import math

from agent.clock import Moment
from agent.parking import Bay, BayOptions, RuleOptions, TemporaryOrder, initial, order_of, source_of, step
from drivers.base import Reading, Reporting
from drivers.options import Seconds

CAR_MM, ROAD_MM = 600, 2500
LIMIT_S = 600.0


def bay(reporting: Reporting) -> Bay:
    options = BayOptions(sensor="s1", limit_s=Seconds(LIMIT_S))
    return Bay("b1", (source_of("s1", options, reporting),), order_of(options, {}, "Europe/Paris", "fr"), 600.0)


def test_who_tells_changes_is_asked_at_the_limit_and_who_measures_is_judged_with_its_next_reading() -> None:
    tells, measures = bay(Reporting(86400.0, "occupied")), bay(Reporting(60.0, "distance"))
    at = Moment(1.8e9, 0.0, "boot", True)
    told = step(tells, initial(), at, Reading("s1", "occupied", True, 0.0))
    assert told.due_s == LIMIT_S
    state, due_s = initial(), None
    for number in range(6):
        answer = step(measures, state, at.at(60.0 * number), Reading("s1", "distance_mm", CAR_MM, 60.0 * number))
        state, due_s = answer.state, answer.due_s
    assert state.stay is not None
    assert due_s == 300.0 + 2.5 * 60.0, "only its silence"


def test_the_shortest_limit_is_that_of_any_terms() -> None:
    rules = {
        "long": RuleOptions(
            category="general", limit_s=Seconds(7200), orders=(TemporaryOrder(name="fair", rule="fair"),)
        ),
        "fair": RuleOptions(category="no_parking", limit_s=Seconds(0)),
        "free": RuleOptions(category="general"),
    }
    shortest = {
        name: order_of(BayOptions(sensor="s1", rule=name), rules, "Europe/Paris", "fr").shortest_limit_s
        for name in rules
    }
    assert shortest == {"long": 0.0, "fair": 0.0, "free": math.inf}
