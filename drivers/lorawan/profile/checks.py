"""What may be wrong with a sensor's profile beyond its types: one message for each mistake, where it stands."""

from collections.abc import Iterable, Iterator, Mapping

from drivers.figure import wrong_unit
from drivers.lorawan.codecs.frame import Decides
from drivers.lorawan.profile.decoder import FIELDS
from drivers.lorawan.profile.schema import (
    BYTES,
    FIRMWARE,
    RESET_CAUSE,
    SPELT,
    ChannelTable,
    Condition,
    Conditions,
    FrameTable,
    LampTable,
    Ports,
    SensorTables,
    TlvTable,
    ValueTable,
    each_of,
)
from drivers.lorawan.profile.values import TIME_BYTES
from drivers.mistakes import Mistake
from drivers.translation import N_, _

ANSWERS = frozenset({"occupied", "tilted", "battery_low"})
TEXTS = frozenset({"sensor_fault", RESET_CAUSE})
SPELLINGS = frozenset({"vehicle_tag", FIRMWARE})
FIELD = "magnetic_field"
DECIDES: dict[str, Decides] = {"occupied": "occupied", "distance_mm": "distance", FIELD: "field"}
"""Quantities that tell of a bay, the surest first, and the word for them."""

_OF_NOW = frozenset(FIELDS) - {"temperature_c"} | TEXTS | {FIRMWARE}
"""Quantities by which a bay, or the sensor itself, is judged."""

_WANTED = {
    **dict.fromkeys(ANSWERS, N_("says yes or no: expected yes, no or both")),
    **dict.fromkeys(TEXTS, N_("is told in words: expected words or flags")),
    **dict.fromkeys(SPELLINGS, N_('is a text: expected type "hex", "version" or "version_hex"')),
    FIELD: N_('is X, Y and Z: expected type "xyz"'),
}


def mistakes(tables: SensorTables) -> Iterator[Mistake]:
    yield from _file(tables)
    yield from _frames(tables.frame)
    yield from _channels(tables)
    for number, value in enumerate(tables.value, 1):
        yield from ((f"value#{number}", key, words) for key, words in _value(value, tables))
    yield from _overlaps(tables)
    yield from _ranges(tables)
    if tables.lamp is not None:
        yield from _lamp(tables.lamp, tables)


def _lamp(lamp: LampTable, tables: SensorTables) -> Iterator[Mistake]:
    """Every channel has its three entries, and says yes or no."""
    for key, given in (("off", lamp.off), ("told_by", lamp.told_by)):
        if len(given) != len(lamp.on):
            what = _("has {count} entries, where on has {on}: expected one for each channel")
            yield "lamp", key, what.format(count=len(given), on=len(lamp.on))
    answers = {each.quantity for each in tables.value if each.yes is not None or each.no is not None}
    for name in lamp.told_by:
        if name not in answers:
            yield "lamp", "told_by", _("no [[value]] says yes or no to {quantity}").format(quantity=name)


def _file(tables: SensorTables) -> Iterator[Mistake]:
    if not tables.value:
        yield "", "value", _("expected a [[value]] at least: it says nothing")
    if not tables.vector:
        yield "", "vector", _("expected a [[vector]] at least: bytes of the maker's own example, and what they say")
    told = {each.quantity for each in tables.value}
    word = tables.decides
    if word is not None and word not in {DECIDES[each] for each in told & DECIDES.keys()}:
        yield "", "decides", _("no value tells it")
    if tables.tells_within_s is not None and "occupied" not in told:
        yield "", "tells_within", _("is of a sensor that decides itself, and no value is called occupied")
    if tables.reports_s <= 0:
        yield "", "reports", _("must be longer than nothing")


def _frames(frames: Mapping[str, FrameTable]) -> Iterator[Mistake]:
    for name, frame in frames.items():
        for condition in each_of(frame.when):
            if condition.byte + condition.size > min(frame.lengths):
                yield f"frame.{name}", "when", _("byte {byte} is not in each frame").format(byte=condition.byte)
            yield from ((f"frame.{name}", "when", words) for words in _condition(condition))
        yield from _time(f"frame.{name}", frame)
        for other in _before(name, frames):
            if _share(frame.port, frames[other].port) and _both_hold(frame.when, frames[other].when):
                what = _("frames of [frame.{other}] can be its own: expected another port, or when")
                yield f"frame.{name}", "", what.format(other=other)


def _before(name: str, names: Iterable[str]) -> list[str]:
    all_names = list(names)
    return all_names[: all_names.index(name)]


def _share(ports: Ports | None, others: Ports | None) -> bool:
    if ports is None or others is None:
        return True
    return bool(_all(ports) & _all(others))


def _all(ports: Ports) -> set[int]:
    return set(ports) if isinstance(ports, tuple) else {ports}


def _both_hold(ones: Conditions | None, others: Conditions | None) -> bool:
    """Whether one frame may fulfil both; of different bytes or bits it may."""
    return not any(
        (one.byte, one.bits, one.type) == (other.byte, other.bits, other.type) and not {*one.values} & {*other.values}
        for one in each_of(ones)
        for other in each_of(others)
    )


def _time(where: str, table: FrameTable | ChannelTable) -> Iterator[Mistake]:
    lengths = table.lengths if isinstance(table, FrameTable) else (table.length,)
    if table.time is not None and table.time.byte + TIME_BYTES > min(lengths):
        yield where, "time", _("byte {byte} is not in each frame").format(byte=table.time.byte + TIME_BYTES - 1)


def _condition(condition: Condition) -> Iterator[str]:
    most = 8 * condition.size - 1
    low, high = condition.bits or (0, most)
    if not low <= high <= most:
        yield _("bits are the lowest and the highest, 0 to {most}").format(most=most)
    elif not condition.values or not all(0 <= each < 1 << high - low + 1 for each in condition.values):
        yield _("is: expected numbers of 0 to {most}").format(most=(1 << high - low + 1) - 1)


def _channels(tables: SensorTables) -> Iterator[Mistake]:
    tlv = tables.tlv
    if tlv is None:
        yield from ((f"channel.{name}", "", _("there is no [tlv] for it")) for name in tables.channel)
        return
    if not tables.channel:
        yield "tlv", "", _("there is no [channel.NAME] for it")
    seen = {bytes.fromhex(key) for key in tlv.passed_over}
    if any(len(key) != tlv.key for key in seen):
        yield "tlv", "passed_over", _wrong_key(tlv)
    for name, channel in tables.channel.items():
        key = bytes.fromhex(channel.key)
        if len(key) != tlv.key:
            yield f"channel.{name}", "key", _wrong_key(tlv)
        elif key in seen:
            yield f"channel.{name}", "key", _("stands there twice")
        seen.add(key)
        yield from _time(f"channel.{name}", channel)
    for name in tables.frame.keys() & tables.channel.keys():
        yield f"channel.{name}", "", _("a frame has this name already")


def _wrong_key(tlv: TlvTable) -> str:
    return _("expected keys of {count} bytes, as key of [tlv] says").format(count=tlv.key)


Found = Iterator[tuple[str, str]]
"""Key and words."""


def _value(value: ValueTable, tables: SensorTables) -> Found:
    yield from _places(value, tables)
    yield from _kind(value)
    yield from _bits(value)
    yield from _numbers(value)


def _places(value: ValueTable, tables: SensorTables) -> Found:
    if (value.object is None) == (not value.places):
        yield "in", _("expected the name of a frame or a channel, or object in its place, and not both")
    for name in value.places:
        lengths = _lengths(name, tables)
        if lengths is None:
            yield "in", _("there is neither [frame.{name}] nor [channel.{name}]").format(name=name)
        elif value.byte + value.size > max(lengths):
            what = _("bytes {first} to {last} are not in {name}, which has {count}")
            last = value.byte + max(value.size, 1) - 1
            yield "byte", what.format(first=value.byte, last=last, name=name, count=max(lengths))
        for condition in each_of(value.when):
            if lengths is not None and condition.byte + condition.size > max(lengths):
                yield "when", _("byte {byte} is not in {name}").format(byte=condition.byte, name=name)
    yield from _of_before(value, tables)


def _of_before(value: ValueTable, tables: SensorTables) -> Found:
    """What was measured before tells nothing of a bay, nor how the sensor is now."""
    timed = [name for name in value.places if (table := _place(name, tables)) is not None and table.time is not None]
    if value.age_s is not None and (timed or value.object is not None):
        yield "age", _("is of a frame without a time")
    if (value.age_s is not None or timed) and value.quantity in _OF_NOW:
        yield "quantity", _("{quantity} is told of now alone").format(quantity=value.quantity)


def _place(name: str, tables: SensorTables) -> FrameTable | ChannelTable | None:
    return tables.frame.get(name) or tables.channel.get(name)


def _lengths(name: str, tables: SensorTables) -> tuple[int, ...] | None:
    if name in tables.frame:
        return tables.frame[name].lengths
    return (tables.channel[name].length,) if name in tables.channel else None


def _kind(value: ValueTable) -> Found:
    spelt = value.type in SPELT
    if spelt != (value.length is not None) and value.object is None:
        yield "length", _("is for the types {types}, and they need it").format(types=", ".join(SPELT))
    given = [value.yes is not None or value.no is not None, value.words is not None, value.flags is not None]
    number = value.type in BYTES and value.type not in {"xyz", "f32"}
    if sum(given) > 1 or (any(given) and not number):
        yield "type", _("expected one of: a number, yes and no of a number, words of one, flags of one")
    if not _fits(value):
        wanted = _(_WANTED.get(value.quantity, N_("is a number: expected one")))
        yield "quantity", f"{value.quantity} {wanted}"
    if value.object is None and any(not isinstance(each, int) for each in (*(value.yes or ()), *(value.no or ()))):
        yield "yes", _("expected numbers: other values stand in an object alone")


def _fits(value: ValueTable) -> bool:
    """Whether a value is of the kind that its quantity is."""
    answers = value.yes is not None or value.no is not None
    match value.quantity:
        case name if name in ANSWERS:
            return answers
        case name if name in TEXTS:
            return value.says_words
        case name if name in SPELLINGS:
            return value.type in SPELT
        case name if name == FIELD:
            return value.type == "xyz"
        case name if name in FIELDS:
            return value.is_plain
    return value.type != "xyz"


def _bits(value: ValueTable) -> Found:
    width = 8 * BYTES.get(value.type, 0)
    if value.bits is not None and not (value.bits[0] <= value.bits[1] < width and value.type not in {"xyz", "f32"}):
        yield "bits", _("are the lowest and the highest of a number, 0 to {most}").format(most=max(width - 1, 0))
    if value.flags is not None and any(bit >= width for bit in value.flags.values()):
        yield "flags", _("a bit beyond the {count} of its type").format(count=width)
    if value.words is not None and value.object is None and not all(_is_number(each) for each in value.words):
        yield "words", _("expected numbers before the words")
    for condition in each_of(value.when):
        yield from (("when", words) for words in _condition(condition))
    if value.word_order != "big" and BYTES.get(value.type) != 4:
        yield "word_order", _("is for numbers of four bytes")


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii()


def _numbers(value: ValueTable) -> Found:
    if value.is_plain and _fits(value) and (words := wrong_unit(value.unit, value.kind)):
        yield "unit", words
    if value.scale == 0:
        yield "scale", _("a scale of 0 leaves nothing of the value")
    if value.range is not None and not value.range[0] < value.range[1]:
        yield "range", _("the first number must be lower than the second")
    elif value.range is not None and not value.is_plain:
        yield "range", _("is for numbers")
    if both := {*(value.yes or ())} & {*(value.no or ())}:
        yield "no", _("{values} stands in yes too").format(values=", ".join(map(str, both)))


def _ranges(tables: SensorTables) -> Iterator[Mistake]:
    first: dict[str, tuple[float, float] | None] = {}
    for number, value in enumerate(tables.value, 1):
        if first.setdefault(value.quantity, value.range) != value.range:
            yield f"value#{number}", "range", _("is another than above for the same quantity")


def _overlaps(tables: SensorTables) -> Iterator[Mistake]:
    """Two values of one frame that take the same bits at once: one of them is wrong."""
    taken: dict[tuple[str, int, int], list[ValueTable]] = {}
    for number, value in enumerate(tables.value, 1):
        for place in value.places:
            bits = [(place, *bit) for bit in sorted({*_bits_of(value, tables)})]
            others = (other for bit in bits for other in taken.get(bit, ()) if _both_hold(value.when, other.when))
            if other := next(others, None):
                what = _("takes bits of {place} that {other} has")
                yield f"value#{number}", "byte", what.format(place=place, other=other.quantity)
            for bit in bits:
                taken.setdefault(bit, []).append(value)


def _bits_of(value: ValueTable, tables: SensorTables) -> Iterator[tuple[int, int]]:
    """Each bit that it takes: byte, and bit of it."""
    width = 8 * value.size
    low, high = value.bits or (0, width - 1)
    flags = value.flags.values() if value.flags is not None and value.bits is None else range(high - low + 1)
    for bit in (low + each for each in flags):
        if bit < width:
            from_low = bit // 8
            order = value.order or tables.order
            yield value.byte + (value.size - 1 - from_low if order == "big" else from_low), bit % 8
