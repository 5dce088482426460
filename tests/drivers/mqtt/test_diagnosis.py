"""What is wrong with a connection has a name, and words for a technician."""

import socket
import ssl

import pytest
from aiomqtt.exceptions import MqttConnectError

from drivers.mqtt.diagnosis import NAMES, diagnose, flatten, most_specific
from drivers.mqtt.errors import CredentialsError, MqttError, PacketTooLarge, PublishRefused, Unacknowledged, Unmappable
from drivers.mqtt.packets import BadPacket
from drivers.mqtt.tls import ClockNotSet
from drivers.mqtt.tls_socket import HandshakeTimeout


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
        (MqttConnectError(5), "login_refused", True),
        (MqttConnectError(3), "connection_refused", False),
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
        (MqttConnectError(5), "check username and password_file"),
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


def test_of_several_that_ended_a_session_a_bad_packet_is_told() -> None:
    """aiomqtt says that the connection ended; what was wrong stands behind that."""
    bad, ended = BadPacket("PUBLISH with QoS 3"), MqttError("Disconnected during message iteration")
    ended.__cause__ = bad
    errors = flatten(ExceptionGroup("", [MqttError("gone"), ExceptionGroup("", [ended])]))
    assert most_specific(errors) is bad
