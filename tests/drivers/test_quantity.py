"""What a figure is: its unit, its dead band, and what of it is news."""

from pathlib import Path

import pytest

from drivers import profile
from drivers.figure import wrong_unit
from drivers.lorawan import models
from drivers.profile.schema import Register
from drivers.quantity import BANDS, OTHER_BAND, SPELLINGS, DeadBand, Quantity, of_unit


@pytest.mark.parametrize(("written", "meant"), sorted(SPELLINGS.items()))
def test_a_unit_is_known_by_the_spellings_of_makers(written: str, meant: str) -> None:
    assert of_unit(written) == of_unit(meant)
    assert of_unit(written).dead_band == (BANDS[meant] if meant else OTHER_BAND)


def test_a_unit_of_which_nothing_is_known_has_a_dead_band_of_a_twentieth() -> None:
    assert of_unit("furlong") == Quantity("furlong", OTHER_BAND)


@pytest.mark.parametrize(
    ("much", "percent", "expected"),
    [
        (2.0, None, DeadBand(2.0)),
        (None, 10.0, DeadBand(0.0, 0.1)),
        (2.0, 10.0, DeadBand(2.0, 0.1)),
        (0.0, None, DeadBand(0.0)),
    ],
)
def test_a_declared_dead_band_replaces_the_usual_one(
    much: float | None, percent: float | None, expected: DeadBand
) -> None:
    assert of_unit("V", much=much, percent=percent).dead_band == expected


def test_each_change_of_a_code_is_news() -> None:
    state = of_unit("", "state")
    assert state.is_news(100.0, 101.0, 60.0)
    assert not state.is_news(100.0, 100.0, 60.0)


def test_a_number_has_a_unit_and_a_code_has_none() -> None:
    assert (wrong_unit("V", "measurement"), wrong_unit("1", "counter"), wrong_unit("", "state")) == ("", "", "")
    assert "is missing" in wrong_unit("", "measurement")
    assert "is missing" in wrong_unit("", "counter")
    assert 'kind = "state" is a code' in wrong_unit("V", "state")


def test_a_change_is_news_beyond_the_larger_of_both_bands() -> None:
    watts = of_unit("W")
    assert not watts.is_news(10.0, 11.9, 60.0)
    assert watts.is_news(10.0, 12.1, 60.0)
    assert not watts.is_news(1000.0, 1049.0, 60.0)
    assert watts.is_news(1000.0, 1051.0, 60.0)


def test_directions_on_both_sides_of_north_are_neighbours() -> None:
    wind = of_unit("deg")
    assert not wind.is_news(355.0, 3.0, 60.0)
    assert wind.is_news(355.0, 15.0, 60.0)
    assert not wind.is_news(0.0, 360.0, 60.0)


def test_an_uptime_is_news_only_where_it_fell_behind() -> None:
    uptime = of_unit("s", "uptime")
    assert not uptime.is_news(10.0, 3610.0, 3600.0)
    assert not uptime.is_news(10.0, 3580.0, 3600.0), "its clock is slow"
    assert uptime.is_news(10.0, 60.0, 3600.0)
    assert uptime.is_news(1e6, 10.0, 10.0)


def test_every_register_that_comes_with_lamppost_has_a_unit_that_is_known() -> None:
    """A made-up unit would leave its figures to the dead band of a twentieth."""
    without = {
        (name, register.unit)
        for name in profile.names()
        for register in profile.load(name).tables.register.values()
        if register.quantity.unit
        and register.quantity.unit not in BANDS
        and register.kind == "measurement"
        and register.poll
        if register.dead_band is None
    }
    assert without == set()


def test_a_register_says_what_its_value_is() -> None:
    register = Register(3, 0, "u16", unit="dB", dead_band=0.5, heartbeat_s=60.0)  # type: ignore[arg-type]
    assert register.quantity == Quantity("dB", DeadBand(0.5), heartbeat_s=60.0)


def test_the_radio_of_a_lorawan_sensor_is_told_rarely_and_its_figures_by_their_unit() -> None:
    model = models.model("milesight-em310-udl")
    assert model.quantity("snr_db").dead_band == DeadBand(10.0)
    assert model.quantity("temperature_c").dead_band == BANDS["°C"]
    assert not model.quantity("previous_state_duration_s").is_news(0.0, 1e6, 60.0)


def test_rain_is_told_by_tips_however_much_fell_before() -> None:
    """A height in mm may be 5 mm or 5 % off before anybody cares."""
    rain, height = of_unit("mm", "counter"), of_unit("mm")
    assert rain.is_news(1000.0, 1000.2, 60.0) and not rain.is_news(1000.0, 1000.05, 60.0)
    assert height.is_news(1000.0, 1051.0, 60.0) and not height.is_news(1000.0, 1049.0, 60.0)
    assert of_unit("kWh", "counter").dead_band == BANDS["kWh"]


def test_the_documentation_has_every_unit_s_dead_band() -> None:
    text = (Path(__file__).parents[2] / "docs/adding-a-device.md").read_text()
    table = text.partition("| unit | change |")[2].partition("\n\n")[0]
    assert {unit for unit in BANDS if f"`{unit}`" not in table} == set()
