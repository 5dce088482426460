import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import Stay
from drivers.camera.ipc import Alive, Fault, Job, Message, NoMessage, Standing, StaySeen, line, read_job, read_message
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.options import Seconds

STAY = Stay("k-1", 12.5, None, "car", 0.81)
SAID = [
    line(StaySeen("z", STAY, 15.5, Standing("z", STAY, (1.5, 2.0, 3.25, 4.0), b"look", 15.5))),
    line(Alive(5.0, "blocked", "", 12, 1, 4, 3, 2.0, "the box is throttled", True, 9.75)),
]


def _cut(text: bytes, at: int, other: bytes) -> bytes:
    """Replaces some bytes by others."""
    return text[:at] + other + text[at + len(other) :]


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


@pytest.mark.parametrize(
    "text",
    [
        b"Segmentation fault\n",
        b'{"type":"elephant"}\n',
        b'{"type":"stay","zone":1}\n',
        b"\n",
        b'{"type":' + b"[" * 50_000,
        b'{"type":"fault","what":"","hint":"","more":' + b"[" * 50_000,
        b'{"type":"fault","what":"\xed\xa0\x80","hint":""}',
        b'{"\xff":1}',
        b'{"type":"alive","at_s":1e999}',
    ],
)
def test_what_is_no_message_is_refused(text: bytes) -> None:
    with pytest.raises(NoMessage):
        read_message(text)


@given(
    st.one_of(
        st.binary(max_size=80), st.builds(_cut, st.sampled_from(SAID), st.integers(0, 200), st.binary(max_size=4))
    )
)
def test_any_bytes_are_a_message_or_none(text: bytes) -> None:
    with contextlib.suppress(NoMessage):
        read_message(text)
