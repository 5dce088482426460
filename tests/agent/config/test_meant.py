"""Numbers and durations as a technician writes them elsewhere."""

from collections.abc import Callable

import pytest

from agent.config.meant import meant_digits, meant_duration, meant_number, meant_word


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


PARITY, LEVEL, BIAS = ("N", "E", "O"), ("high", "low"), ("as-is", "pull-up", "pull-down", "disabled")
SERVERS = ("chirpstack", "chirpstack-protobuf", "chirpstack-v3", "tts", "thingpark", "loriot")


@pytest.mark.parametrize(
    ("text", "words", "word"),
    [
        ("even", PARITY, "E"),
        ("none", PARITY, "N"),
        ("ODD", PARITY, "O"),
        ("E ", PARITY, "E"),
        ("n", PARITY, "N"),
        ("8N1", PARITY, "N"),
        ("8E2", PARITY, "E"),
        ("impaire", PARITY, "O"),
        ("", PARITY, None),
        ("8", PARITY, None),
        ("mark", PARITY, None),
        ("high level", LEVEL, "high"),
        ("Active Low", LEVEL, "low"),
        ("H", LEVEL, "high"),
        ("high or low", LEVEL, None),
        ("Pull-Up", BIAS, "pull-up"),
        ("pull down", BIAS, "pull-down"),
        ("internal pull-up", BIAS, "pull-up"),
        ("off", BIAS, "disabled"),
        ("TCP", ("tcp", "rtu"), "tcp"),
        ("Modbus TCP", ("tcp", "rtu"), "tcp"),
        ("modbus-rtu", ("tcp", "rtu"), "rtu"),
        ("RTU over TCP", ("tcp", "rtu"), None),
        ("Modbus RTU", ("serial", "tcp"), "serial"),
        ("RS-485", ("serial", "tcp"), "serial"),
        ("ChirpStack v3", SERVERS, "chirpstack-v3"),
        ("TTN", SERVERS, "tts"),
        ("The Things Stack", SERVERS, "tts"),
        ("MQTT 5", ("5", "3.1.1", "auto"), "5"),
        ("3.1", ("5", "3.1.1", "auto"), "3.1.1"),
        ("big-endian", ("big", "little"), "big"),
        ("France", ("none", "fr", "fr-alsace-moselle"), "fr"),
        ("set", ("Set", "Max", "Min"), "Set"),
        ("xyz", ("Set", "Max", "Min"), None),
    ],
)
def test_a_word_is_told_as_the_file_has_it_or_not_at_all(text: str, words: tuple[str, ...], word: str | None) -> None:
    assert meant_word(text, words) == word


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("70:B3:D5:A1", "70b3d5a1"),
        ("70-b3-d5-a1", "70b3d5a1"),
        ("70 B3 D5 A1 ", "70b3d5a1"),
        ("0x70B3D5A1", "70b3d5a1"),
        ("70B3.D5A1", "70b3d5a1"),
        ("70b3_d5a1", "70b3d5a1"),
        ("70b3d5ag", None),
        ("::", None),
    ],
)
def test_hexadecimal_digits_are_read_without_what_parts_them(text: str, digits: str | None) -> None:
    assert meant_digits(text) == digits


@pytest.mark.parametrize("given", ['"70:B3:D5:A1:C0:DE:00:01"', '"70 b3 d5 a1 c0 de 00 01"', "7000000000000001"])
def test_the_digits_of_a_device_are_told_as_the_file_has_them(errors: Callable[[str], list[str]], given: str) -> None:
    right = given.strip('"').lower().replace(":", "").replace(" ", "")
    (said,) = [each for each in errors(f'[sensor.disc]\nkind = "lorawan"\ndev_eui = {given}\n') if "dev_eui" in each]
    assert f'; write "{right}"; expected a devEUI of 16 hexadecimal digits' in said
