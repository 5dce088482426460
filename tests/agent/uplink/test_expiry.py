"""The end of a certificate is told 30, 14, 7 and 1 days ahead and when it has come, each once."""

import msgspec
from stored import promised

from agent.clock import Moment
from agent.uplink.expiry import FIRST_LOOK_S, LOOK_S, STAGES, ExpiryState, step
from drivers.mqtt.named_files import Expiry

DAY_S = 86_400.0
END_S = 1.8e9


def told(days_before: list[float], not_after_s: float = END_S, trusted: bool = True) -> list[int]:
    """Days left, as told at these times."""
    state, found = ExpiryState(), []
    for days in days_before:
        now = Moment(END_S - days * DAY_S, 0.0, "b", trusted)
        answer = step("p1", state, now, [("", Expiry("broker", None, not_after_s))])
        state = msgspec.json.decode(msgspec.json.encode(answer.state), type=ExpiryState)
        found += [promised(event).data["days_left"] for event in answer.events]
    return found


def test_each_stage_once() -> None:
    hours = [day - hour / 24 for day in range(40, -3, -1) for hour in range(24)]
    assert told(hours) == list(STAGES)


def test_a_pole_that_starts_late_tells_the_stage_it_is_in() -> None:
    assert told([5.5, 5.4, 0.5]) == [5, 0]
    assert told([-10.0]) == [-10]


def test_a_renewed_certificate_is_told_anew() -> None:
    now = Moment(END_S - 5 * DAY_S, 0.0, "b", True)
    first = step("p1", ExpiryState(), now, [("", Expiry("pole", "/p.pem", END_S))])
    renewed = step("p1", first.state, now, [("", Expiry("pole", "/p.pem", END_S + 300 * DAY_S))])
    assert (len(first.events), renewed.events) == (1, ())
    later = Moment(END_S + 280 * DAY_S, 0.0, "b", True)
    again = step("p1", renewed.state, later, [("", Expiry("pole", "/p.pem", END_S + 300 * DAY_S))])
    assert [promised(event).data["days_left"] for event in again.events] == [20]


def test_promise_works_with_no_clock_nothing_is_said_of_days() -> None:
    assert told([5.0, -100.0], trusted=False) == []


def test_the_certificate_of_the_broker_is_told_within_a_minute_after_it_became_known() -> None:
    now = Moment(END_S - 5 * DAY_S, 100.0, "b", True)
    own = Expiry("pole", "/p.pem", END_S + 300 * DAY_S)
    first = step("p1", ExpiryState(), now, [("", own)])
    assert (first.events, first.wake_at_s) == ((), 160.0)
    second = step("p1", first.state, now, [("", own), ("", Expiry("broker", None, END_S))])
    assert [promised(event).data["certificate"] for event in second.events] == ["broker"]


def test_it_looks_again_sooner_while_no_certificate_is_known() -> None:
    now = Moment(END_S, 100.0, "b", True)
    assert step("p1", ExpiryState(), now, []).wake_at_s == 100.0 + FIRST_LOOK_S
    assert step("p1", ExpiryState(), now, [("", Expiry("broker", None, END_S))]).wake_at_s == 100.0 + LOOK_S
