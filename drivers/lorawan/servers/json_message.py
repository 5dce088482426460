"""JSON of a network server, bounded before it is read."""

from typing import TypeVar

import msgspec

from drivers.lorawan.uplink import MAX_BYTES, NotAnUplink
from drivers.translation import _

Event = TypeVar("Event")


def decoded(decoder: msgspec.json.Decoder[Event], message: bytes) -> Event:
    """Raises NotAnUplink."""
    if len(message) > MAX_BYTES:
        raise NotAnUplink(_("a message of more than {most} bytes").format(most=MAX_BYTES))
    try:
        return decoder.decode(message)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotAnUplink(str(error)) from None
