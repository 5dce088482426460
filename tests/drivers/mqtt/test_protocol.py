"""A broker that does not know MQTT 5 is spoken to in MQTT 3.1.1, where the configuration lets the pole choose."""

import pytest

from drivers.mqtt.errors import ConnectRefused, HungUp, MqttError, NoConnack
from drivers.mqtt.options import BrokerOptions, TlsOptions
from drivers.mqtt.protocol import AGAIN_S, ProtocolChoice
from drivers.mqtt.reasons import Reason

AUTO = BrokerOptions(host="b", protocol="auto", tls=TlsOptions(), password_file="/p")
UNKNOWN, HANGS_UP, LOST = ConnectRefused(Reason(0x84)), HungUp(is_v5=True), MqttError("gone")


class Broker:
    """One that is attempted again and again."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.choice = ProtocolChoice("uplink", lambda: self.now_s)

    def attempt(self, error: Exception, let_in: bool = False) -> str:
        """Returns the version that was spoken."""
        options = self.choice.settled(AUTO)
        assert (options.tls, options.password_file, options.host) == (AUTO.tls, AUTO.password_file, "b")
        if let_in:
            self.choice.let_in(options)
        self.choice.ended(options, error)
        return options.protocol


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_version_that_is_set_is_spoken_whatever_comes(version: str) -> None:
    choice, options = ProtocolChoice("uplink"), BrokerOptions(host="b", protocol=version)  # type: ignore[arg-type]
    for error in (UNKNOWN, HANGS_UP, HANGS_UP, HANGS_UP):
        assert choice.settled(options) is options
        choice.ended(options, error)
    assert choice.settled(options) is options


def test_a_broker_that_says_so_is_spoken_to_in_the_older_one_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    broker = Broker()
    assert [broker.attempt(UNKNOWN), *(broker.attempt(LOST, let_in=True) for _ in range(3))] == ["5", *["3.1.1"] * 3]
    assert caplog.messages == ["uplink: the broker does not know MQTT 5, and is spoken to in MQTT 3.1.1"]


@pytest.mark.parametrize("error", [HANGS_UP, NoConnack(10.0, is_v5=True)])
def test_one_that_hangs_up_or_is_silent_is_after_the_second_time(error: Exception) -> None:
    broker = Broker()
    spoken = [broker.attempt(error), broker.attempt(error), broker.attempt(LOST, let_in=True)]
    assert [*spoken, broker.attempt(LOST)] == ["5", "5", "3.1.1", "3.1.1"]


def test_one_that_hangs_up_at_both_was_not_to_blame_for_the_version() -> None:
    broker = Broker()
    assert [broker.attempt(HANGS_UP) for _ in range(6)] == ["5", "5", "3.1.1"] * 2


def test_one_that_was_spoken_to_in_mqtt_5_knows_it() -> None:
    broker = Broker()
    assert broker.attempt(LOST, let_in=True) == "5"
    assert {broker.attempt(HANGS_UP) for _ in range(9)} == {"5"}


def test_it_is_asked_again_after_a_day() -> None:
    broker = Broker()
    broker.attempt(UNKNOWN)
    broker.attempt(LOST, let_in=True)
    broker.now_s = AGAIN_S - 1
    assert broker.attempt(LOST, let_in=True) == "3.1.1"
    broker.now_s = AGAIN_S
    assert broker.attempt(LOST, let_in=True) == "5"


def test_other_ends_are_no_hang_ups() -> None:
    broker = Broker()
    assert {broker.attempt(error) for error in (HANGS_UP, LOST) * 5} == {"5"}
