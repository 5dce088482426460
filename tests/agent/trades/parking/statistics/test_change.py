"""What a bay's events say to the log of its day."""

import pytest
from bay_events import freed, known, occupied, overstay, unknown

from agent.clock import Moment
from agent.events import Data
from agent.events.devices import DeviceDown
from agent.events.registry import event
from agent.trades.parking.statistics.change import change_of
from agent.trades.parking.statistics.day_log import Kind

AT = Moment(1.8e9, 100.0, "boot", True)


@pytest.mark.parametrize(
    ("data", "kind", "stay_s"),
    [
        (occupied(), "arrived", None),
        (freed(90.4), "left", 90),
        (freed(None), "left", None),
        (overstay("limit"), "overstay", None),
        (overstay("grace"), None, None),
        (overstay("limit", told_before=True), None, None),
        (overstay("limit", "both"), "overstay", None),
        (unknown(), "unknown", None),
        (known("free"), "free", None),
        (known("occupied"), "occupied", None),
        (DeviceDown(reason="silent"), None, None),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Data) else str(each),
)
def test_what_each_event_says(data: Data, kind: Kind | None, stay_s: int | None) -> None:
    news = change_of(event(data, "bay-1", AT))
    assert (news and news.kind, news and news.stay_s) == (kind, stay_s)


@pytest.mark.parametrize(
    "data",
    [
        occupied("camera"),
        freed(90.0, "camera"),
        overstay("limit", "camera"),
        overstay("grace", "camera"),
        known("free", "camera"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_promise_privacy_no_figure_is_kept_of_what_a_camera_alone_saw(data: Data) -> None:
    news = change_of(event(data, "bay-1", AT))
    assert news is not None
    assert (news.kind, news.stay_s) == ("unknown", None)
