"""Test vectors of a profile: its own bytes, decoded by its own tables."""

from collections.abc import Iterator

from drivers.lorawan.codecs.frame import BadFrame, Frame
from drivers.lorawan.objects import picked_of
from drivers.lorawan.profile.decoder import ProfileDecoder, said
from drivers.lorawan.profile.schema import SensorTables, VectorTable
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
    if frame.unread_bytes != vector.unread:
        what = _("{found} bytes of it cannot be read, and the vector says {wanted}")
        yield "unread", what.format(found=frame.unread_bytes, wanted=vector.unread)


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
