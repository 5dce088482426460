"""Modbus exceptions in a technician's words (Modbus Application Protocol V1.1b3, section 7)."""

from drivers.errors import Refused
from drivers.line import Request

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
ACKNOWLEDGE, BUSY = 5, 6
ILLEGAL = frozenset({ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE})
"""Asking again changes nothing; the other codes tell of a moment."""

_WORDS = {
    ILLEGAL_FUNCTION: ("does not know function {function}", "the profile does not fit this device"),
    ILLEGAL_ADDRESS: ("has no register {address}", "check profile, channel and short address"),
    ILLEGAL_VALUE: ("does not accept the value or count at {address}", "the profile does not fit this device"),
    4: ("reports a failure of its own at {address}", "power it off and on; replace it if that does not help"),
    ACKNOWLEDGE: ("accepted the request and needs time for it", "read back later"),
    BUSY: ("is busy, also when asked again", "it is asked again at the next poll"),
    8: ("reports a memory error", "replace it"),
    10: ("cannot be reached through the gateway", "check the gateway's own configuration"),
    11: ("did not answer the gateway", "check power and wiring of the device behind the gateway"),
}


def refusal(request: Request, line: str, address: int, code: int) -> Refused:
    words, hint = _WORDS.get(code, ("answered with exception {code}", "see the device's manual"))
    said = words.format(function=request.pdu[0], address=address, code=code)
    return Refused(request.device, f"unit {request.unit} on line {line} {said} (Modbus exception {code})", hint, code)
