"""What the edges of a line come to, and the profiles that say what it means."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.gpio import profile
from drivers.gpio.contact import Edge
from drivers.gpio.profile.counter import EdgeCounter
from drivers.mistakes import ProfileError


@pytest.mark.parametrize("name", profile.names())
def test_every_shipped_profile_is_sound_and_says_where_it_is_from(name: str) -> None:
    tables = profile.load(name).tables
    assert tables.source
    assert tables.read is not None


def counter(debounce_s: float = 0.01, fastest_hz: float = 5.0) -> EdgeCounter:
    return EdgeCounter(debounce_s, fastest_hz, made=False, now_s=0.0)


def test_a_contact_that_bounces_counts_once() -> None:
    it = counter()
    it.feed([Edge(True, 1.0), Edge(False, 1.001), Edge(True, 1.002), Edge(False, 1.1)], 2.0)
    assert (it.look(10.0).made, it.made) == (1, False)


def test_a_level_counts_once_it_has_lasted() -> None:
    it = counter()
    it.feed([Edge(True, 1.0)], 1.005)
    assert (it.made, it.settles_at_s) == (False, 1.01)
    it.feed([], 1.011)
    assert (it.made, it.settles_at_s) == (True, None)


def test_a_contact_that_chatters_at_1_khz_counts_nothing_and_is_told() -> None:
    it = counter(debounce_s=0.0)
    it.feed([Edge(each % 2 == 0, each / 2000) for each in range(20_000)], 10.0)
    look = it.look(10.0)
    assert look.made == 0
    assert look.chatters == pytest.approx(1000, rel=0.01)
    assert it.look(20.0).chatters is None


@given(st.lists(st.floats(0.05, 3.0), max_size=30), st.integers(0, 30))
def test_pulses_are_counted_however_they_are_handed_over(pauses: list[float], cut: int) -> None:
    """Each is made for half of its time, far longer than a bounce."""
    edges, at_s = [], 0.0
    for pause_s in pauses:
        edges += [Edge(True, at_s), Edge(False, at_s + pause_s / 2)]
        at_s += pause_s
    it = EdgeCounter(0.01, 1000.0, made=False, now_s=0.0)
    for part in (edges[:cut], edges[cut:]):
        it.feed(part, part[-1].at_s if part else 0.0)
    it.feed([], at_s + 1)
    assert it.look(at_s + 1).made == len(pauses)


def load(folder: Path, text: str) -> profile.InputProfile:
    (folder / "gpio").mkdir()
    (folder / "gpio" / "t.toml").write_text(text)
    return profile.load("t", folder)


LEAST = """description = "T"
debounce = "10ms"
fastest_hz = 5
[[value]]
quantity = "rain_mm"
kind = "counter"
scale = 0.2
unit = "mm"
[[vector]]
within = "10s"
edges = [[0, true]]
says = { rain_mm = 0.2, pulse_count = 1 }
"""


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("", "", ""),
        ("0.2, pulse", "0.3, pulse", r":12: \[vector\] says: rain_mm comes out as 0.2, and the vector says 0.3"),
        ("fastest_hz = 5", "fastest_hz = 60", r":3: fastest_hz: 60 Hz is too fast for a debounce of 0.01 s"),
        ('kind = "counter"\n', "", r"kind: only grows"),
        ("edges = [[0, true]]", "hertz = 1000", r":11: \[vector\] hertz: chatters"),
        ("0.2, pulse_count = 1", "0.2", r"says: pulse_count comes out as 1, and the vector says nothing of it"),
        ("scale = 0.2", "scale = 0.2\nstill = 0", r":8: \[value\] still: is that of a rate"),
        ('"rain_mm"', '"pulse_count"', "stands there twice, or is told anyway"),
        ("[[0, true]]", "[[5, true], [2, false]]", "are not in order"),
    ],
)
def test_each_mistake_has_its_line(before: str, after: str, wanted: str, tmp_path: Path) -> None:
    if not wanted:
        assert load(tmp_path, LEAST).tables.quantities == {"rain_mm", "pulse_count", "sensor_fault"}
        return
    with pytest.raises(ProfileError, match=wanted):
        load(tmp_path, LEAST.replace(before, after))


CUPS = """description = "T"
debounce = "1ms"
fastest_hz = 100
[[value]]
quantity = "wind_speed_m_s"
of = "rate"
scale = 0.765
offset = 0.35
still = 0
unit = "m/s"
[[vector]]
within = "10s"
hertz = 10
says = { wind_speed_m_s = 8 }
[[vector]]
within = "10s"
edges = []
says = { wind_speed_m_s = 0 }
"""


def test_what_stands_still_does_not_tell_the_offset_of_what_turns(tmp_path: Path) -> None:
    """An anemometer that begins to turn at 0.35 m/s is not in a wind of 0.35 m/s while it stands."""
    assert load(tmp_path, CUPS).tables.quantities == {"wind_speed_m_s", "sensor_fault"}
