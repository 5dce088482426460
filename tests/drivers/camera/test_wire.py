import msgspec
import pytest

from drivers.base import Stay
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.camera.wire import Alive, Fault, Job, Message, Standing, StaySeen, line, read_job, read_message
from drivers.options import Seconds

STAY = Stay("k-1", 12.5, None, "car", 0.81)


@pytest.mark.parametrize(
    "message",
    [
        Standing("z", STAY, (1.5, 2.0, 3.25, 4.0), bytes(range(256)), 99.5),
        StaySeen("z", Stay("k-1", 12.5, 40.25, "car", 0.81), 41.0),
        StaySeen("z", STAY, 15.5, Standing("z", STAY, (1.5, 2.0, 3.25, 4.0), b"look", 15.5)),
        Alive(5.0, "blocked", "", 12, 1, 4, 3, 2.0, "the box is throttled", True, 9.75),
        Fault("rtsp://camera: cannot be opened", "check its power"),
    ],
)
def test_a_message_is_one_line_and_comes_back_the_same(message: Message) -> None:
    text = line(message)
    assert text.count(b"\n") == 1
    assert read_message(text) == message


def test_a_job_comes_back_the_same_with_its_durations() -> None:
    options = CameraOptions(source="/dev/video0", period_s=Seconds(0.25), loop=True)
    zones = {"bus": ZoneShape(camera="cam", polygon=((0, 0), (10, 0), (10, 10)))}
    job = Job("cam", options, zones, "/var/lib/lamppost/models", (Standing("bus", STAY, (1, 2, 3, 4), b"look", 5.0),))
    assert read_job(line(job)) == job


def test_what_is_no_message_is_refused() -> None:
    for text in (b"Segmentation fault\n", b'{"type":"elephant"}\n', b'{"type":"stay","zone":1}\n', b"\n"):
        with pytest.raises((msgspec.DecodeError, msgspec.ValidationError)):
            read_message(text)
