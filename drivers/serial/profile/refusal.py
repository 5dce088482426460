"""Why bytes are no frame, and a text no line, of a profile: for whoever writes it."""

from drivers.serial.profile.framing import Kind, check_of, size_of_check
from drivers.serial.profile.schema import FrameTable, SerialTables
from drivers.translation import _


def why_none(tables: SerialTables, sent: bytes) -> str:
    """What is wrong with bytes out of which no frame and no line comes."""
    if tables.frame is None:
        return _("is no line of this profile: its pattern is of the whole line, blanks and units included")
    if tables.frame.stuffing is not None:
        return _("is no frame of this profile: see its delimiters, its length, and what it sums up to")
    return _("is no frame of this profile: {why}").format(why=_why(tables, tables.frame, sent))


def _why(tables: SerialTables, frame: FrameTable, sent: bytes) -> str:
    start, end = (bytes.fromhex(each or "") for each in (frame.start, frame.end))
    if not sent.startswith(start):
        return _("it begins with {found}, and not with {wanted}").format(found=_hex(sent[:8]), wanted=_hex(start))
    if wrong := _length(tables, sent):
        return wrong
    if not any(Kind(name, each).fits(sent) for name, each in tables.message.items()):
        return _("it does not begin as a [message.NAME] of its length")
    if not sent.endswith(end):
        return _("it ends with {found}, and not with {wanted}").format(found=_hex(sent[-8:]), wanted=_hex(end))
    return _sum(frame, sent)


def _length(tables: SerialTables, sent: bytes) -> str:
    """What is wrong with its length; "": nothing."""
    lengths = sorted({each.length for each in tables.message.values()})
    if len(sent) not in lengths:
        words = _("it has {count} bytes, where [message.NAME] has {lengths}")
        return words.format(count=len(sent), lengths=", ".join(map(str, lengths)))
    table = tables.frame.length_at if tables.frame is not None else None
    if table is None:
        return ""
    number = sent[table.byte : table.byte + (2 if table.type == "u16" else 1)]
    said = int.from_bytes(number, table.order) + table.add
    words = _("by length_at it has {said} bytes, and it has {count}")
    return "" if said == len(sent) else words.format(said=said, count=len(sent))


def _sum(frame: FrameTable, sent: bytes) -> str:
    check = frame.check
    end = len(sent) - check.behind
    at = end - size_of_check(check.type)
    words = _("by {type} its bytes {first} to {last} sum up to {right}, and it says {found}")
    right = check_of(check, sent[check.first : at])
    return words.format(type=check.type, first=check.first, last=at - 1, right=_hex(right), found=_hex(sent[at:end]))


def _hex(data: bytes) -> str:
    return data.hex(" ") or _("nothing")
