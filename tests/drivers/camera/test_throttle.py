import pytest

from drivers.camera.throttle import CALM_S, LOOK_S, FrameRateGovernor
from drivers.hardware import ThermalState

COOL = ThermalState(50.0, False)


class Box:
    """How hot it is, and a pace that is asked each LOOK_S."""

    def __init__(self, configured_s: float = 1.0) -> None:
        self.heat = COOL
        self.now_s = 0.0
        self.pace = FrameRateGovernor(configured_s, 80.0, lambda: self.heat)
        self.pace.step(0.0)

    def run(self, seconds: float, share: float = 0.05) -> float:
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s += LOOK_S
            self.pace.account(share * LOOK_S)
            self.pace.step(self.now_s)
        return self.pace.period_s


def test_a_cool_box_looks_as_often_as_configured() -> None:
    box = Box()
    assert box.run(600) == 1.0
    assert box.pace.reason == ""


@pytest.mark.parametrize(
    ("state", "reason"),
    [(ThermalState(83.2, False), "the box is at 83 °C"), (ThermalState(None, True), "the box is throttled")],
)
def test_a_hot_or_throttled_box_looks_less_often_down_to_a_floor(state: ThermalState, reason: str) -> None:
    box = Box()
    box.heat = state
    assert box.run(LOOK_S) == 2.0
    assert box.pace.reason == reason
    assert box.run(600) == 4.0


def test_a_box_that_has_cooled_goes_back_in_steps_and_not_while_it_is_still_warm() -> None:
    box = Box()
    box.heat = ThermalState(80.0, False)
    assert box.run(2 * LOOK_S) == 4.0
    box.heat = ThermalState(77.0, False)
    assert box.run(600) == 4.0
    box.heat = COOL
    assert box.run(CALM_S) == 2.0
    assert box.run(CALM_S) == 1.0
    assert box.pace.reason == ""


def test_a_box_that_is_too_slow_looks_less_often_and_goes_back_when_it_has_time() -> None:
    box = Box()
    assert box.run(LOOK_S, share=0.9) == 2.0
    assert box.pace.reason == "looking takes 90% of the time"
    assert box.run(600, share=0.45) == 2.0  # neither too slow nor idle: it stays as it is
    assert box.run(CALM_S + LOOK_S, share=0.1) == 1.0


def test_a_long_period_is_not_stretched_beyond_what_sees_a_stay_begin() -> None:
    slow, slower = Box(3.0), Box(10.0)
    slow.heat = slower.heat = ThermalState(90.0, False)
    assert slow.run(600) == 4.0
    assert slower.run(600) == 10.0
