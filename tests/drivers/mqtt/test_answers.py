"""Reason codes of answers: each that MQTT knows has its name in whichever packet it comes."""

import pytest

from drivers.mqtt import answers
from drivers.mqtt.packets import BadPacket
from drivers.mqtt.reasons import FAILURE, Reason, is_known

KNOWN = [code for code in range(FAILURE, 256) if is_known(code)]
STRANGE = [code for code in range(FAILURE, 256) if not is_known(code)]
SAID = bytes((6, 0x1F, 0, 3)) + b"why"


@pytest.mark.parametrize("code", KNOWN)
def test_a_refusal_has_its_name_wherever_it_stands(code: int) -> None:
    """paho takes a server that is busy in a CONNACK and in no SUBACK."""
    words = Reason(code, "why")
    assert answers.suback(b"\0\1" + SAID + bytes((code,)), True) == (1, [words])
    assert answers.suback(b"\1\0" + bytes((code,)), False) == (256, [Reason(code)])
    assert answers.puback(b"\0\1" + bytes((code,)) + SAID) == words
    assert answers.puback(b"\0\1" + bytes((code,))) == Reason(code)


@pytest.mark.parametrize("code", STRANGE)
def test_one_that_mqtt_does_not_know_is_told_by_its_number(code: int) -> None:
    with pytest.raises(BadPacket, match=f"SUBACK with the reason code 0x{code:02X}"):
        answers.suback(b"\0\1\0" + bytes((code,)), True)
    with pytest.raises(BadPacket, match=f"PUBACK with the reason code 0x{code:02X}"):
        answers.puback(b"\0\1" + bytes((code,)))


@pytest.mark.parametrize("code", range(3, FAILURE))
def test_no_better_qos_is_granted_than_there_is(code: int) -> None:
    for body, is_v5 in ((b"\0\1\0" + bytes((code,)), True), (b"\0\1" + bytes((code,)), False)):
        with pytest.raises(BadPacket, match=f"SUBACK with the reason code 0x{code:02X}"):
            answers.suback(body, is_v5)


def test_what_was_granted_and_what_was_taken() -> None:
    assert answers.suback(b"\0\1\0\0\1\2", True) == (1, [Reason(0), Reason(1), Reason(2)])
    assert [answers.puback(b"\0\1" + rest) for rest in (b"", b"\0", b"\x10", b"\0\0")] == [None] * 4
    with pytest.raises(BadPacket, match="0x01"):
        answers.puback(b"\0\1\1")
