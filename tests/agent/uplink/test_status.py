"""What the pole knows of its connection, from the first failure to the connection after."""

import logging
from typing import Any

import pytest

from agent.uplink.status import UplinkStatus
from drivers.mqtt.diagnosis import Diagnosis

LOST, BAD = Diagnosis("connection_lost", "it ended"), Diagnosis("bad_packet", "no MQTT")
REFUSED = Diagnosis("access_refused", "the states are refused")


class Connected:
    def __init__(self, sent: int, trouble: Diagnosis | None = None) -> None:
        self.sent, self.trouble = sent, trouble


def test_from_failure_to_failure(caplog: pytest.LogCaptureFixture) -> None:
    now_s = 100.0
    status = UplinkStatus("broker.example:8883", lambda: now_s)
    assert (status.connected, status.trouble, status.next_attempt_s, status.sent) == (False, None, None, 0)
    caplog.set_level(logging.INFO)
    status.on_failed(BAD, 8.0)
    now_s = 103.0
    assert (status.trouble, status.since_s, status.next_attempt_s, status.bad_packet_ago_s) == (BAD, 3.0, 5.0, 3.0)
    status.on_failed(LOST, 8.0)
    now_s = 120.0
    assert (status.trouble, status.since_s, status.next_attempt_s) == (LOST, 20.0, 0.0)
    status.on_attempt()
    first: Any = Connected(7)
    status.on_connected(first)
    now_s = 130.0
    assert (status.connected, status.since_s, status.next_attempt_s, status.trouble) == (True, 10.0, None, None)
    first.sent, first.trouble = 9, REFUSED
    assert (status.sent, status.trouble, status.bad_packets) == (9, REFUSED, 1)
    assert status.on_closed() == 10.0
    assert status.on_closed() == 0.0, "a session that did not come to a connection"
    status.on_failed(LOST, 1.0)
    second: Any = Connected(4)
    status.on_connected(second)
    assert status.sent == 13
    assert caplog.messages == [
        "uplink to broker.example:8883 is down: no MQTT; events are kept",
        "uplink to broker.example:8883 is back",
        "uplink to broker.example:8883 is down: it ended; events are kept",
        "uplink to broker.example:8883 is back",
    ]


def test_a_reason_that_the_broker_gives_while_it_is_down_is_logged_once_each(caplog: pytest.LogCaptureFixture) -> None:
    """The network, which comes and goes meanwhile, is not."""
    now_s = 0.0
    status = UplinkStatus("b:1", lambda: now_s)
    quota = Diagnosis("quota_exceeded", "quota exceeded", refused=True)
    for each in (LOST, Diagnosis("unreachable", "no route"), quota, LOST, quota, BAD):
        status.on_failed(each, 1.0)
    now_s = 7.0
    assert status.ended == BAD and status.ended_ago_s == 7.0
    told: Any = Connected(0)
    status.on_connected(told)
    status.on_failed(quota, 1.0)
    assert caplog.messages == [
        "uplink to b:1 is down: it ended; events are kept",
        "uplink to b:1 is still down: quota exceeded",
        "uplink to b:1 is still down: no MQTT",
        "uplink to b:1 is back",
        "uplink to b:1 is down: quota exceeded; events are kept",
    ]


def test_how_the_connection_before_has_ended_is_known_of_one_that_stands() -> None:
    now_s = 10.0
    status = UplinkStatus("b:1", lambda: now_s)
    assert (status.ended, status.ended_ago_s) == (None, None)
    status.on_failed(BAD, 1.0)
    now_s = 15.0
    again: Any = Connected(0)
    status.on_connected(again)
    assert (status.trouble, status.ended, status.ended_ago_s) == (None, BAD, 5.0)


def test_files_that_are_not_used_are_told_while_it_is_connected() -> None:
    status = UplinkStatus("broker.example:8883", lambda: 0.0)
    connection: Any = Connected(0, REFUSED)
    status.on_connected(connection)
    status.files_trouble = Diagnosis("files", "no key")
    assert status.trouble == Diagnosis("files", "no key")
    status.on_closed()
    status.on_failed(LOST, 1.0)
    assert status.trouble == LOST
