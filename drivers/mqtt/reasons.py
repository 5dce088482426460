"""Reason codes: why a broker refuses or ends something, by name (MQTT 5.0, section 2.4), without I/O."""

from msgspec import Struct

from drivers.translation import _

FAILURE = 0x80
"""Reason codes from here on are failures."""

NOT_AUTHORIZED, RECEIVE_MAXIMUM, TOO_LARGE, QUOTA = 0x87, 0x93, 0x95, 0x97
UNSUPPORTED_PROTOCOL = 0x84
RETAIN_NOT_SUPPORTED, QOS_NOT_SUPPORTED = 0x9A, 0x9B

_NAMES = {
    0x00: _("normal disconnection"),
    0x04: _("disconnect with will message"),
    0x80: _("unspecified error"),
    0x81: _("malformed packet"),
    0x82: _("protocol error"),
    0x83: _("implementation specific error"),
    UNSUPPORTED_PROTOCOL: _("unsupported protocol version"),
    0x85: _("client identifier not valid"),
    0x86: _("bad user name or password"),
    NOT_AUTHORIZED: _("not authorized"),
    0x88: _("server unavailable"),
    0x89: _("server busy"),
    0x8A: _("banned"),
    0x8B: _("server shutting down"),
    0x8C: _("bad authentication method"),
    0x8D: _("keep alive timeout"),
    0x8E: _("session taken over"),
    0x8F: _("topic filter invalid"),
    0x90: _("topic name invalid"),
    0x91: _("packet identifier in use"),
    0x92: _("packet identifier not found"),
    RECEIVE_MAXIMUM: _("receive maximum exceeded"),
    0x94: _("topic alias invalid"),
    TOO_LARGE: _("packet too large"),
    0x96: _("message rate too high"),
    QUOTA: _("quota exceeded"),
    0x98: _("administrative action"),
    0x99: _("payload format invalid"),
    RETAIN_NOT_SUPPORTED: _("retain not supported"),
    QOS_NOT_SUPPORTED: _("QoS not supported"),
    0x9C: _("use another server"),
    0x9D: _("server moved"),
    0x9E: _("shared subscriptions not supported"),
    0x9F: _("connection rate exceeded"),
    0xA0: _("maximum connect time"),
    0xA1: _("subscription identifiers not supported"),
    0xA2: _("wildcard subscriptions not supported"),
}

_OLDER = {1: UNSUPPORTED_PROTOCOL, 2: 0x85, 3: 0x88, 4: 0x86, 5: NOT_AUTHORIZED}
"""What the codes in a CONNACK of MQTT 3.1.1 (table 3.1) are called in MQTT 5."""

MOST_SAID = 200
"""Characters of the broker's own words that are told."""


class Reason(Struct, frozen=True):
    """Why.

    Args:
        code: of MQTT 5; one that it does not know is told by its number.
        said: the broker's own words, which may be anything; empty: it has said no more.
    """

    code: int
    said: str = ""

    @property
    def words(self) -> str:
        """Name, code, and what the broker said beside them."""
        name = _NAMES.get(self.code)
        told = f"0x{self.code:02X}" if name is None else f"{name} (0x{self.code:02X})"
        return f"{told}, {self.said}" if self.said else told


def connack_code(code: int, is_v5: bool) -> int:
    """Returns the reason code of MQTT 5 for that in a CONNACK. A broker that does not know MQTT 5 may answer in its own
    way."""
    return code if is_v5 and code >= FAILURE else _OLDER.get(code, code)


def is_known(code: int) -> bool:
    """Whether MQTT 5 knows the code, in whatever packet."""
    return code in _NAMES


def in_one_line(said: str) -> str:
    """Returns the broker's words as they may stand in a log."""
    line = "".join(each if each.isprintable() else " " for each in said[: MOST_SAID + 1]).strip()
    return line if len(line) <= MOST_SAID else line[:MOST_SAID] + "..."
