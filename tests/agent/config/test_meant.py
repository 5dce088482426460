"""Numbers and durations as a technician writes them elsewhere."""

import pytest

from agent.config.meant import meant_duration, meant_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 500,5", "1500.5"),
        ("9\u202f600", "9600"),
        ("1'500", "1500"),
        ("12,5 kW", "12.5"),
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
