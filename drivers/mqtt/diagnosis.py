"""What keeps a connection to a broker from working, by name; docs/operations.md explains the names.

The same cause has the same words for every broker.
"""

import errno
import socket
import ssl

from aiomqtt import MqttError
from aiomqtt.exceptions import MqttConnectError
from msgspec import Struct

from drivers.mqtt import tls_socket
from drivers.mqtt.errors import CredentialsError, PacketTooLarge, PublishRefused, Unacknowledged, Unmappable
from drivers.mqtt.packets import BadPacket
from drivers.mqtt.tls import ClockNotSet
from drivers.mqtt.tls_socket import HandshakeTimeout
from drivers.translation import _

# "Bad user name or password", "not authorized", "banned": MQTT 3.1.1 table 3.1; MQTT 5.0 section 3.2.2.2.
_LOGIN_REFUSED = {4, 5, 0x86, 0x87, 0x8A}

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
    def words(self) -> str:
        """All of it in one line."""
        if not self.advice:
            return self.what
        return f"{self.what} ({self.advice})" if self.advice.endswith("?") else f"{self.what}: {self.advice}"


def diagnose(error: Exception) -> Diagnosis:
    """What ended a connection, or kept it from beginning."""
    what, advice = str(error) or type(error).__name__, ""
    match error:
        case ssl.SSLError():
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
        case MqttConnectError():
            code = error.rc if isinstance(error.rc, int) else getattr(error.rc, "value", 0)
            if code in _LOGIN_REFUSED:
                return Diagnosis(
                    "login_refused", what, _("check username and password_file, here and at the broker"), True
                )
            return Diagnosis("connection_refused", what)
        case PublishRefused():
            return _of_event(error, what)
        case Unacknowledged():
            return Diagnosis("silent", what)
        case BadPacket():
            return Diagnosis("bad_packet", what, _("is it a broker that listens there, and which one?"))
    return Diagnosis("connection_lost", _("the broker or the network ended the connection ({what})").format(what=what))


def _of_event(error: PublishRefused, what: str) -> Diagnosis:
    if isinstance(error, Unmappable):
        return Diagnosis("event_defect", what)
    return Diagnosis("event_too_large" if isinstance(error, PacketTooLarge) else "event_refused", what, refused=True)


def _of_tls(error: ssl.SSLError, what: str) -> Diagnosis:
    if isinstance(error, ClockNotSet):
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


def flatten(group: BaseExceptionGroup[Exception]) -> list[Exception]:
    """The errors in it, however deep."""
    found: list[Exception] = []
    for error in group.exceptions:
        # It may say no more than that a connection has ended; why stands behind that.
        why = error.__cause__ if isinstance(error.__cause__, BadPacket) else error
        found += flatten(why) if isinstance(why, BaseExceptionGroup) else [why]
    return found


def most_specific(errors: list[Exception]) -> Exception:
    """Chooses, of several errors that ended one session, the one that tells most: a refusal or a bad packet tells
    more than the end of the connection."""
    telling = (error for error in errors if isinstance(error, BadPacket) or diagnose(error).refused)
    return next(telling, errors[0])
