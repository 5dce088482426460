"""What a lamp is said to draw, off and burning."""

from pathlib import Path

import pytest

from agent.configuration.file import examine
from tests.agent.trades.lighting.crosscheck.test_switching import POLE, errors


@pytest.mark.parametrize(
    ("drawn", "watts"),
    [
        ("wattage_w = 20\nstandby_w = 30\n", "20 W"),
        ("power_curve = [[10, 5], [100, 40]]\nstandby_w = 30\n", "5 W"),
    ],
)
def test_a_lamp_that_is_off_draws_no_more_than_one_that_burns(tmp_path: Path, drawn: str, watts: str) -> None:
    (said,) = errors(tmp_path, drawn)
    assert f"standby_w: 30 W is more than the {watts} of the lamp when it burns" in said


@pytest.mark.parametrize(
    "drawn",
    [
        "wattage_w = 20\nstandby_w = 20\n",
        "standby_w = 30\n",
        "wattage_w = 0.3\n",
        "power_curve = [[0, 0.4], [100, 40]]\nstandby_w = 0.5\n",
    ],
)
def test_what_contradicts_nothing_is_taken(tmp_path: Path, drawn: str) -> None:
    assert errors(tmp_path, drawn) == ()


def warnings(folder: Path, more: str) -> tuple[str, ...]:
    (folder / "lamppost.toml").write_text(POLE + more)
    return examine(folder / "lamppost.toml").warnings


@pytest.mark.parametrize("top", [30, 110])
def test_a_wattage_beside_a_curve_that_ends_elsewhere_is_told(tmp_path: Path, top: int) -> None:
    (said,) = warnings(tmp_path, f"wattage_w = 60\npower_curve = [[20, 6], [100, {top}]]\n")
    assert f"wattage_w: 60 W, and power_curve ends at {top} W" in said


@pytest.mark.parametrize(
    "drawn",
    [
        "wattage_w = 60\npower_curve = [[20, 6], [100, 54]]\n",
        "wattage_w = 6\npower_curve = [[20, 1], [100, 7.8]]\n",
        "power_curve = [[20, 6], [100, 30]]\n",
        "wattage_w = 60\n",
    ],
)
def test_a_wattage_at_which_the_curve_ends_is_taken(tmp_path: Path, drawn: str) -> None:
    assert warnings(tmp_path, drawn) == ()


FALLING = ("[[0, 100], [20000, 80]]", "[[0, 100], [10000, 90.5], [20000, 80]]", "[[0, 90], [10000, 100], [20000, 80]]")


@pytest.mark.parametrize(
    ("curve", "right"),
    [
        (FALLING[0], "[[0, 80], [20000, 100]]"),
        (FALLING[1], "[[0, 80], [10000, 88.4], [20000, 100]]"),
        (FALLING[2], "[[0, 88.89], [10000, 80], [20000, 100]]"),
    ],
)
def test_a_compensation_that_falls_is_the_light_that_is_left(tmp_path: Path, curve: str, right: str) -> None:
    (said,) = dimmer_warnings(tmp_path, f"lumen_depreciation_curve = {curve}\n")
    assert "the older the lamp, the more it would be dimmed" in said
    assert said.endswith(f"rising with the hours: {right}")


@pytest.mark.parametrize("curve", ["[[0, 80], [20000, 100]]", "[[0, 80], [9000, 80], [20000, 90]]", "[[0, 85]]", "[]"])
def test_a_compensation_that_never_falls_is_taken(tmp_path: Path, curve: str) -> None:
    assert dimmer_warnings(tmp_path, f"lumen_depreciation_curve = {curve}\n") == ()


def dimmer_warnings(folder: Path, more: str) -> tuple[str, ...]:
    (folder / "lamppost.toml").write_text(POLE.replace("waveshare-modbus-relay-8", "wb-mdm3") + more)
    return examine(folder / "lamppost.toml").warnings
