"""What is wrong with a connection has a name, and words for a technician."""

import socket
import ssl

import pytest

from drivers.mqtt.diagnosis import NAMES, diagnose, flatten, most_specific
from drivers.mqtt.errors import (
    ConnectRefused,
    CredentialsError,
    Disconnected,
    HandshakeTimeout,
    HungUp,
    MqttError,
    PacketTooLarge,
    PublishRefused,
    QosTooLow,
    Unacknowledged,
    Unmappable,
)
from drivers.mqtt.packets import BadPacket
from drivers.mqtt.reasons import Reason
from drivers.mqtt.tls import ClockNotSet


def _unverified(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_code, error.verify_message = code, "in OpenSSL's words"
    return error


def _alert(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, "from the other side")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "name", "refused"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "unreachable", False),
        (TimeoutError("timed out"), "unreachable", False),
        (HandshakeTimeout("no answer to the TLS handshake"), "silent", False),
        (socket.gaierror(-2, "Name or service not known"), "host_unknown", False),
        (ConnectionResetError(104, "reset"), "connection_lost", False),
        (MqttError("gone"), "connection_lost", False),
        (Unacknowledged("nothing"), "silent", False),
        (BadPacket("PUBLISH with QoS 3"), "bad_packet", False),
        (HungUp(is_v5=True), "connection_lost", False),
        (ConnectRefused(Reason(0x87)), "login_refused", True),
        (ConnectRefused(Reason(0x84)), "connection_refused", False),
        (ConnectRefused(Reason(0x88)), "broker_busy", False),
        (ConnectRefused(Reason(0x97)), "quota_exceeded", True),
        (Disconnected(Reason(0x8E)), "session_taken_over", True),
        (Disconnected(Reason(0x97)), "quota_exceeded", True),
        (Disconnected(Reason(0x89)), "broker_busy", True),
        (Disconnected(Reason(0x8B)), "broker_busy", False),
        (Disconnected(Reason(0x9C)), "broker_moved", True),
        (Disconnected(Reason(0x87)), "login_refused", True),
        (ConnectRefused(Reason(0x9A)), "connection_refused", False),
        (ConnectRefused(Reason(0x9B)), "qos_not_supported", True),
        (QosTooLow(), "qos_not_supported", True),
        (Disconnected(Reason(0x98)), "disconnected", True),
        (Disconnected(Reason(0)), "disconnected", False),
        (PublishRefused("t", "no"), "event_refused", True),
        (PacketTooLarge("t", "no"), "event_too_large", True),
        (Unmappable("bay.freed"), "event_defect", False),
        (_unverified(62), "certificate_name", False),
        (_unverified(64), "certificate_name", False),
        (_unverified(10), "certificate_expired", False),
        (_unverified(9), "certificate_not_yet_valid", False),
        (_unverified(20), "certificate_untrusted", False),
        (ClockNotSet("early"), "clock_not_set", False),
        (ssl.SSLError(1, "WRONG_VERSION_NUMBER"), "tls", False),
        (_alert("TLSV1_ALERT_PROTOCOL_VERSION"), "tls", False),
        (_alert("TLSV1_ALERT_UNKNOWN_CA"), "certificate_refused", True),
        (_alert("TLSV13_ALERT_CERTIFICATE_REQUIRED"), "certificate_refused", True),
        (_alert("SSLV3_ALERT_BAD_CERTIFICATE"), "certificate_refused", True),
        (CredentialsError("no file"), "files", False),
    ],
)
def test_what_ended_a_session_has_its_name(error: Exception, name: str, refused: bool) -> None:
    found = diagnose(error)
    assert (found.name, found.refused) == (name, refused)
    assert found.name in NAMES and found.words


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (ConnectRefused(Reason(0x87)), "check username and password_file"),
        (Disconnected(Reason(0x8E)), "is there a second pole with this site and id?"),
        (ConnectRefused(Reason(0x84)), 'protocol = "3.1.1"'),
        (ConnectRefused(Reason(0x9A)), "the next connection asks it for nothing of the kind"),
        (QosTooLow(), "let it take QoS 1 (max_qos of mosquitto)"),
        (HungUp(is_v5=True), 'protocol = "3.1.1"'),
        (MqttError("Disconnected during message iteration"), "the broker or the network ended the connection"),
    ],
)
def test_words_of_the_library_come_with_words_for_a_technician(error: Exception, advice: str) -> None:
    words = diagnose(error).words
    assert advice in words and str(error) in words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "connection refused: nothing listens there"),
        (OSError(101, "Network is unreachable"), "Network is unreachable (is the network up"),
        (TimeoutError("timed out"), "timed out: nobody answers"),
        (_alert("TLSV1_ALERT_UNKNOWN_CA"), "refuses the certificate of this pole (unknown ca): check certificate_file"),
    ],
)
def test_what_the_system_says_is_put_into_words_for_a_technician(error: Exception, words: str) -> None:
    assert words in diagnose(error).words


def test_a_broker_that_hangs_up_at_mqtt_3_1_1_has_no_advice_about_the_protocol() -> None:
    assert "protocol" not in diagnose(HungUp(is_v5=False)).words


@pytest.mark.parametrize("said", [Disconnected(Reason(0x97)), ConnectRefused(Reason(0x89)), BadPacket("QoS 3")])
@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_of_several_that_ended_a_session_what_the_broker_said_is_told(said: Exception, at: int) -> None:
    others: list[Exception] = [MqttError("the connection was lost"), PublishRefused("t", "no"), Unacknowledged("none")]
    assert most_specific([*others[:at], said, *others[at:]]) is said
    assert most_specific(others) is others[1], "a refusal tells more than the end of the connection"
    assert most_specific(others[::2]) is others[2], "and so does silence"


def test_of_several_that_ended_a_session_a_bad_packet_is_told() -> None:
    """aiomqtt says that the connection ended; what was wrong stands behind that."""
    bad, ended = BadPacket("PUBLISH with QoS 3"), MqttError("Disconnected during message iteration")
    ended.__cause__ = bad
    errors = flatten(ExceptionGroup("", [MqttError("gone"), ExceptionGroup("", [ended])]))
    assert most_specific(errors) is bad
