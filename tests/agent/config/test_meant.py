"""Numbers and durations as a technician writes them elsewhere."""

import pytest

from agent.config.meant import meant_duration, meant_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 500,5", "1500.5"),
        ("9\u202f600", "9600"),
        ("1'500", "1500"),
        ("12,5 lux", "12.5"),
        ("4.8 O", "-4.8"),
        (".5", "0.5"),
        ("4°50'E", "4.83333"),
        ("-4°30'", "-4.5"),
        ("4.8 °W", "-4.8"),
        ("60 W", None),
        ("0x1F", None),
        ("1 2", None),
        ("3.2.1", None),
        ("", None),
        ("east", None),
    ],
)
def test_a_number_is_read_as_it_is_meant_or_not_at_all(text: str, number: str | None) -> None:
    """Nobody can say of "60 W" whether it is a power or a longitude."""
    meant = meant_number(text)
    assert (meant and meant.text) == number


@pytest.mark.parametrize(
    ("key", "text", "number"),
    [
        ("nearest_mm", "30 cm", "300"),
        ("nearest_mm", "3,5 m", "3500"),
        ("nearest_mm", "3 feet", None),
        ("nearest_mm", "1.2345 m", None),
        ("max_mb", "2 Go", "2000"),
        ("keep_days", "48 h", "2"),
        ("keep_days", "12 h", None),
        ("keep_days", "90 jours", "90"),
        ("wattage_w", "60 W", "60"),
        ("greatest_power_kw", "500 W", "0.5"),
        ("hot_celsius", "70 \u00b0C", "70"),
        ("above", "12,5 kW", None),
        ("above", "12,5 %", "12.5"),
        ("default_level_percent", "80 %", "80"),
    ],
)
def test_a_number_with_a_unit_is_converted_to_that_of_its_key_or_not_told(
    key: str, text: str, number: str | None
) -> None:
    meant = meant_number(text, key)
    assert meant is not None
    assert meant.text == number


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", None),
        ("24 heures", "24h"),
        ("2 semaines", "14d"),
        ("30mn", "30min"),
        ("1h30", "1h 30min"),
        ("1 mois", None),
        ("P1DT2H", "1d 2h"),
        ("P", None),
        ("ten", None),
        ("5 sec.", "5s"),
        ("2,5h", "2.5h"),
    ],
)
def test_a_duration_is_read_as_it_is_meant_or_not_at_all(text: str, duration: str | None) -> None:
    assert meant_duration(text) == duration
