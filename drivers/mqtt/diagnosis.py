"""What keeps a connection to a broker from working, by name; docs/operations.md explains the names.

The same cause has the same words for every broker.
"""

import errno
import socket
import ssl
from typing import TypeGuard

from aiomqtt import MqttError
from msgspec import Struct

from drivers.mqtt import tls, tls_socket
from drivers.mqtt.errors import (
    ConnectRefused,
    CredentialsError,
    Disconnected,
    HandshakeTimeout,
    HungUp,
    NoConnack,
    PacketTooLarge,
    PublishRefused,
    QosTooLow,
    Unacknowledged,
    Unmappable,
)
from drivers.mqtt.packets import BadPacket
from drivers.mqtt.reasons import (
    NOT_AUTHORIZED,
    QOS_NOT_SUPPORTED,
    QUOTA,
    RECEIVE_MAXIMUM,
    RETAIN_NOT_SUPPORTED,
    TOO_LARGE,
    UNSUPPORTED_PROTOCOL,
    Reason,
)
from drivers.translation import _

_OLDER_PROTOCOL = _('it may not know MQTT 5: protocol = "3.1.1", or "auto", which tries both')
_SLOWER = _("ask its operator; less telemetry, longer periods")

_NAMES_OF_REASONS = {
    **dict.fromkeys((0x86, NOT_AUTHORIZED, 0x8A, 0x8C), "login_refused"),
    **dict.fromkeys((0x88, 0x89, 0x8B, 0x9F), "broker_busy"),
    **dict.fromkeys((0x96, QUOTA), "quota_exceeded"),
    **dict.fromkeys((0x9C, 0x9D), "broker_moved"),
    0x8E: "session_taken_over",
    QOS_NOT_SUPPORTED: "qos_not_supported",
}
"""The names of what a broker says of a whole connection; any other reason is one of several under a common name."""

_ADVICE = {
    UNSUPPORTED_PROTOCOL: _OLDER_PROTOCOL,
    0x85: _("its operator says which client identifiers are right"),
    **dict.fromkeys((0x86, NOT_AUTHORIZED, 0x8A, 0x8C), _("check username and password_file, here and at the broker")),
    0x8D: _("nothing reached it in time: the network; or a shorter keepalive"),
    0x8E: _("another client has the same client identifier: is there a second pole with this site and id?"),
    **dict.fromkeys((0x8F, 0x90), _("it does not allow that topic: [uplink.topics]")),
    RECEIVE_MAXIMUM: _("a lower in_flight"),
    TOO_LARGE: _("raise its limit"),
    **dict.fromkeys((0x96, QUOTA), _SLOWER),
    0x98: _("ask its operator"),
    RETAIN_NOT_SUPPORTED: _("it keeps nothing that is retained; the next connection asks it for nothing of the kind"),
    QOS_NOT_SUPPORTED: _("let it take QoS 1 (max_qos of mosquitto), or take another broker"),
    **dict.fromkeys((0x9C, 0x9D), _("ask its operator for the new host")),
}

_BIDES = {0x86, NOT_AUTHORIZED, 0x89, 0x8A, 0x8C, 0x8E, 0x96, QUOTA, 0x98, QOS_NOT_SUPPORTED, 0x9C, 0x9D, 0x9F}
"""Reasons at which it is asked again slowly."""

# Verification errors of OpenSSL (x509_vfy.h): not yet valid, expired, another host name or address.
_NOT_YET, _EXPIRED, _NAMES = 9, 10, {62, 64}

_TIMES = {
    _NOT_YET: ("certificate_not_yet_valid", _("is not valid yet")),
    _EXPIRED: ("certificate_expired", _("has expired")),
}

_OWN = _("check certificate_file and key_file, and whether the broker knows their authority")

_BY_KIND: dict[type[Exception], str] = {
    socket.gaierror: "host_unknown",
    CredentialsError: "files",
    ConnectionResetError: "connection_lost",
    BrokenPipeError: "connection_lost",
}

NAMES = (
    "unreachable",
    "host_unknown",
    "silent",
    "login_refused",
    "connection_refused",
    "connection_lost",
    "disconnected",
    "session_taken_over",
    "quota_exceeded",
    "broker_busy",
    "broker_moved",
    "qos_not_supported",
    "bad_packet",
    "certificate_name",
    "certificate_untrusted",
    "certificate_not_yet_valid",
    "certificate_expired",
    "certificate_refused",
    "clock_not_set",
    "tls",
    "files",
    "event_refused",
    "event_too_large",
    "event_defect",
)
"""Every name there is."""


_OF_BROKER = {"bad_packet", "connection_refused", "disconnected", *_NAMES_OF_REASONS.values()}


class Diagnosis(Struct, frozen=True):
    """One thing that is wrong, in words for a technician.

    Args:
        name: which of the names it is.
        what: is wrong.
        advice: what to do about it, or to look at; empty: `what` says it.
        refused: the broker does not want us, or what we say: asking again soon would only look like an attack.
    """

    name: str
    what: str
    advice: str = ""
    refused: bool = False

    @property
    def said_by_broker(self) -> bool:
        """Whether the broker itself has said or sent it, and no network in between."""
        return self.refused or self.name in _OF_BROKER

    @property
    def words(self) -> str:
        """All of it in one line."""
        if not self.advice:
            return self.what
        return f"{self.what} ({self.advice})" if self.advice.endswith("?") else f"{self.what}: {self.advice}"


def diagnose(error: Exception) -> Diagnosis:
    """What ended a connection, or kept it from beginning."""
    what, advice = str(error) or type(error).__name__, ""
    match error:
        case OSError() if is_of_tls(error):
            return _of_tls(error, what)
        case MqttError():
            return _of_mqtt(error, what)
        case socket.gaierror():
            what = _("{what}: no address is known for it").format(what=what)
            advice = _("check host, and the name server")
        case OSError(errno=errno.ECONNREFUSED):
            what = _("connection refused: nothing listens there")
            advice = _("is the broker up? are host and port right?")
        case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH):
            what, advice = error.strerror or what, _("is the network up, and host right?")
        case HandshakeTimeout():
            return Diagnosis("silent", what, _("is it a broker that listens there?"))
        case TimeoutError():
            what = _("{what}: nobody answers there").format(what=what)
            advice = _("is host right? does a firewall stand between?")
    name = next((name for kind, name in _BY_KIND.items() if isinstance(error, kind)), "unreachable")
    return Diagnosis(name, what, advice)


def _of_mqtt(error: MqttError, what: str) -> Diagnosis:
    match error:
        case ConnectRefused() | Disconnected() | QosTooLow():
            usual = "disconnected" if isinstance(error, Disconnected) else "connection_refused"
            return _by_reason(error.reason, usual, what)
        case PublishRefused():
            return _of_event(error, what)
        case NoConnack():
            advice = _("is it a broker that listens there?")
            return Diagnosis("silent", what, f"{advice} {_OLDER_PROTOCOL}" if error.is_v5 else advice)
        case Unacknowledged():
            return Diagnosis("silent", what)
        case BadPacket():
            return Diagnosis("bad_packet", what, _("is it a broker that listens there, and which one?"))
    advice = _OLDER_PROTOCOL if isinstance(error, HungUp) and error.is_v5 else ""
    said = _("the broker or the network ended the connection ({what})").format(what=what)
    return Diagnosis("connection_lost", said, advice)


def _by_reason(reason: Reason, usual: str, what: str) -> Diagnosis:
    """
    Args:
        usual: the name of what has none of its own.
    """
    name = _NAMES_OF_REASONS.get(reason.code, usual)
    return Diagnosis(name, what, advice_of(reason.code), reason.code in _BIDES)


def advice_of(code: int | None) -> str:
    """Returns what to do about a reason of the broker; empty: that is not known."""
    return "" if code is None else _ADVICE.get(code, "")


def _of_event(error: PublishRefused, what: str) -> Diagnosis:
    if isinstance(error, Unmappable):
        return Diagnosis("event_defect", what)
    return Diagnosis("event_too_large" if isinstance(error, PacketTooLarge) else "event_refused", what, refused=True)


def is_of_tls(error: OSError) -> TypeGuard["ssl.SSLError"]:
    """Whether OpenSSL has raised it. Told by the name, for which a pole without TLS need not load `ssl`."""
    return any(kind.__module__ == "ssl" for kind in type(error).__mro__)


def _of_tls(error: "ssl.SSLError", what: str) -> Diagnosis:
    if isinstance(error, tls.ClockNotSet):
        return Diagnosis("clock_not_set", what)
    if tls_socket.is_refusal(error):
        what = _("the broker refuses the certificate of this pole ({reason})").format(reason=tls_socket.alert_of(error))
        return Diagnosis("certificate_refused", what, _OWN, True)
    if not isinstance(error, ssl.SSLCertVerificationError):
        return Diagnosis("tls", what, _("is it the TLS port of the broker, and does it know TLS 1.2?"))
    code = error.verify_code
    if code in _NAMES:
        what = error.verify_message.rstrip(".")
        return Diagnosis("certificate_name", what, _("it is another broker's, or host is not its name"))
    if code in _TIMES:
        name, what = _TIMES[code]
        said = _("a certificate of the broker {what}; the clock of this box is set, so it is not to blame")
        return Diagnosis(name, said.format(what=what))
    return Diagnosis("certificate_untrusted", what, _("check ca_file"))


_SAID = (BadPacket, Disconnected, ConnectRefused)
"""What the broker itself sent that ended a connection."""


def flatten(group: BaseExceptionGroup[Exception]) -> list[Exception]:
    """The errors in it, however deep."""
    found: list[Exception] = []
    for error in group.exceptions:
        # It may say no more than that a connection has ended; why stands behind that.
        why = error.__cause__ if isinstance(error.__cause__, _SAID) else error
        found += flatten(why) if isinstance(why, BaseExceptionGroup) else [why]
    return found


def most_specific(errors: list[Exception]) -> Exception:
    """Chooses, of several errors that ended one session, the one that tells most: what the broker said or sent before a
    refusal, and any of these before the end of the connection."""
    return min(errors, key=_silence)


def _silence(error: Exception) -> int:
    if isinstance(error, _SAID):
        return 0
    found = diagnose(error)
    return 1 if found.refused else 3 if found.name == "connection_lost" else 2
