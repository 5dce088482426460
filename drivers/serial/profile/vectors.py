"""Test vectors of a profile: its own bytes, decoded by its own tables."""

from collections.abc import Iterator

from drivers.mistakes import Mistake
from drivers.serial.profile.decoder import Heard, SerialDecoder
from drivers.serial.profile.schema import ENDS, SerialTables, VectorTable
from drivers.translation import _


def failures(tables: SerialTables) -> Iterator[Mistake]:
    """Yields what comes out otherwise than its profile says."""
    for number, vector in enumerate(tables.vector, 1):
        yield from ((f"vector#{number}", *each) for each in _failures(tables, vector))


def sent(tables: SerialTables, vector: VectorTable) -> bytes:
    """The bytes of a vector."""
    if vector.text is None:
        return bytes.fromhex(vector.hex or "")
    return vector.text.encode("ascii", "replace") + (ENDS[tables.line.end] if tables.line is not None else b"")


def _failures(tables: SerialTables, vector: VectorTable) -> Iterator[tuple[str, str]]:
    """Key and words."""
    key, heard = ("hex" if vector.text is None else "text"), SerialDecoder(tables).feed(sent(tables, vector))
    came = _came(heard)
    if vector.instead is not None:
        if came != vector.instead:
            yield "instead", _("comes out as {found}").format(found=_listed(heard) if came == "values" else came)
    elif not heard:
        from drivers.serial.profile.refusal import why_none  # needed for a mistake alone

        yield key, why_none(tables, sent(tables, vector))
    elif len(heard) != 1:
        yield key, _("is {count} frames or lines, where one is right").format(count=len(heard))
    elif came != "values":
        yield key, _("comes out as {found}").format(found=came)
    else:
        yield from (("says", words) for words in _differences(heard[0], vector))


def _came(heard: list[Heard]) -> str:
    if not heard:
        return "dropped"
    if any(each.other for each in heard):
        return "other model"
    return "values" if any(each.told for each in heard) else "nothing"


def _differences(heard: Heard, vector: VectorTable) -> Iterator[str]:
    told: dict[str, object] = {each.quantity: each.value for each in heard.told}
    for name in dict.fromkeys([*vector.says, *told]):
        found, wanted = told.get(name), vector.says.get(name)
        if wanted is None:
            yield _("the frame says {name} {found}, and the vector does not").format(name=name, found=found)
        elif found is None:
            yield _("the frame does not say {name}, and the vector does").format(name=name)
        elif found != wanted:
            yield _("{name} comes out as {found}, and the vector says {wanted}").format(
                name=name, found=found, wanted=wanted
            )


def _listed(heard: list[Heard]) -> str:
    return ", ".join(f"{told.quantity} {told.value}" for each in heard for told in each.told)
