"""What may be wrong with a serial sensor's profile beyond its types: a message for each mistake, where it stands."""

from collections.abc import Iterator

from drivers.mistakes import Mistake
from drivers.serial.profile.framing import size_of_check
from drivers.serial.profile.patterns import BadPattern, compiled
from drivers.serial.profile.schema import (
    BYTES,
    FAULT,
    CommandTable,
    FrameTable,
    LineTable,
    MessageTable,
    SerialTables,
    SilentTable,
    ValueTable,
)
from drivers.translation import _


def mistakes(tables: SerialTables) -> Iterator[Mistake]:
    yield from _file(tables)
    if tables.frame is not None:
        yield from (("frame", key, words) for key, words in _frame(tables.frame))
        yield from _messages(tables, tables.frame)
    if tables.line is not None:
        yield from (("line", "pattern", words) for words in _pattern(tables, tables.line))
    yield from (("command", key, words) for key, words in _commands(tables.command))
    for number, value in enumerate(tables.value, 1):
        yield from ((f"value#{number}", key, words) for key, words in _value(value, tables))
    for number, silent in enumerate(tables.silent, 1):
        yield from ((f"silent#{number}", key, words) for key, words in _silent(silent, tables))


def _file(tables: SerialTables) -> Iterator[Mistake]:
    if (tables.frame is None) == (tables.line is None):
        yield "", "", _("expected either [frame], of bytes, or [line], of text")
    if not tables.value:
        yield "", "value", _("expected a [[value]] at least: it says nothing")
    if not any(each.instead is None for each in tables.vector):
        yield "", "vector", _("expected a [[vector]] at least: bytes of the maker's own example, and what they say")
    if tables.silence_s <= 0:
        yield "", "silence", _("must be longer than nothing")
    if tables.command.clean and tables.cleaning_s <= 0:
        yield "", "cleaning", _("is missing: how long does it clean its fan?")
    if (FAULT in {each.quantity for each in tables.value}) and any(each.fault for each in tables.silent):
        yield "", "silent", _("says what is broken, and so does a [[value]]: expected one of the two")
    for number, vector in enumerate(tables.vector, 1):
        if (vector.hex is None) == (vector.text is None) or (vector.text is not None and tables.line is None):
            yield f"vector#{number}", "", _("expected either hex or, with [line], text")
        if (vector.instead is None) == (not vector.says):
            yield f"vector#{number}", "", _("expected either says or instead")


def _frame(frame: FrameTable) -> Iterator[tuple[str, str]]:
    stuffing = frame.stuffing
    if stuffing is None and frame.start is None:
        yield "start", _("is missing: with which bytes does each frame begin?")
    elif stuffing is not None and (frame.start or frame.end):
        yield "stuffing", _("has delimiters: expected no start and no end beside it")
    if stuffing is not None:
        for key in ("delimiter", "escape"):
            if len(bytes.fromhex(getattr(stuffing, key))) != 1:
                yield "stuffing", _("{key} is one byte").format(key=key)


def _commands(command: CommandTable) -> Iterator[tuple[str, str]]:
    for key in ("begin", "ask", "wake", "sleep", "clean"):
        try:
            command.rows(key)
        except ValueError:
            what = _('expected bytes as pairs of hexadecimal digits, for example ["5a a5"]; lines of text need {key}')
            yield key, what.format(key="end")


def _messages(tables: SerialTables, frame: FrameTable) -> Iterator[Mistake]:
    if not tables.message:
        yield "", "message", _("expected a [message.NAME] at least")
    least = frame.check.first + size_of_check(frame.check.type) + frame.check.behind
    for number, (name, message) in enumerate(tables.message.items()):
        if message.length <= least:
            yield f"message.{name}", "length", _("is shorter than what it is checked by")
        for other in list(tables.message)[:number]:
            if not _apart(message, tables.message[other], frame):
                what = _("nothing tells it from [message.{other}]: expected another length, or begins")
                yield f"message.{name}", "", what.format(other=other)


def _apart(one: MessageTable, other: MessageTable, frame: FrameTable) -> bool:
    """Whether something tells two kinds apart, before their length is known where nothing says it."""
    if one.length != other.length and (frame.length_at is not None or frame.stuffing is not None):
        return True
    heads = zip(_head(one), _head(other), strict=False)
    return any(".." not in {mine, others} and mine != others for mine, others in heads)


def _head(message: MessageTable) -> list[str]:
    packed = "".join((message.begins or "").split()).lower()
    return [packed[at : at + 2] for at in range(0, len(packed), 2)]


def _pattern(tables: SerialTables, line: LineTable) -> Iterator[str]:
    try:
        groups = set(compiled(line.pattern).groupindex)
    except BadPattern as error:
        yield str(error)
        return
    told = {each.quantity for each in tables.value}
    yield from (_("has a group {name}, which no [[value]] says").format(name=name) for name in sorted(groups - told))
    yield from (_("has no group {name}, which a [[value]] says").format(name=name) for name in sorted(told - groups))


Found = Iterator[tuple[str, str]]
"""Key and words."""


def _value(value: ValueTable, tables: SerialTables) -> Found:
    yield from value.mistakes()
    if value.range is not None and not value.is_number:
        yield "range", _("is for numbers")
    if value.words is not None and value.flags is not None:
        yield "flags", _("expected words or flags, not both")
    if value.quantity == FAULT and value.words is None and value.flags is None:
        yield "quantity", _("sensor_fault is told in words: expected words or flags")
    if tables.frame is None:
        if value.within is not None or value.flags is not None or value.type == "hex":
            yield "in", _("is for frames of bytes: a line has groups")
        return
    yield from _place(value, tables)


def _place(value: ValueTable, tables: SerialTables) -> Found:
    message = tables.message.get(value.within or "")
    if message is None:
        yield "in", _("there is no [message.{name}]").format(name=value.within)
    elif message.of is not None:
        yield "in", _("is a message of another model")
    elif value.byte + value.size > message.length:
        yield "byte", _("is not in the message, which has {count} bytes").format(count=message.length)
    if (value.type == "hex") != (value.length is not None):
        yield "length", _('is for type "hex", which needs it')
    width = 8 * BYTES.get(value.type, 0)
    if value.bits is not None and not (value.bits[0] <= value.bits[1] < width and value.type != "f32"):
        yield "bits", _("are the lowest and the highest of a number, 0 to {most}").format(most=max(width - 1, 0))
    if (value.flags is not None or value.words is not None) and value.type in {"f32", "hex"}:
        yield "type", _("expected a whole number for words or flags")


def _silent(silent: SilentTable, tables: SerialTables) -> Found:
    message = tables.message.get(silent.within)
    if message is None:
        yield "in", _("there is no [message.{name}]").format(name=silent.within)
        return
    spans = {"zero": silent.zero, "not_zero": silent.not_zero, "rises": silent.rises}
    if silent.below is None and silent.above is None and not any(spans.values()):
        yield "zero", _("expected zero, not_zero, rises, below, above or several of them")
    if silent.fault is not None and silent.of is not None:
        yield "of", _("is of another model, whose fault is not this one's: expected fault or of")
    for key, compared in {"below": silent.below, "above": silent.above}.items():
        if compared is not None and compared[0] + 2 > message.length:
            yield key, _("is not in the message, which has {count} bytes").format(count=message.length)
    if silent.rises is not None and (silent.rises[1] - silent.rises[0]) % 2 == 0:
        yield "rises", _("expected numbers of two bytes: the last byte belongs to the last of them")
    for key, span in spans.items():
        if span is not None and not span[0] <= span[1] < message.length:
            yield key, _("expected the first and the last byte, of 0 to {most}").format(most=message.length - 1)
