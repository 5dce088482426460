"""Diagnosis of what keeps the uplink from working, by name: for `lamppost status`, whose names docs/operations.md
explains."""

import errno
import socket
import ssl

from aiomqtt import MqttError
from aiomqtt.exceptions import MqttConnectError
from msgspec import Struct

from agent.store import StoreError
from agent.uplink import tls
from agent.uplink.acknowledgements import Unacknowledged
from agent.uplink.link import PacketTooLarge, PublishRefused
from agent.uplink.tls import ClockNotSet, UplinkError
from drivers.packets import BadPacket

# "Bad user name or password", "not authorized", "banned": MQTT 3.1.1 table 3.1; MQTT 5.0 section 3.2.2.2.
_LOGIN_REFUSED = {4, 5, 0x86, 0x87, 0x8A}

# Verification errors of OpenSSL (x509_vfy.h): not yet valid, expired, another host name or address.
_NOT_YET, _EXPIRED, _NAMES = 9, 10, {62, 64}

_TIMES = {
    _NOT_YET: ("certificate_not_yet_valid", "is not valid yet"),
    _EXPIRED: ("certificate_expired", "has expired"),
}

_OWN = "check certificate_file and key_file, and whether the broker knows their authority"

_BY_KIND: dict[type[Exception], str] = {
    socket.gaierror: "host_unknown",
    UplinkError: "files",
    StoreError: "store",
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
    "bad_packet",
    "certificate_name",
    "certificate_untrusted",
    "certificate_not_yet_valid",
    "certificate_expired",
    "certificate_refused",
    "clock_not_set",
    "tls",
    "files",
    "store",
    "event_refused",
    "event_too_large",
    "access_refused",
)
"""Every name there is."""


class Diagnosis(Struct, frozen=True):
    """One thing that is wrong.

    Args:
        name: one of NAMES.
        words: for a technician.
        refused: the broker does not want us, or what we say: asking again soon would only look like an attack.
    """

    name: str
    words: str
    refused: bool = False


def diagnose(error: Exception) -> Diagnosis:
    """What ended a session, or kept it from beginning."""
    words = str(error) or type(error).__name__
    match error:
        case ssl.SSLError():
            return _of_tls(error, words)
        case MqttError():
            return _of_mqtt(error, words)
        case socket.gaierror():
            words += ": no address is known for it; check host, and the name server"
        case OSError(errno=errno.ECONNREFUSED):
            words = "connection refused: nothing listens there (is the broker up? are host and port right?)"
        case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH):
            words = f"{error.strerror} (is the network up, and host right?)"
        case TimeoutError():
            words += ": nobody answers there (is host right? does a firewall stand between?)"
    return Diagnosis(next((name for kind, name in _BY_KIND.items() if isinstance(error, kind)), "unreachable"), words)


def _of_mqtt(error: MqttError, words: str) -> Diagnosis:
    match error:
        case MqttConnectError():
            code = error.rc if isinstance(error.rc, int) else getattr(error.rc, "value", 0)
            if code in _LOGIN_REFUSED:
                return Diagnosis(
                    "login_refused", f"{words}: check username and password_file, here and at the broker", True
                )
            return Diagnosis("connection_refused", words)
        case PublishRefused():
            return Diagnosis("event_too_large" if isinstance(error, PacketTooLarge) else "event_refused", words, True)
        case Unacknowledged():
            return Diagnosis("silent", words)
        case BadPacket():
            return Diagnosis("bad_packet", f"{words}: is it a broker that listens there, and which one?")
    return Diagnosis("connection_lost", f"the broker or the network ended the connection ({words})")


def _of_tls(error: ssl.SSLError, words: str) -> Diagnosis:
    if isinstance(error, ClockNotSet):
        return Diagnosis("clock_not_set", words)
    if tls.is_refusal(error):
        words = f"the broker refuses the certificate of this pole ({tls.alert_of(error)}): {_OWN}"
        return Diagnosis("certificate_refused", words, True)
    if not isinstance(error, ssl.SSLCertVerificationError):
        return Diagnosis("tls", f"{words}: is it the TLS port of the broker, and does it know TLS 1.2?")
    code = error.verify_code
    if code in _NAMES:
        what = error.verify_message.rstrip(".")
        return Diagnosis("certificate_name", f"{what}: it is another broker's, or host is not its name")
    if code in _TIMES:
        name, what = _TIMES[code]
        return Diagnosis(
            name, f"a certificate of the broker {what}; the clock of this box is set, so it is not to blame"
        )
    return Diagnosis("certificate_untrusted", f"{words}: check ca_file")


def flatten(group: BaseExceptionGroup[Exception]) -> list[Exception]:
    """The errors in it, however deep."""
    found: list[Exception] = []
    for error in group.exceptions:
        # aiomqtt says that a connection has ended, and why stands behind that.
        why = error.__cause__ if isinstance(error.__cause__, BadPacket) else error
        found += flatten(why) if isinstance(why, BaseExceptionGroup) else [why]
    return found


def most_specific(errors: list[Exception]) -> Exception:
    """Of several that ended one session: a refusal or a bad packet tells more than the end of the connection."""
    telling = (error for error in errors if isinstance(error, BadPacket) or diagnose(error).refused)
    return next(telling, errors[0])
