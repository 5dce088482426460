"""Modbus exceptions in a technician's words (Modbus Application Protocol V1.1b3, section 7)."""

from drivers.errors import Refused
from drivers.line import Request
from drivers.translation import _

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
ACKNOWLEDGE, BUSY = 5, 6
NO_ANSWER_TO_GATEWAY = 11
ILLEGAL = frozenset({ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE})
"""Asking again at once changes nothing; the other codes tell of a moment."""

_WORDS = {
    ILLEGAL_FUNCTION: (_("does not know function {function}"), _("the profile does not fit this device")),
    ILLEGAL_ADDRESS: (
        _("has no register {address} for function {function}"),
        _("check profile, channel and short address; a manual's 40001 is register 0 of function 3, its 30001 of 4"),
    ),
    ILLEGAL_VALUE: (_("does not accept the value or count at {address}"), _("the profile does not fit this device")),
    4: (_("reports a failure of its own at {address}"), _("power it off and on; replace it if that does not help")),
    ACKNOWLEDGE: (_("accepted the request and needs time for it"), _("read back later")),
    BUSY: (_("is busy, also when asked again"), _("it is asked again at the next poll")),
    8: (_("reports a memory error"), _("replace it")),
    10: (_("cannot be reached through the gateway"), _("check the gateway's own configuration")),
    NO_ANSWER_TO_GATEWAY: (
        _("did not answer the gateway"),
        _("check power and wiring of the device behind the gateway"),
    ),
}


def refusal(request: Request, line: str, address: int, code: int) -> Refused:
    words, hint = _WORDS.get(code, (_("answered with exception {code}"), _("see the device's manual")))
    said = words.format(function=request.pdu[0], address=address, code=code)
    return Refused(
        request.device,
        _("unit {unit} on line {line} {said} (Modbus exception {code})").format(
            unit=request.unit, line=line, said=said, code=code
        ),
        hint,
        code,
    )
