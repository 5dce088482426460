"""Commands from the city, pure: a message on the command topic -> an order, or why it is none."""

import base64
import binascii
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, field, structs

from agent.events.security import CommandRefusal
from agent.uplink.canonical import canonical
from drivers.base import MAX_HOLD_S, Command
from drivers.options import Id, Seconds
from drivers.printable import printable
from drivers.translation import N_, _

MAX_COMMAND_BYTES = 16 * 1024
MAX_POLE_COMMAND_BYTES = 64 * 1024
"""A command to the pole itself may be longer: it may carry a whole configuration."""
MAX_TOPIC_BYTES = 512
MAX_CORRELATION_BYTES = 256

# https://www.w3.org/TR/trace-context/ (2021), section 3.2; version ff is forbidden, and zeros are no identity.
_POLE_ACTION = r"^[a-z][a-z_]{0,31}\.[a-z][a-z_]{0,31}$"
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

_UNMATCHED = re.compile(r"matching regex .* - at `\$\.(?P<key>\w+)`\Z", re.DOTALL)

Ordered = TypeVar("Ordered", bound=Struct)


class DuplicateKeys(ValueError):
    """Two members of one object bear one name: which of them counts, readers disagree on."""


class BadCommand(Struct, frozen=True):
    """A message on the command topic that orders nothing.

    Args:
        id: the sender's, where one can be read, so that the outcome reaches who waits for it.
        reason: what is wrong with it, for the sender.
        because: the same in a word, for whoever watches over the pole.
    """

    id: str | None
    reason: str
    because: CommandRefusal | Literal["bad_signature"] = "malformed"


class PoleCommand(Struct, frozen=True):
    """An order to the pole itself, as it was sent.

    Args:
        data: JSON; which it takes the action says.
        expires: aware UTC moment after which it must not be carried out; None: never.
        pole: the only pole for which it is meant, "SITE/POLE"; None: whoever hears it.
        signed: what a signature is made of: the canonical JSON of the message without its signature.
        signature: as it came, decoded; None: it has none.
    """

    id: str
    action: str
    data: bytes = b"{}"
    expires: datetime | None = None
    pole: str | None = None
    signed: bytes = b""
    signature: bytes | None = None


Heard = Command | PoleCommand | BadCommand
"""What a message on the command topic is."""


class Reply(Struct, frozen=True):
    """The destination of an outcome: the uplink by which the command came, and what its sender asked for in the
    properties of its message (MQTT 5.0, section 4.10).

    Args:
        topic: response topic; None: the outcome event is all.
        correlation: sent back as it came.
        traceparent: of the sender's trace (W3C Trace Context), handed on.
        uplink: its name; None: the command was given at the pole itself.
    """

    topic: str | None = None
    correlation: bytes | None = None
    traceparent: str | None = None
    uplink: str | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether anything was asked for."""
        return (self.topic, self.correlation, self.traceparent) != (None, None, None)


CommandId = Annotated[
    str,
    Meta(
        pattern=r"^[\x21-\x7e]{1,64}$",
        description=N_("1 to 64 letters, digits and signs that the sender chooses, unique"),
    ),
]


class Order(Struct, frozen=True, forbid_unknown_fields=True):
    """A command to a pole.

    Args:
        id: the outcome carries it; the same id again is answered with the first outcome.
        device: name of the device in the configuration.
        action: "override" or "level" (both hold a level until released), "release".
        value: level, 0 to 100 %.
        expires: later the pole refuses it.
        hold: how long it holds: "90s", "30min", "1h 30min"; left out: until released.
        hold_s: the same in seconds.
        start: when it begins; left out: at once.
        colour_temperature_k: of the light, K, where the lamp has one; left out: as the lamp's.
    """

    id: CommandId
    device: Id
    action: Annotated[str, Meta(pattern="^[a-z][a-z_]{0,31}$", description=N_('one word, as "override"'))]
    value: float | None = None
    expires: Annotated[datetime, Meta(tz=True)] | None = None
    hold: Annotated[str, Meta(max_length=32)] | None = None
    hold_s: float | None = None
    start: Annotated[datetime, Meta(tz=True)] | None = None
    colour_temperature_k: float | None = None


class PoleMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """A command to the pole itself: the same without `device`.

    Args:
        id: the outcome carries it; the same id again is answered with the first outcome.
        action: which of the pole's own actions: "pole.restart".
        data: what the action takes.
        expires: later the pole refuses it.
        pole: "SITE/POLE", the only one that may carry it out; left out: whichever hears it.
        signature: Ed25519, base64, of the canonical JSON (RFC 8785) of the message without this member.
    """

    id: CommandId
    action: Annotated[str, Meta(pattern=_POLE_ACTION, description=N_('two words, as "pole.restart"'))]
    data: dict[str, Any] = field(default_factory=dict)
    expires: Annotated[datetime, Meta(tz=True)] | None = None
    pole: Annotated[str, Meta(max_length=128)] | None = None
    signature: Annotated[str, Meta(max_length=128)] | None = None


class _WithId(Struct, frozen=True):
    id: CommandId


class _Addressed(Struct, frozen=True):
    device: Any = UNSET
    action: Any = ""

    @property
    def to_pole(self) -> bool:
        """Whether it is meant for the pole itself, whose actions have a point in their name."""
        return self.device is UNSET and "." in str(self.action)

    def refuse_both(self) -> None:
        """Raises ValueError where a device is told to do what the pole itself does."""
        if self.device is not UNSET and re.search(_POLE_ACTION, str(self.action)):
            raise ValueError(_('"{action}" is done by the pole itself; leave out device').format(action=self.action))


def command(payload: bytes, retained: bool = False) -> Heard:
    """The order in a message on the command topic. Never raises: whatever the bytes are.

    Args:
        retained: whether the broker delivers an old message that it kept.
    """
    if len(payload) > MAX_POLE_COMMAND_BYTES:
        return _too_long(payload, MAX_POLE_COMMAND_BYTES)
    if retained:
        # It would be carried out again at each reconnection, long after it was meant.
        return BadCommand(
            _id_in(payload), _("retained commands are refused; publish it without the retain flag"), "retained"
        )
    try:
        addressed = msgspec.json.decode(payload, type=_Addressed)
        if addressed.to_pole:
            return _to_pole(payload)
        if len(payload) > MAX_COMMAND_BYTES:
            return _too_long(payload, MAX_COMMAND_BYTES)
        addressed.refuse_both()
        order = _decoded(payload, Order)
        _members(payload)
        return _as_command(order)
    except (msgspec.MsgspecError, RecursionError, ValueError, OverflowError) as error:
        because: CommandRefusal = "duplicate_keys" if isinstance(error, DuplicateKeys) else "malformed"
        reason = printable(_("not a command: {reason}").format(reason=error))
        return BadCommand(_id_in(payload), reason, because)


def may_be_to_pole(packet: bytes | bytearray) -> bool:
    """Whether a command to the pole itself may be in a packet, by a look that costs nothing. A flood of others is told
    from one by it; what is written as nobody writes it may be left out of a flood."""
    return b'"action"' in packet and (b'"device"' not in packet or b'"data"' in packet)


def reply(
    allowed: str, topic: object = None, correlation: object = None, user: Iterable[tuple[str, str]] = ()
) -> Reply | str:
    """What the properties of a command ask for, or why they are refused: a pole speaks under its own topics alone.

    Args:
        allowed: what a response topic begins with.
        topic, correlation, user: response topic, correlation data and user properties, as the broker handed them over.
    """
    traceparent = next((value for name, value in user if name == "traceparent" and _TRACEPARENT.fullmatch(value)), None)
    if topic is None:
        return Reply(traceparent=traceparent)
    if not isinstance(topic, str) or not topic.startswith(allowed) or len(topic) == len(allowed):
        return _("a response topic begins with {allowed}").format(allowed=allowed)
    if len(topic.encode()) > MAX_TOPIC_BYTES or not topic.isprintable() or {"+", "#"} & set(topic):
        return _("a response topic has at most {most} bytes, none of them + or #").format(most=MAX_TOPIC_BYTES)
    if correlation is not None and (not isinstance(correlation, bytes) or len(correlation) > MAX_CORRELATION_BYTES):
        return _("correlation data has at most {most} bytes").format(most=MAX_CORRELATION_BYTES)
    return Reply(topic, correlation, traceparent)


def _id_in(payload: bytes) -> str | None:
    try:
        return msgspec.json.decode(payload, type=_WithId).id
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def _too_long(payload: bytes, most: int) -> BadCommand:
    what = _("{count} bytes; a command has at most {most}").format(count=len(payload), most=most)
    return BadCommand(None, what, "too_long")


def _to_pole(payload: bytes) -> PoleCommand:
    message = _decoded(payload, PoleMessage)
    members = _members(payload)
    members.pop("signature", None)
    signature = None if message.signature is None else _from_base64(message.signature)
    expires, data = _utc(message.expires), msgspec.json.encode(message.data)
    return PoleCommand(message.id, message.action, data, expires, message.pole, canonical(members), signature)


def _decoded(payload: bytes, kind: type[Ordered]) -> Ordered:
    """Raises msgspec.MsgspecError, ValueError. The error shows no regular expression, but what the key takes."""
    try:
        return msgspec.json.decode(payload, type=kind)
    except msgspec.ValidationError as error:
        found = _UNMATCHED.search(str(error))
        if found is None:
            raise
        key, types = found["key"], {each.name: each.type for each in structs.fields(kind)}
        what = _(types[key].__metadata__[0].description)
        raise ValueError(_("{key}: expected {what}").format(key=key, what=what)) from error


def _members(payload: bytes) -> dict[str, Any]:
    """Reads the members of an object, which is sound JSON.

    Raises DuplicateKeys where one is named twice, at any depth.
    """
    import json  # msgspec takes the last of two; it is needed for orders to the pole itself alone

    members: dict[str, Any] = json.loads(payload, object_pairs_hook=_once_each)
    return members


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DuplicateKeys(_('"{name:.64}" is there twice').format(name=twice))
    return members


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(_("signature is not base64")) from None


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def _as_command(order: Order) -> Command:
    expires, start = _utc(order.expires), _utc(order.start)
    hold_s, colour_k = _hold_s(order), order.colour_temperature_k
    return Command(order.id, order.device, order.action, order.value, expires, hold_s, start, colour_k)


def _hold_s(order: Order) -> float | None:
    if order.hold is not None and order.hold_s is not None:
        raise ValueError(_("hold and hold_s exclude each other"))
    hold_s = float(Seconds.parse(order.hold)) if order.hold is not None else order.hold_s
    if hold_s is not None and not 0 < hold_s <= MAX_HOLD_S:
        raise ValueError(_("hold is longer than 0 s and at most 366 d"))
    return hold_s
