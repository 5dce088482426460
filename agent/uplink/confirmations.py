"""What a consumer confirms that it has, pure: a message on the confirm topic -> numbers, or why it is none."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from drivers.translation import _

MAX_BYTES = 16 * 1024

Number = Annotated[int, Meta(ge=0, le=2**53)]


class Confirmation(Struct, frozen=True, forbid_unknown_fields=True):
    """What a consumer has of the events of one pole.

    Args:
        sequence: the highest number below which nothing is missing, itself included; 0: none is sure.
        ranges: first and last number of what it has above that; alarms overtake.
        consumer: its name, where several confirm.
    """

    sequence: Number
    ranges: Annotated[tuple[tuple[Number, Number], ...], Meta(max_length=500)] = ()
    consumer: Annotated[str, Meta(pattern=r"^[!-~]{0,64}\Z")] = ""


def confirmation(payload: bytes, retained: bool = False) -> Confirmation | str:
    """What a message on the confirm topic says, or why it says nothing. Never raises, whatever the bytes are.

    Args:
        retained: the broker delivers an old message that it kept.
    """
    if retained:
        return _("a retained confirmation is of another time; publish it without the retain flag")
    if len(payload) > MAX_BYTES:
        return _("{count} bytes; a confirmation has at most {most}").format(count=len(payload), most=MAX_BYTES)
    try:
        return msgspec.json.decode(payload, type=Confirmation)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        return _("not a confirmation: {reason}").format(reason=error)
