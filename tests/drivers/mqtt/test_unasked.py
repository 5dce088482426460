"""A broker may answer late or twice; one that goes on answering nothing is none."""

from typing import Any

import pytest

from drivers.mqtt.packets import PINGRESP, PUBACK, PUBREL, BadPacket
from drivers.mqtt.unasked import MOST_UNASKED, Unasked


class Paho:
    """What paho waits for."""

    def __init__(self, ping_s: float = 0) -> None:
        self._ping_t = ping_s


def _unasked(client: Any) -> Unasked:
    return Unasked(client)


@pytest.mark.parametrize("kind", [PUBACK, PUBREL, PINGRESP])
def test_so_many_answers_to_nothing_are_borne(kind: int) -> None:
    unasked = _unasked(Paho())
    for _ in range(MOST_UNASKED):
        unasked.judge(kind)
    with pytest.raises(BadPacket, match="more than 1000 answers to what nobody asked"):
        unasked.judge(kind)


def test_so_many_acknowledgements_of_nothing_are_borne_and_others_are_not_counted() -> None:
    unasked = _unasked(Paho())
    for _ in range(MOST_UNASKED):
        unasked.judge_puback(was_asked=True)
        unasked.judge_puback(was_asked=False)
    with pytest.raises(BadPacket, match="more than 1000 answers to what nobody asked"):
        unasked.judge_puback(was_asked=False)


def test_the_answer_to_a_ping_is_not_counted() -> None:
    unasked = _unasked(Paho(ping_s=1.0))
    for _ in range(2 * MOST_UNASKED):
        unasked.judge(PINGRESP)


def test_a_release_that_pubrec_asked_for_is_not_counted() -> None:
    unasked = _unasked(Paho())
    for _ in range(2 * MOST_UNASKED):
        unasked.will_release()
        unasked.judge(PUBREL)
