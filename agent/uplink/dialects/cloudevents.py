"""The dialect of CloudEvents, pure. What comes down is JSON of our own, which `agent.uplink.commands` reads.

CloudEvents 1.0.2 in the structured JSON format, which MQTT 3.1.1 and 5 carry alike (MQTT Protocol Binding for
CloudEvents 1.0.2, section 3.2).
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType, structs

from agent.clock import Moment, rfc3339
from agent.events.registry import EVENT_TYPES, Time
from agent.store import Stored
from agent.uplink import commands, confirmations
from agent.uplink.commands import Reply
from agent.uplink.dialects.base import Speaker
from agent.uplink.dialects.topics import Topics
from drivers.mqtt.message import Asked, Message

CLOUDEVENTS_JSON = "application/cloudevents+json"


class Envelope(Struct, frozen=True, kw_only=True):
    """Context attributes of CloudEvents 1.0.2, and six extensions (lower-case letters and digits only).

    Args:
        specversion: of CloudEvents.
        id: unique for ever; the same event always has the same one.
        source: lamppost://SITE/POLE
        type: which type of event it is.
        subject: name of the bay, lamp, zone, camera or other device in the configuration, or the pole's id.
        time: when it happened.
        timetrusted: whether the pole's clock was set.
        sequence: its number among the events that this broker gets: each has the next one, and keeps it; absent: it
            stands in no store.
        boot, bootseconds: where the clock was not set: the run of the kernel in which it happened, and how long after
            its begin; `pole.clock_set` of that boot dates it.
        replayed: it waited for a connection, or was asked for again: it is no news.
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
    sequence: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    boot: str | UnsetType = UNSET
    bootseconds: str | UnsetType = UNSET
    replayed: Literal[True] | UnsetType = UNSET
    traceparent: str | UnsetType = UNSET
    data: Annotated[Raw, Meta(extra_json_schema={"type": "object"})]


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


class _Place(Struct, frozen=True):
    uuid: str | None = None


class _Status(Struct, frozen=True):
    """What `CloudEvents.speaker` reads of a status."""

    online: bool = False
    places: dict[str, _Place] = {}


def _is_dated_by_boot(at: Moment) -> bool:
    """Whether its time is none, and will be known once the clock is set."""
    return not at.trusted and bool(at.boot)


class CloudEvents:
    """What one pole says and hears."""

    one_at_a_time = False
    command = staticmethod(commands.command)
    confirmation = staticmethod(confirmations.confirmation)

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self.client_id = f"lamppost.{topics.site}.{topics.pole}"
        self.source = f"lamppost://{topics.site}/{topics.pole}"
        self.command_topic, self.confirm_topic = topics.command, topics.confirm

    def event(self, row: Stored, replayed: bool = False, traceparent: str | None = None) -> Message:
        """Returns the message of an event in the structured JSON format, with the data of the row byte for byte."""
        envelope = Envelope(
            id=row.id,
            source=self.source,
            type=row.type,
            subject=row.subject,
            time=rfc3339(row.at.unix_s),
            timetrusted=row.at.trusted,
            sequence=row.sequence or UNSET,
            boot=row.at.boot if _is_dated_by_boot(row.at) else UNSET,
            bootseconds=f"{row.at.mono_s:.3f}" if _is_dated_by_boot(row.at) else UNSET,
            replayed=True if replayed else UNSET,
            traceparent=UNSET if traceparent is None else traceparent,
            data=row.data,
        )
        kind = EVENT_TYPES.get(row.type)
        return Message(
            self._topics.event(row.type, row.subject),
            msgspec.json.encode(envelope),
            content_type=CLOUDEVENTS_JSON,
            expires_s=kind.expires_s if kind else None,
            replayed=replayed,
            traceparent=traceparent,
        )

    def outcome(self, told: Message, reply: Reply) -> Message | None:
        """The same CloudEvent, on the response topic."""
        return None if reply.topic is None else structs.replace(told, topic=reply.topic, correlation=reply.correlation)

    def status(self, online: bool, inventory: Mapping[str, Any] | None = None) -> Message:
        """Plain JSON: `online`, and beside it the inventory."""
        return Message(self._topics.status, msgspec.json.encode({"online": online, **(inventory or {})}), retain=True)

    def speaker(self, payload: bytes) -> Speaker:
        """Reads what `status` gives."""
        try:
            told = msgspec.json.decode(payload, type=_Status)
        except ValueError:
            return Speaker()
        return Speaker(told.online, frozenset(each.uuid for each in told.places.values() if each.uuid))

    def inventory(self, inventory: Mapping[str, Any]) -> Sequence[Message]:
        """Returns no message: the status has the inventory."""
        return ()

    def state(self, device: str, state: Struct, since: Moment) -> Message:
        """Plain JSON."""
        body = msgspec.json.encode(Retained(rfc3339(since.unix_s), since.trusted, state))
        return Message(self._topics.state(device), body, retain=True)

    def no_state(self, device: str) -> Message:
        """An empty payload (MQTT 5.0, 3.3.1.3)."""
        return Message(self._topics.state(device), b"", retain=True)

    def reply(self, asked: Asked) -> Reply | str:
        """Returns the response topic and the correlation data of a message (MQTT 5.0, section 4.10), and its trace;
        or why they are wrong."""
        return commands.reply(self._topics.response_prefix, asked.response_topic, asked.correlation, asked.user)
