"""Why a connection to a broker does not begin, or ends, or does not carry a message."""

from aiomqtt import MqttError

from drivers.errors import CredentialsError
from drivers.mqtt.reasons import QOS_NOT_SUPPORTED, TOO_LARGE, Reason
from drivers.printable import printable
from drivers.translation import _

__all__ = [
    "ConnectRefused",
    "CredentialsError",
    "Disconnected",
    "HandshakeTimeout",
    "HungUp",
    "MqttError",
    "NoCertificate",
    "NoConnack",
    "PacketTooLarge",
    "PublishRefused",
    "QosTooLow",
    "Unacknowledged",
    "Unmappable",
    "Withheld",
    "refused",
]


class Withheld(Exception):
    """A message may not be sent any more, once it is its turn."""


class NoCertificate(ValueError):
    """The bytes are no certificate. What cannot be printed in `why` is escaped: a broker shows them."""

    def __init__(self, why: str) -> None:
        super().__init__(printable(why))


class HandshakeTimeout(TimeoutError):
    """Somebody accepts the connection, and does not answer to TLS."""


class Unacknowledged(MqttError):
    """The broker is connected and silent."""


class ConnectRefused(MqttError):
    """The broker does not let us in, and says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(_("the broker refuses the connection: {reason}").format(reason=reason.words))
        self.reason = reason


class Disconnected(MqttError):
    """The broker has ended the connection, and said why (MQTT 5.0, section 3.14)."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(_("the broker ended the connection: {reason}").format(reason=reason.words))
        self.reason = reason


class HungUp(MqttError):
    """The broker took CONNECT, and ended the connection without an answer.

    Args:
        is_v5: it was asked to speak MQTT 5, which it may not know.
    """

    def __init__(self, is_v5: bool) -> None:
        super().__init__(_("the connection was closed before the broker answered CONNECT"))
        self.is_v5 = is_v5


class NoConnack(Unacknowledged):
    """The broker took CONNECT, and says nothing.

    Args:
        is_v5: see HungUp.
    """

    def __init__(self, for_s: float, is_v5: bool) -> None:
        super().__init__(_("no answer to CONNECT for {for_s:g} s").format(for_s=for_s))
        self.is_v5 = is_v5


class QosTooLow(MqttError):
    """The broker lets us in, and acknowledges nothing: its maximum QoS is 0 (MQTT 5.0, section 3.2.2.3.4)."""

    def __init__(self) -> None:
        super().__init__(_("the broker takes messages of QoS 0 alone, and would acknowledge none: they could get lost"))
        self.reason = Reason(QOS_NOT_SUPPORTED)


class PublishRefused(MqttError):
    """The broker refuses this message; others may pass.

    Args:
        topic: of the message.
        reason: in the broker's words.
        code: the reason code; None: there is none.
    """

    def __init__(self, topic: str, reason: str, code: int | None = None) -> None:
        super().__init__(_("the broker refused {topic}: {reason}").format(topic=topic, reason=reason))
        self.code = code


class PacketTooLarge(PublishRefused):
    """The broker takes no message of this size; smaller ones on the same topic may pass."""


class Unmappable(PublishRefused):
    """A type of event cannot be put in the words of the dialect, by a defect; others may pass."""

    def __init__(self, type: str) -> None:
        what = _("events of type {type} cannot be told, by a defect of lamppost: see its log")
        MqttError.__init__(self, what.format(type=type))
        self.code = None


def refused(topic: str, reason: Reason) -> PublishRefused:
    """What the broker answered to a message that it does not take."""
    kind = PacketTooLarge if reason.code == TOO_LARGE else PublishRefused
    return kind(topic, reason.words, reason.code)
