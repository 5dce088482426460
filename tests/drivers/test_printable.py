"""What cannot be printed is written as an escape, and nothing else changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.errors import SourceError
from drivers.errors import DeviceError
from drivers.lorawan.servers.chirpstack import uplink
from drivers.lorawan.uplink import NotAnUplink
from drivers.mqtt.errors import NoCertificate
from drivers.mqtt.packets import BadPacket
from drivers.printable import printable, printable_lines
from drivers.profile import ProfileError

NASTY = "a\0b\x1b[2Jc\rd\x7f\x85\u202e\u2028\ud800"
SHOWN = r"a\x00b\x1b[2Jc\rd\x7f\x85\u202e\u2028\ud800"


def test_a_line_is_one_line_that_moves_no_cursor() -> None:
    assert printable(f"{NASTY}\n") == rf"{SHOWN}\n"
    assert printable_lines(f"{NASTY}\n{NASTY}") == f"{SHOWN}\n{SHOWN}"


@pytest.mark.parametrize("text", ["", "unit 3: 5,5 °C", "Été\xa0: 5\u202fmm", "桜 🅿"])
def test_what_can_be_printed_stays(text: str) -> None:
    assert printable(text) == printable_lines(text) == text


@given(st.text())
def test_whatever_it_is_it_can_be_printed(text: str) -> None:
    shown = printable(text).replace("\xa0", "").replace("\u202f", "")
    assert shown.isprintable() and printable(printable(text)) == printable(text)


@pytest.mark.parametrize(
    "error",
    [
        DeviceError("lamp-1", NASTY, NASTY),
        SourceError(NASTY, NASTY),
        ProfileError(NASTY),
        NotAnUplink(NASTY),
        NoCertificate(NASTY),
        BadPacket(NASTY),
    ],
)
def test_an_error_repeats_no_words_of_others_as_they_are(error: Exception) -> None:
    said = [str(error), *(getattr(error, each, "") for each in ("what", "hint", "words"))]
    assert SHOWN in said[0] and all(each.isprintable() for each in said)


def test_what_a_network_server_sends_is_told_without_its_control_characters() -> None:
    with pytest.raises(NotAnUplink) as caught:
        uplink(b'{"fPort": "\\u001b[2J\\u0000"}')
    assert str(caught.value).isprintable()
