"""A broker may answer late or twice; one that goes on answering nothing is none."""

from typing import Any

import pytest

from drivers.mqtt.packets import BadPacket
from drivers.mqtt.unasked import MOST_UNASKED, Unasked

PUBACK, PUBREL, PINGRESP = (0x40, 7), (0x62, 7), (0xD0, 0)


class Paho:
    """What paho waits for."""

    def __init__(self, *mids: int, ping_s: float = 0) -> None:
        self._out_messages = dict.fromkeys(mids)
        self._ping_t = ping_s


def _unasked(client: Any) -> Unasked:
    return Unasked(client)


@pytest.mark.parametrize("packet", [PUBACK, PUBREL, PINGRESP])
def test_so_many_answers_to_nothing_are_borne(packet: tuple[int, int]) -> None:
    unasked = _unasked(Paho(8))
    for _ in range(MOST_UNASKED):
        unasked.judge(*packet)
    with pytest.raises(BadPacket, match="more than 1000 answers to what nobody asked"):
        unasked.judge(*packet)


@pytest.mark.parametrize("packet", [PUBACK, PINGRESP])
def test_what_was_asked_is_not_counted(packet: tuple[int, int]) -> None:
    unasked = _unasked(Paho(7, ping_s=1.0))
    for _ in range(2 * MOST_UNASKED):
        unasked.judge(*packet)


def test_a_release_that_pubrec_asked_for_is_not_counted() -> None:
    unasked = _unasked(Paho())
    for _ in range(2 * MOST_UNASKED):
        unasked.will_release()
        unasked.judge(*PUBREL)
