"""Test vectors of a profile: its own bytes, decoded by its own tables."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from drivers.lorawan.codecs.frame import BadFrame, Frame, Record
from drivers.lorawan.objects import picked_of
from drivers.lorawan.profile.decoder import ProfileDecoder, said
from drivers.lorawan.profile.schema import RecordTable, SensorTables, VectorTable
from drivers.mistakes import Mistake
from drivers.translation import _


def failures(tables: SensorTables) -> Iterator[Mistake]:
    """Yields what comes out otherwise than its profile says."""
    decoder = ProfileDecoder(tables)
    paths = tuple(each.object for each in tables.value if each.object is not None)
    for number, vector in enumerate(tables.vector, 1):
        yield from ((f"vector#{number}", *each) for each in _failures(decoder, vector, paths))


def _failures(decoder: ProfileDecoder, vector: VectorTable, paths: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Key and words."""
    try:
        frame = _decoded(decoder, vector, paths)
    except BadFrame as error:
        if error.cause != vector.refused:
            yield "hex", _("is refused: {reason}").format(reason=error)
        return
    if vector.refused is not None:
        yield "refused", _("is not refused, and says {told}").format(told=_listed(said(frame)))
        return
    told = said(frame)
    for name in dict.fromkeys([*vector.says, *told]):
        if words := _differs(name, told.get(name), vector.says.get(name)):
            yield "says", words
    yield from (("records", words) for words in _records(frame.records, vector.records))
    if frame.unread_bytes != vector.unread:
        what = _("{found} bytes of it cannot be read, and the vector says {wanted}")
        yield "unread", what.format(found=frame.unread_bytes, wanted=vector.unread)


def _records(found: Sequence[Record], wanted: Sequence[RecordTable]) -> Iterator[str]:
    if len(found) != len(wanted):
        what = _("{found} records come out, and the vector says {wanted}")
        yield what.format(found=len(found), wanted=len(wanted))
        return
    for record, table in zip(found, wanted, strict=True):
        for name in dict.fromkeys([*table.says, *record.values]):
            if words := _differs(name, record.values.get(name), table.says.get(name)):
                yield words
        when = (None, float(table.age_s or 0)) if table.at is None else (table.at.timestamp(), 0.0)
        if when != (record.unix_s, record.age_s):
            told = f"{record.age_s:g} s" if record.unix_s is None else rfc3339(record.unix_s)
            yield _("a record is of {found}, and the vector says otherwise").format(found=told)


def rfc3339(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat().replace("+00:00", "Z")


def _differs(name: str, found: object, wanted: object) -> str:
    """Says how; "": they are the same. Yes and no are no numbers."""
    if found == wanted and isinstance(found, bool) == isinstance(wanted, bool):
        return ""
    if wanted is None:
        return _("the frame says {name} {found}, and the vector does not").format(name=name, found=found)
    if found is None:
        return _("the frame does not say {name}, and the vector does").format(name=name)
    return _("{name} comes out as {found}, and the vector says {wanted}").format(name=name, found=found, wanted=wanted)


def _decoded(decoder: ProfileDecoder, vector: VectorTable, paths: tuple[str, ...]) -> Frame:
    """Raises BadFrame."""
    frame = decoder.decode(vector.port, bytes.fromhex(vector.hex))
    return decoder.from_object(frame, picked_of(vector.object, paths)) if paths else frame


def _listed(told: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in told.items()) or _("nothing")
