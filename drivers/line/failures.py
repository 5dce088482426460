"""Why an exchange failed, in words for a technician."""

from drivers.errors import BadAnswer, LineError, NoAnswer
from drivers.line.frames import RTU_OVERHEAD, Answer, Request, rtu_answers

SILENCES = 3
"""A TCP peer from which nothing came in that many exchanges is gone, whatever TCP says: the link is made anew."""


def no_answer(request: Request, line: str, limit_s: float) -> NoAnswer:
    return NoAnswer(
        request.device,
        f"unit {request.unit} on line {line} did not answer in {limit_s * 1000:.0f} ms",
        "check its power, wiring A/B, unit number, baud and parity",
    )


def lost(request: Request, line: str, hint: str = "check adapter, cable and power") -> LineError:
    """The port is gone."""
    return LineError(request.device, f"line {line} was lost", hint)


def contradicted(request: Request, line: str) -> BadAnswer:
    """Two answers came for one request."""
    return BadAnswer(
        request.device,
        f"unit {request.unit} on line {line}: it sent an answer twice, or two that contradict one another",
        "look for a repeater or a second unit of that number",
    )


def no_frame(request: Request, line: str, heard: bytes) -> BadAnswer:
    """What was heard on RTU is not the answer."""
    return BadAnswer(
        request.device,
        f"unit {request.unit} on line {line}: {_what(request, heard)}: {heard[:16].hex(' ')}",
        "check wiring A/B, termination, baud and parity, and that no unit number is used twice",
    )


def foreign(request: Request, line: str, answer: Answer) -> BadAnswer:
    """What came on Modbus TCP under the number of the request is not its answer."""
    return BadAnswer(
        request.device,
        f"unit {request.unit} on line {line}: unit {answer.unit} sent what does not answer the request: "
        f"{answer.pdu[:16].hex(' ')}",
        "check that the profile fits the device",
    )


def never_quiet(request: Request, line: str, heard: bytes) -> BadAnswer:
    return BadAnswer(
        request.device,
        f"line {line} is never quiet: {heard[-16:].hex(' ')}",
        "look for another master, a chattering unit or missing bias resistors",
    )


def _what(request: Request, heard: bytes) -> str:
    units = [unit for unit, _ in rtu_answers(heard)]
    if not units:
        return f"{len(heard)} bytes instead of a valid answer of {request.length + RTU_OVERHEAD}"
    if request.unit not in units:
        return f"unit {units[0]} answered instead"
    return "an answer to another request"
