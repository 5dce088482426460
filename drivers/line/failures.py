"""Why an exchange failed, in words for a technician."""

from collections.abc import Sequence

from drivers.errors import BadAnswer, LineError, NoAnswer
from drivers.line.frames import RTU_OVERHEAD, Answer, Request
from drivers.line.pieces import pieces
from drivers.translation import _

SILENCES = 3
"""A TCP peer from which nothing came in that many exchanges is gone, whatever TCP says: the link is made anew."""


class LinkLost(LineError):
    """The port or the connection went while an answer was waited for."""


class NoFrame(BadAnswer):
    """What was heard in place of an answer has no right checksum: noise, a collision, another baud."""


class OthersHeard(BadAnswer):
    """Others spoke, whole frames alone, and not the unit that was asked: nothing tells that it is there."""


class OnlyEcho(NoAnswer):
    """The request itself is all that was heard: whether it arrived nothing tells."""


def only_echo(request: Request, line: str, limit_s: float) -> OnlyEcho:
    """The adapter hears what it sends, and heard nothing else."""
    return OnlyEcho(
        request.device,
        _("unit {unit} on line {line} did not answer in {limit_ms:.0f} ms: only its echo was heard").format(
            unit=request.unit, line=line, limit_ms=limit_s * 1000
        ),
        _("check its power, wiring A/B, unit number, baud and parity"),
    )


def second_master(request: Request, line: str) -> BadAnswer:
    return BadAnswer(
        request.device,
        _("unit {unit} on line {line}: a second master asked it at the same time").format(unit=request.unit, line=line),
        _("one master alone may be on a line: look for it, and take it off"),
    )


def two_devices(request: Request, line: str) -> BadAnswer:
    return BadAnswer(
        request.device,
        _("unit {unit} on line {line}: two answers that contradict one another: two devices on unit {unit}").format(
            unit=request.unit, line=line
        ),
        _("give one of them another number"),
    )


def twin_units(unit: int, other: int, line: str) -> str:
    """Why no value of two units decides anything, and no order to one of them is sure to have reached it."""
    return _("units {unit} and {other} of line {line} are answered by one device").format(
        unit=min(unit, other), other=max(unit, other), line=line
    )


def no_answer(request: Request, line: str, limit_s: float) -> NoAnswer:
    return NoAnswer(
        request.device,
        _("unit {unit} on line {line} did not answer in {limit_ms:.0f} ms").format(
            unit=request.unit, line=line, limit_ms=limit_s * 1000
        ),
        _("check its power, wiring A/B, unit number, baud and parity"),
    )


def lost(request: Request, line: str, hint: str = _("check adapter, cable and power")) -> LinkLost:
    """The port is gone."""
    return LinkLost(request.device, _("line {line} was lost").format(line=line), hint)


def contradicted(request: Request, line: str) -> BadAnswer:
    """Two answers came for one request."""
    return BadAnswer(
        request.device,
        _("unit {unit} on line {line}: it sent an answer twice, or two that contradict one another").format(
            unit=request.unit, line=line
        ),
        _("look for a repeater or a second unit of that number"),
    )


def no_frame(request: Request, line: str, heard: bytes) -> BadAnswer:
    """What was heard on RTU is not the answer."""
    said = tuple(pieces(heard))
    units = [piece.unit for piece in said if piece.kind in ("answer", "alike")]
    other = NoFrame if any(each.kind == "noise" for each in said) else OthersHeard
    kind = BadAnswer if request.unit in units else other
    return kind(
        request.device,
        _("unit {unit} on line {line}: {what}: {octets}").format(
            unit=request.unit, line=line, what=_what(request, heard, units), octets=heard[:16].hex(" ")
        ),
        _("check wiring A/B, termination, baud and parity, and that no unit number is used twice"),
    )


def foreign(request: Request, line: str, answer: Answer) -> BadAnswer:
    """What came on Modbus TCP under the number of the request is not its answer."""
    return BadAnswer(
        request.device,
        _("unit {unit} on line {line}: unit {other} sent what does not answer the request: {octets}").format(
            unit=request.unit, line=line, other=answer.unit, octets=answer.pdu[:16].hex(" ")
        ),
        _("check that the profile fits the device"),
    )


def other_unit(request: Request, line: str, answer: Answer) -> BadAnswer:
    return BadAnswer(
        request.device,
        _("unit {unit} on line {line}: the answer came under unit {other}").format(
            unit=request.unit, line=line, other=answer.unit
        ),
        _("check the units in the gateway's settings; ignore_unit = true takes that where the gateway always does so"),
    )


def wrong_number(request: Request, line: str, answer: Answer, number: int) -> BadAnswer:
    """An answer came that nobody had asked for."""
    return BadAnswer(
        request.device,
        _(
            "unit {unit} on line {line}: an answer of unit {other} came under transaction number {came}, not {asked}"
        ).format(unit=request.unit, line=line, other=answer.unit, came=answer.transaction, asked=number),
        _("the gateway mixes answers up; ignore_transaction = true takes that where it always does so"),
    )


def mixed_up(request: Request, line: str) -> BadAnswer:
    """Two questions were with a gateway for one unit, and the unit let one of them pass."""
    return BadAnswer(
        request.device,
        _("unit {unit} on line {line}: it did not answer another request in time, and may answer that now").format(
            unit=request.unit, line=line
        ),
        _("in_flight = 1 asks for one thing at a time"),
    )


def never_quiet(request: Request, line: str, heard: bytes) -> BadAnswer:
    return BadAnswer(
        request.device,
        _("line {line} is never quiet: {octets}").format(line=line, octets=heard[-16:].hex(" ")),
        _("look for another master, a chattering unit or missing bias resistors"),
    )


def _what(request: Request, heard: bytes, units: Sequence[int]) -> str:
    if not units and len(heard) == request.length + RTU_OVERHEAD:
        return _("a damaged answer of {count} bytes").format(count=len(heard))
    if not units:
        return _("{count} bytes instead of a valid answer of {right}").format(
            count=len(heard), right=request.length + RTU_OVERHEAD
        )
    if request.unit not in units:
        return _("unit {other} answered instead").format(other=units[0])
    return _("an answer to another request")
