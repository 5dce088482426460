"""The CloudEvents dialect, pure: event -> message. What comes down is in `orders`.

CloudEvents 1.0.2 in the structured JSON format, which MQTT 3.1.1 and 5 carry alike (MQTT Protocol Binding for
CloudEvents 1.0.2, section 3.2). Topics carry site and pole, so that one broker serves many communes.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, structs

from agent.clock import Moment, rfc3339
from agent.events import Event
from agent.events.registry import EVENT_TYPES, Time

CLOUDEVENTS_JSON = "application/cloudevents+json"
PLAIN_JSON = "application/json"


class Message(Struct, frozen=True):
    """What goes to the broker. MQTT 3.1.1 has no place for anything below `retain`; the payload tells what matters.

    Args:
        expires_s: the broker may deliver it so long after its publication; None: for ever.
        replayed: told as a user property too.
        correlation, traceparent: of the command that it answers.
    """

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    content_type: str = CLOUDEVENTS_JSON
    expires_s: int | None = None
    replayed: bool = False
    correlation: bytes | None = None
    traceparent: str | None = None


class Envelope(Struct, frozen=True, kw_only=True):
    """Context attributes of CloudEvents 1.0.2, and three extensions (lower-case letters and digits only).

    Args:
        specversion: of CloudEvents.
        id: unique for ever; the same event always has the same one.
        source: lamppost://SITE/POLE
        type: which type of event it is.
        subject: name of the bay, lamp, zone, camera or other device in the configuration, or the pole's id.
        time: when it happened.
        timetrusted: whether the pole's clock was set.
        replayed: it waited for a connection: it is no news.
        traceparent: of the command that it answers (W3C Trace Context).
        data: by type.
    """

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: Annotated[str, Meta(extra_json_schema={"format": "uri"})]
    type: str
    subject: str
    time: Time
    datacontenttype: Literal["application/json"] = "application/json"
    timetrusted: bool
    replayed: Literal[True] | UnsetType = UNSET
    traceparent: str | UnsetType = UNSET
    data: dict[str, Any]


class Retained(Struct, frozen=True):
    """The retained state of a device.

    Args:
        time: since when it is so.
        timetrusted: whether the pole's clock was set.
        state: by its kind.
    """

    time: str
    timetrusted: bool
    state: Any


class CloudEvents:
    """What one pole says.

    Args:
        site, pole: names without "/", "+" and "#".
    """

    def __init__(self, site: str, pole: str) -> None:
        base = f"lamppost/{site}/{pole}"
        self.source = f"lamppost://{site}/{pole}"
        self.status_topic = f"{base}/status"
        self.command_topic = f"{base}/command"
        self.response_prefix = f"{base}/response/"
        self._event_topic = f"{base}/event/"
        self._state_topic = f"{base}/state/"

    def event(self, event: Event, replayed: bool = False, traceparent: str | None = None) -> Message:
        """
        Args:
            replayed: it waited for a connection, and is no news.
            traceparent: of the command that it answers.
        """
        envelope = Envelope(
            id=event.id,
            source=self.source,
            type=event.type,
            subject=event.subject,
            time=rfc3339(event.at),
            timetrusted=event.at.trusted,
            replayed=True if replayed else UNSET,
            traceparent=UNSET if traceparent is None else traceparent,
            data=event.data,
        )
        kind = EVENT_TYPES.get(event.type)
        return Message(
            self._event_topic + event.type,
            msgspec.json.encode(envelope),
            expires_s=kind.expires_s if kind else None,
            replayed=replayed,
            traceparent=traceparent,
        )

    def answer(self, outcome: Message, topic: str, correlation: bytes | None) -> Message:
        """An outcome once more, to where the sender of the command wants it."""
        return structs.replace(outcome, topic=topic, correlation=correlation)

    def status(self, online: bool, details: Mapping[str, Any] | None = None) -> Message:
        """The retained answer to "is this pole there?"; with `online` false also the last will."""
        body = msgspec.json.encode({"online": online, **(details or {})})
        return Message(self.status_topic, body, retain=True, content_type=PLAIN_JSON)

    def state(self, device: str, state: Struct, since: Moment) -> Message:
        """The retained state of one device."""
        body = msgspec.json.encode(Retained(rfc3339(since), since.trusted, state))
        return Message(self._state_topic + device, body, retain=True, content_type=PLAIN_JSON)

    def no_state(self, device: str) -> Message:
        """Takes the retained state of a device that the pole no longer has from the broker (MQTT 5.0, 3.3.1.3)."""
        return Message(self._state_topic + device, b"", retain=True, content_type=PLAIN_JSON)
