"""What a bay's events say to the log of its day."""

import pytest

from agent.clock import Moment
from agent.events import BAY_FREED, BAY_KNOWN, BAY_OCCUPIED, BAY_OVERSTAY, BAY_UNKNOWN, DEVICE_DOWN, Event
from agent.trades.parking.statistics.change import change_of
from agent.trades.parking.statistics.day_log import Kind

AT = Moment(1.8e9, 100.0, "boot", True)
FREED = {"duration_s": 90.0, "duration_exact": True}


@pytest.mark.parametrize(
    ("type_", "data", "kind"),
    [
        (BAY_OCCUPIED, {}, "arrived"),
        (BAY_FREED, FREED, "left"),
        (BAY_OVERSTAY, {"stage": "limit"}, "overstay"),
        (BAY_OVERSTAY, {"stage": "grace"}, None),
        (BAY_UNKNOWN, {}, "unknown"),
        (BAY_KNOWN, {"state": "free"}, "free"),
        (BAY_KNOWN, {"state": "occupied"}, "occupied"),
        (DEVICE_DOWN, {}, None),
    ],
)
def test_what_each_event_says(type_: str, data: dict[str, object], kind: Kind | None) -> None:
    news = change_of(Event(type=type_, subject="bay-1", at=AT, data=data | {"evidence": "bay_sensor"}))
    assert (news and news.kind) == kind


@pytest.mark.parametrize(("type_", "data"), [(BAY_OCCUPIED, {}), (BAY_FREED, FREED), (BAY_KNOWN, {"state": "free"})])
def test_promise_privacy_no_figure_is_kept_of_what_a_camera_alone_saw(type_: str, data: dict[str, object]) -> None:
    news = change_of(Event(type=type_, subject="bay-1", at=AT, data=data | {"evidence": "camera"}))
    assert news is not None
    assert (news.kind, news.stay_s) == ("unknown", None)
