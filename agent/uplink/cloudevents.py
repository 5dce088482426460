"""The CloudEvents dialect, pure: event -> message, message -> command.

CloudEvents 1.0.2 in the structured JSON format, which MQTT 3.1.1 and 5 carry alike (MQTT Protocol Binding for
CloudEvents 1.0.2, section 3.2). Topics carry site and pole, so that one broker serves many communes.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from agent.clock import Moment
from agent.events import Event
from drivers.base import Command
from drivers.options import Id, Seconds

CLOUDEVENTS_JSON = "application/cloudevents+json"
PLAIN_JSON = "application/json"
MAX_COMMAND_BYTES = 16 * 1024
MAX_HOLD_S = timedelta(days=366).total_seconds()


class Message(Struct, frozen=True):
    """What goes to the broker.

    Args:
        content_type: MQTT 5 content type; MQTT 3.1.1 has no place for it.
    """

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    content_type: str = CLOUDEVENTS_JSON


class BadCommand(Struct, frozen=True):
    """A message on the command topic that orders nothing.

    Args:
        id: the sender's, where one can be read, so that the outcome reaches who waits for it.
        reason: what is wrong with it, for the sender.
    """

    id: str | None
    reason: str


class _Envelope(Struct, frozen=True):
    """Context attributes of CloudEvents 1.0.2; `timetrusted` is an extension (lower-case letters and digits only)."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str
    timetrusted: bool
    data: dict[str, Any]


class CloudEvents:
    """What one pole says and hears.

    Args:
        site, pole: names without "/", "+" and "#".
    """

    def __init__(self, site: str, pole: str) -> None:
        base = f"lamppost/{site}/{pole}"
        self.source = f"lamppost://{site}/{pole}"
        self.status_topic = f"{base}/status"
        self.command_topic = f"{base}/command"
        self._event_topic = f"{base}/event/"

    def event(self, event: Event) -> Message:
        envelope = _Envelope(
            specversion="1.0",
            id=event.id,
            source=self.source,
            type=event.type,
            subject=event.subject,
            time=rfc3339(event.at),
            datacontenttype=PLAIN_JSON,
            timetrusted=event.at.trusted,
            data=event.data,
        )
        return Message(self._event_topic + event.type, msgspec.json.encode(envelope))

    def status(self, online: bool, details: Mapping[str, Any] | None = None) -> Message:
        """The retained answer to "is this pole there?"; with `online` false also the last will."""
        body = msgspec.json.encode({"online": online, **(details or {})})
        return Message(self.status_topic, body, retain=True, content_type=PLAIN_JSON)


def rfc3339(at: Moment) -> str:
    """RFC 3339 in UTC with milliseconds, e.g. "2026-11-05T17:03:22.120Z"."""
    return at.utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_CommandId = Annotated[str, Meta(pattern=r"^[\x21-\x7e]{1,64}$")]


class _Order(Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON of a command."""

    id: _CommandId
    device: Id
    action: Annotated[str, Meta(pattern="^[a-z][a-z_]{0,31}$")]
    value: float | None = None
    expires: Annotated[datetime, Meta(tz=True)] | None = None
    hold: Annotated[str, Meta(max_length=32)] | None = None
    hold_s: float | None = None


class _WithId(Struct, frozen=True):
    id: _CommandId


def command(payload: bytes, retained: bool = False) -> Command | BadCommand:
    """The order in a message on the command topic. Never raises: whatever the bytes are.

    Args:
        retained: whether the broker delivers an old message that it kept.
    """
    if len(payload) > MAX_COMMAND_BYTES:
        return BadCommand(None, f"{len(payload)} bytes; a command has at most {MAX_COMMAND_BYTES}")
    if retained:
        # It would be carried out again at each reconnection, long after it was meant.
        return BadCommand(_id_in(payload), "retained commands are refused; publish it without the retain flag")
    try:
        return _as_command(msgspec.json.decode(payload, type=_Order))
    except (msgspec.MsgspecError, RecursionError, ValueError, OverflowError) as error:
        return BadCommand(_id_in(payload), f"not a command: {error}")


def _id_in(payload: bytes) -> str | None:
    try:
        return msgspec.json.decode(payload, type=_WithId).id
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def _as_command(order: _Order) -> Command:
    if order.value is not None and not math.isfinite(order.value):
        raise ValueError("value is not a finite number")
    expires = order.expires.astimezone(UTC) if order.expires else None
    return Command(order.id, order.device, order.action, order.value, expires, _hold_s(order))


def _hold_s(order: _Order) -> float | None:
    if order.hold is not None and order.hold_s is not None:
        raise ValueError("hold and hold_s exclude each other")
    hold_s = float(Seconds.parse(order.hold)) if order.hold is not None else order.hold_s
    if hold_s is not None and not 0 < hold_s <= MAX_HOLD_S:
        raise ValueError("hold is longer than 0 s and at most 366 d")
    return hold_s
