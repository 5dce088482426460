"""Why a connection to a broker does not begin, or ends, or does not carry a message."""

from aiomqtt import MqttError

from drivers.translation import _

__all__ = ["CredentialsError", "MqttError", "PacketTooLarge", "PublishRefused", "Unacknowledged", "Unmappable"]


class CredentialsError(Exception):
    """Why it is not even tried to connect, in words for a technician."""


class Unacknowledged(MqttError):
    """The broker is connected and silent."""


class PublishRefused(MqttError):
    """The broker refuses this message; others may pass.

    Args:
        topic: of the message.
        reason: in the broker's words.
    """

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(_("the broker refused {topic}: {reason}").format(topic=topic, reason=reason))


class PacketTooLarge(PublishRefused):
    """The broker takes no message of this size; smaller ones on the same topic may pass."""


class Unmappable(PublishRefused):
    """A type of event cannot be put in the words of the dialect, by a defect; others may pass."""

    def __init__(self, type: str) -> None:
        what = _("events of type {type} cannot be told, by a defect of lamppost: see its log")
        MqttError.__init__(self, what.format(type=type))
