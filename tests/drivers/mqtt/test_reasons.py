"""A reason of the broker has the name that MQTT 5 gives it, in one line."""

import pytest
from paho.mqtt.reasoncodes import ReasonCode

from drivers.mqtt.reasons import FAILURE, MOST_SAID, Reason, connack_code, in_one_line, is_known


def test_every_failure_that_mqtt_5_knows_has_a_name() -> None:
    for code, names in ReasonCode.names.items():
        if code >= FAILURE:
            assert is_known(code)
            name, hexadecimal = Reason(code).words.rsplit(" ", 1)
            assert hexadecimal == f"(0x{code:02X})"
            assert {name.lower().replace("scriptions", "scription")} == {each.lower() for each in names}


def test_a_code_that_it_does_not_know_is_told_by_its_number() -> None:
    assert Reason(0xB0).words == "0xB0" and not is_known(0xB0)


def test_what_the_broker_says_itself_stands_behind_the_name() -> None:
    assert Reason(0x97, "50 messages a day").words == "quota exceeded (0x97), 50 messages a day"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("of the day\n<3>lamppost: all is well\x1b[2J", "of the day <3>lamppost: all is well [2J"),
        ("x" * 5000, "x" * MOST_SAID + "..."),
        ("\r\n", ""),
    ],
)
def test_the_words_of_a_broker_cannot_write_lines_of_their_own(said: str, told: str) -> None:
    assert in_one_line(said) == told


@pytest.mark.parametrize(
    ("code", "is_v5", "told"),
    [
        (0, True, 0),
        (0, False, 0),
        (0x87, True, 0x87),
        (5, False, 0x87),
        (1, True, 0x84),
        (3, False, 0x88),
        (99, False, 99),
    ],
)
def test_the_codes_of_mqtt_3_1_1_have_the_names_of_mqtt_5(code: int, is_v5: bool, told: int) -> None:
    assert connack_code(code, is_v5) == told
