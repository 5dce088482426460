"""A broker that says that it keeps nothing is asked for nothing of the kind."""

import pytest

from drivers.mqtt.errors import ConnectRefused, Disconnected, MqttError
from drivers.mqtt.reasons import Reason
from drivers.mqtt.retention import Retention

REFUSED, ENDED = ConnectRefused(Reason(0x9A)), Disconnected(Reason(0x9A))
WORDS = "uplink: the broker keeps nothing that is retained; who subscribes late hears no states"


def test_a_broker_that_says_nothing_keeps_what_is_retained(caplog: pytest.LogCaptureFixture) -> None:
    retention = Retention("uplink")
    assert retention.is_kept and retention.let_in(says_so=True)
    for error in (MqttError("gone"), ConnectRefused(Reason(0x9B)), Disconnected(Reason(0x98))):
        retention.ended(error)
        assert retention.is_kept
    assert caplog.messages == []


def test_one_that_says_so_as_it_lets_us_in_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    retention = Retention("uplink")
    assert [retention.let_in(says_so=False) for _ in range(3)] == [False] * 3
    assert not retention.is_kept and caplog.messages == [WORDS]


def test_one_that_refuses_the_will_is_asked_without_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    retention = Retention("uplink")
    retention.ended(REFUSED)
    assert not retention.is_kept and caplog.messages == []
    assert not retention.let_in(says_so=False)
    assert not retention.is_kept and caplog.messages == [WORDS]


def test_one_that_keeps_it_again_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    retention = Retention("uplink")
    said = [retention.let_in(says_so) for says_so in (False, True, False)]
    assert said == [False, True, False] and caplog.messages == [WORDS] * 2


def test_one_that_ends_connections_for_what_it_says_it_keeps_is_not_believed(caplog: pytest.LogCaptureFixture) -> None:
    retention = Retention("uplink")
    assert retention.let_in(says_so=True)
    retention.ended(ENDED)
    assert not retention.is_kept
    assert [retention.let_in(says_so=True) for _ in range(3)] == [False] * 3
    assert not retention.is_kept and caplog.messages == [WORDS]
