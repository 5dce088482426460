"""Telemetry is left out first while a budget runs out, then statistics wait; alarms and events never do."""

import pytest
from msgspec import Raw, structs

from agent.clock import Moment
from agent.event_catalogue import EVENT_TYPES
from agent.events import Event, Priority
from agent.events.devices import TelemetryReading
from agent.events.registry import event
from agent.store import Stored
from agent.uplink.thrift import EVERY_S, MOST_KNOWN, Stage, Thrift, is_news, stage_of

AT = Moment(1_770_000_000.0, 1.0, "b", True)


def _row(type: str, subject: str = "m1") -> Stored:
    return Stored(1, "id", type, subject, AT, EVENT_TYPES[type].priority, Raw(b"{}"))


@pytest.mark.parametrize(
    ("spent", "budget", "stage"),
    [
        (79, 100, "none"),
        (80, 100, "telemetry"),
        (94, 100, "telemetry"),
        (95, 100, "statistics"),
        (99, 100, "statistics"),
        (100, 100, "exceeded"),
        (10**12, None, "none"),
    ],
)
def test_each_begins_at_its_share_of_the_budget(spent: int, budget: int | None, stage: str) -> None:
    assert stage_of(spent, budget) == stage


@pytest.mark.parametrize("stage", ["none", "telemetry", "statistics", "exceeded"])
def test_alarms_and_events_always_pass(stage: Stage) -> None:
    thrift = Thrift()
    thrift.stage = stage
    for type, known in EVENT_TYPES.items():
        if known.priority is not Priority.TELEMETRY:
            assert not any(thrift.waits(_row(type)) or thrift.leaves_out(_row(type)) for _ in range(9)), type
    assert thrift.left_out == 0


def test_readings_and_heartbeats_are_news_and_statistics_are_not() -> None:
    telemetry = {type for type, known in EVENT_TYPES.items() if known.priority is Priority.TELEMETRY}
    assert {type for type in telemetry if is_news(type)} == {"telemetry.reading", "pole.status"}
    assert {"bay.statistics", "kerb.statistics"} <= telemetry
    assert not is_news("of.another_version")


def test_of_each_device_one_reading_an_hour_goes_out() -> None:
    now_s = 0.0
    thrift = Thrift(lambda: now_s)
    readings = [_row("telemetry.reading", subject) for subject in ("m1", "m2")]
    assert not any(thrift.leaves_out(row) for row in readings * 5), "nothing is saved"
    thrift.stage = "telemetry"
    assert [thrift.leaves_out(row) for row in readings * 3] == [False, False, True, True, True, True]
    assert not thrift.leaves_out(_row("pole.status"))
    now_s = EVERY_S
    assert [thrift.leaves_out(row) for row in readings * 2] == [False, False, True, True]
    assert thrift.left_out == 6


def test_statistics_wait_for_the_end_of_the_second_stage() -> None:
    thrift, row = Thrift(), _row("bay.statistics")
    thrift.stage = "telemetry"
    assert not thrift.waits(row) and not thrift.lets_go()
    thrift.stage = "statistics"
    assert thrift.waits(row) and not thrift.leaves_out(row) and not thrift.lets_go()
    thrift.stage = "exceeded"
    assert thrift.waits(row) and not thrift.lets_go()
    thrift.stage = "none"
    assert thrift.lets_go() and not thrift.lets_go()


def test_what_is_known_of_devices_is_bounded() -> None:
    thrift = Thrift()
    thrift.stage = "telemetry"
    for n in range(3 * MOST_KNOWN):
        assert not thrift.leaves_out(_row("telemetry.reading", f"m{n}"))
    assert len(thrift._passed_s) == MOST_KNOWN


def test_what_is_left_out_at_its_commit_has_no_number_and_what_passed_passes() -> None:
    now_s = 0.0
    thrift = Thrift(lambda: now_s)

    def reading(n: int) -> Event:
        return event(TelemetryReading(quantity="power_w", value=float(n)), "m1", AT)

    assert not thrift.refuses(reading(0)), "nothing is saved"
    thrift.stage = "telemetry"
    events = [reading(n) for n in range(3)]
    assert [thrift.refuses(each) for each in events] == [False, True, True]
    assert thrift.left_out == 2
    assert not thrift.leaves_out(structs.replace(_row("telemetry.reading"), id=events[0].id)), "it was let through"
    assert thrift.leaves_out(_row("telemetry.reading")), "one of before the budget ran out"
