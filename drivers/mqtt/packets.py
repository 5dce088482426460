"""What a broker may send, without I/O: whether the bytes of a packet are MQTT, and MQTT that is allowed here.

paho reads values and checks most of them. It does not look at the flags of a packet, takes topics that nobody can
publish to, and reads numbers beyond the end of the properties they stand in. MQTT 3.1.1 and 5.0, chapters 2 and 3.
"""

from aiomqtt import MqttError

from drivers.printable import printable
from drivers.translation import _

CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 2, 3, 4, 5, 6, 7
SUBACK, UNSUBACK, PINGRESP, DISCONNECT = 9, 11, 13, 14

MALFORMED, PROTOCOL_ERROR, TOPIC_INVALID, ALIAS_INVALID, TOO_LARGE = 0x81, 0x82, 0x90, 0x94, 0x95
"""Reason codes of the DISCONNECT that answers (MQTT 5.0, section 3.14.2.1)."""

MOST_PROPERTIES = 32
"""More of them in one packet are not read: each costs time."""

MOST_TOPIC_BYTES = 1024
"""A longer topic is not read; those that we ask for have some hundred."""

_NAMES = (
    *(_("type 0"), "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK"),
    *("UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", _("type 15")),
)
_FLAGS = {CONNACK: 0, PUBACK: 0, PUBREL: 2, SUBACK: 0, UNSUBACK: 0, PINGRESP: 0, DISCONNECT: 0}
_BEFORE_PROPERTIES = {CONNACK: 2, PUBACK: 3, PUBREL: 3, SUBACK: 2, UNSUBACK: 2, DISCONNECT: 1}
_MAY_END_EARLY = {PUBACK: (2, 3), PUBREL: (2, 3), DISCONNECT: (0, 1)}
_OLDER_PROTOCOL = 1
"""The code in the CONNACK of a broker that does not know MQTT 5, and answers in its own way."""

_SIZES = {
    **dict.fromkeys((1, 23, 25, 36, 37, 40, 41, 42), 1),
    **dict.fromkeys((19, 33, 34, 35), 2),
    **dict.fromkeys((2, 17, 24, 39), 4),
}
_TEXTS = {**dict.fromkeys((3, 8, 9, 18, 21, 22, 26, 28, 31), 1), 38: 2}
WELL = (0x00, 0x10)
"""Reason codes of a PUBACK for what was taken: success, and that nobody has subscribed to it (MQTT 5.0, 3.4.2.1)."""

_SUBSCRIPTION, _ALIAS = 11, 35
"""Properties by their identifier (MQTT 5.0, table 2-4): bytes of a number, how many texts or data with a length."""


class BadPacket(MqttError):
    """The broker sent what is no MQTT, or what MQTT does not allow there: that ends the connection.

    Args:
        what: is wrong with it.
        code: one of the reason codes above.
    """

    def __init__(self, what: str, code: int = MALFORMED) -> None:
        super().__init__(_("the broker sent a packet that is not MQTT: {what}").format(what=printable(what)))
        self.code = code


class TooMuch(BadPacket):
    """What is in the packet is right and more than is read.

    In a PUBLISH it is its sender's, who may be anybody; in any other packet the broker's own.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what, TOO_LARGE)


def name(kind: int) -> str:
    """Returns the name of a type of packet."""
    return _NAMES[kind]


def fixed_header(data: bytes | bytearray) -> tuple[int, int, int] | None:
    """Returns the first byte of a packet, its remaining length, and the offset of what follows it (MQTT 3.1.1 and 5.0,
    section 2.1); None: not all of that has come. Raises BadPacket."""
    try:
        length, end = _number(data, 1)
    except IndexError:
        return None
    except BadPacket:
        raise BadPacket(_("its length has more than four bytes")) from None
    return data[0], length, end


def taken(data: bytes | bytearray, is_v5: bool) -> tuple[list[int], int]:
    """Returns the packet identifiers of the PUBACKs at the beginning that say that all is well, and the offset at
    which the first other packet begins, or one that has not come to its end.

    One that says so has nothing behind its packet identifier, or with MQTT 5 a reason code and no properties (section
    3.4.2).
    """
    mids, at, length, longest = [], 0, len(data), 4 if is_v5 else 2
    while length - at >= 4 and data[at] == PUBACK << 4 and 2 <= data[at + 1] <= longest:
        end = at + 2 + data[at + 1]
        mid = data[at + 2] << 8 | data[at + 3]
        if end > length or not mid or (end > at + 4 and not _is_well(data[at + 4 : end])):
            break
        mids.append(mid)
        at = end
    return mids, at


def _is_well(rest: bytes | bytearray) -> bool:
    """Whether that, behind a packet identifier, is no refusal and nothing else."""
    return rest[0] in WELL and rest[1:] in (b"", b"\0")


def check_head(head: int, is_v5: bool) -> None:
    """Whether a broker may send a packet that begins with that byte. Raises BadPacket."""
    kind, flags = head >> 4, head & 0x0F
    if kind == PUBLISH:
        if flags >> 1 & 3 > 2:
            raise BadPacket(_("PUBLISH with QoS 3"))
    elif kind not in _FLAGS or (kind == DISCONNECT and not is_v5):
        raise BadPacket(_("{packet}, which no broker sends to this client").format(packet=name(kind)), PROTOCOL_ERROR)
    elif flags != _FLAGS[kind]:
        raise BadPacket(_("{packet} with flags {flags:04b}").format(packet=name(kind), flags=flags))


def check(head: int, body: bytes, is_v5: bool) -> None:
    """Whether a broker may send that packet to a client that publishes with QoS 1 at most.

    Raises BadPacket. Values within properties, and reason codes, are paho's to check.

    Args:
        head: its first byte.
        body: all that follows the remaining length.
    """
    kind = head >> 4
    check_head(head, is_v5)
    try:
        if kind == PUBLISH:
            _check_publish(head >> 1 & 3, body, is_v5)
        else:
            _check_layout(kind, body, is_v5)
    except IndexError:
        raise BadPacket(_("{packet} that ends too early").format(packet=name(kind))) from None


def topic_end(body: bytes) -> int:
    """Returns the offset at which the topic of a PUBLISH ends. Raises BadPacket, IndexError."""
    end = 2 + (body[0] << 8 | body[1])
    if end > len(body):
        raise BadPacket(_("PUBLISH whose topic is longer than the packet"))
    return end


def too_much(head: int, body: bytes, is_v5: bool) -> str | None:
    """Why a message that is right is not read; None: it is read, as every other packet. Raises BadPacket."""
    try:
        check(head, body, is_v5)
    except TooMuch as error:
        if head >> 4 != PUBLISH:
            raise
        return error.what
    return None


def check_order(kind: int, answered: bool) -> None:
    """Whether a packet of that type may come now. Raises BadPacket.

    Args:
        answered: the broker has answered CONNECT.
    """
    if kind == CONNACK and answered:
        raise BadPacket(_("a second CONNACK"), PROTOCOL_ERROR)
    if kind not in (CONNACK, DISCONNECT) and not answered:
        raise BadPacket(_("{packet} before CONNACK").format(packet=name(kind)), PROTOCOL_ERROR)


def _check_layout(kind: int, body: bytes, is_v5: bool) -> None:
    if kind == CONNACK and body[0] > 1:
        raise BadPacket(_("CONNACK with flags {flags:08b}").format(flags=body[0]))
    if kind in (PUBACK, PUBREL, SUBACK, UNSUBACK):
        _check_identifier(kind, body, 0)
    end = end_of_head(kind, body, is_v5)
    # MQTT 3.1.1 has no reason code in an UNSUBACK (section 3.11).
    has_codes = kind == SUBACK or (kind == UNSUBACK and is_v5)
    if has_codes and len(body) == end:
        raise BadPacket(_("{packet} without a reason code").format(packet=name(kind)))
    if not has_codes and len(body) != end:
        raise BadPacket(
            _("{packet} of {count} bytes, where {right} are right").format(
                packet=name(kind), count=len(body), right=end
            )
        )


def end_of_head(kind: int, body: bytes, is_v5: bool) -> int:
    """Returns the offset at which everything before the payload should end. Raises BadPacket, IndexError."""
    if kind == PINGRESP:
        return 0
    if not is_v5:
        return 2
    if len(body) in _MAY_END_EARLY.get(kind, ()) or (kind == CONNACK and body[1:] == bytes((_OLDER_PROTOCOL,))):
        return len(body)
    return _properties(body, _BEFORE_PROPERTIES[kind])[0]


def _check_publish(qos: int, body: bytes, is_v5: bool) -> None:
    if qos == 2:  # paho would keep it until a PUBREL that need not come
        raise BadPacket(_("PUBLISH with QoS 2, which this client has not asked for"), PROTOCOL_ERROR)
    at = end = topic_end(body)
    if qos:
        _check_identifier(PUBLISH, body, at)
        at += 2
    if is_v5 and _ALIAS in _properties(body, at)[1]:
        raise BadPacket(_("PUBLISH with a topic alias, which this client does not allow"), ALIAS_INVALID)
    _check_topic(bytes(body[2:end]))
    if end > 2 + MOST_TOPIC_BYTES:
        raise TooMuch(_("a topic of {count} bytes, which is too long to be read").format(count=end - 2))


def _check_topic(topic: bytes) -> None:
    try:
        text = topic.decode()
    except UnicodeDecodeError:
        raise BadPacket(_("PUBLISH on a topic that is not UTF-8: {text!r}").format(text=topic[:40])) from None
    if not text:
        raise BadPacket(_("PUBLISH without a topic"), PROTOCOL_ERROR)
    if {"+", "#", "\0"} & set(text):
        raise BadPacket(_("PUBLISH on {text!r}, which is no topic to publish to").format(text=text[:40]), TOPIC_INVALID)


def _check_identifier(kind: int, body: bytes, at: int) -> None:
    if not (body[at] or body[at + 1]):
        raise BadPacket(_("{packet} with packet identifier 0").format(packet=name(kind)))


def _properties(body: bytes, at: int) -> tuple[int, list[int]]:
    """Returns the offset at which the properties end, and their identifiers. Raises BadPacket."""
    length, at = _number(body, at)
    end, found = at + length, []
    while at < end:
        identifier, at = _number(body, at)
        at = _end_of_value(identifier, body, at)
        found.append(identifier)
        if len(found) > MOST_PROPERTIES:
            raise TooMuch(_("more than {most} properties").format(most=MOST_PROPERTIES))
    if at != end or end > len(body):
        raise BadPacket(_("properties that do not end where they say"))
    return end, found


def _end_of_value(identifier: int, body: bytes, at: int) -> int:
    if identifier == _SUBSCRIPTION:
        return _number(body, at)[1]
    if identifier in _SIZES:
        return at + _SIZES[identifier]
    if identifier not in _TEXTS:
        raise BadPacket(_("a property {identifier}, which MQTT 5 does not know").format(identifier=identifier))
    for _each in range(_TEXTS[identifier]):
        at += 2 + (body[at] << 8 | body[at + 1])
    return at


def _number(body: bytes | bytearray, at: int) -> tuple[int, int]:
    """A variable byte integer (MQTT 5.0, section 1.5.5), and where it ends."""
    value = 0
    for place in range(4):
        byte = body[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    raise BadPacket(_("a number of more than four bytes"))
