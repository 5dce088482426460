"""Reason codes in what a broker answers, by name in whichever packet: paho takes none that does not belong there."""

from paho.mqtt.properties import Properties

from drivers.mqtt import packets
from drivers.mqtt.packets import BadPacket
from drivers.mqtt.properties import said_in
from drivers.mqtt.reasons import FAILURE, Reason, is_known
from drivers.translation import _

_BEST_QOS = 2


def reason(packet: int, code: int, properties: bytes) -> Reason:
    """The code of a packet by name, with the broker's own words. Raises BadPacket, and what paho raises at properties.

    Args:
        properties: their bytes, the length before them; empty: there are none.
    """
    if not is_known(code):
        raise unknown(packet, code)
    found = Properties(packet)  # type: ignore[no-untyped-call]
    if properties:
        found.unpack(properties)  # type: ignore[no-untyped-call]
    return Reason(code, said_in(found))


def unknown(packet: int, code: int) -> BadPacket:
    """A code that cannot stand there."""
    what = _("{packet} with the reason code 0x{code:02X}, which MQTT does not know there")
    return BadPacket(what.format(packet=packets.name(packet), code=code))


def suback(body: bytes, is_v5: bool) -> tuple[int, list[Reason]]:
    """The packet identifier, and what became of each topic. Raises as `reason` does."""
    end = packets.end_of_head(packets.SUBACK, body, is_v5)
    return int.from_bytes(body[:2], "big"), [_granted(code, body[2:end]) for code in body[end:]]


def _granted(code: int, properties: bytes) -> Reason:
    if _BEST_QOS < code < FAILURE:
        raise unknown(packets.SUBACK, code)
    return Reason(code) if code < FAILURE else reason(packets.SUBACK, code, properties)


def puback(body: bytes) -> Reason | None:
    """Why a publish was refused; None: it was not. Raises as `reason` does."""
    code = body[2] if len(body) > 2 else 0
    if code in packets.WELL:
        return None
    if code < FAILURE:
        raise unknown(packets.PUBACK, code)
    return reason(packets.PUBACK, code, body[3:])
