"""Test vectors of a profile: its own edges, read by its own tables."""

from collections.abc import Iterator

from drivers.gpio.contact import Edge
from drivers.gpio.profile.counter import EdgeCounter
from drivers.gpio.profile.meaning import Told, contact, counted
from drivers.gpio.profile.schema import InputTables, VectorTable
from drivers.mistakes import Mistake
from drivers.translation import _


def failures(tables: InputTables) -> Iterator[Mistake]:
    """Yields what comes out otherwise than its profile says."""
    for number, vector in enumerate(tables.vector, 1):
        yield from ((f"vector#{number}", *each) for each in _failures(tables, vector))


def edges_of(vector: VectorTable) -> list[Edge]:
    """The edges of a vector, in seconds from 0."""
    if vector.edges is not None:
        return [Edge(active, at_ms / 1000) for at_ms, active in vector.edges]
    step_s = 0.5 / (vector.hertz or 1.0)
    return [Edge(each % 2 == 0, each * step_s) for each in range(round(float(vector.within_s) / step_s))]


def _failures(tables: InputTables, vector: VectorTable) -> Iterator[tuple[str, str]]:
    """Key and words."""
    found = read(tables, vector)
    if found is None or vector.instead is not None:
        if (found is None) != (vector.instead is not None):
            words = _("chatters") if found is None else _("does not chatter")
            yield "hertz" if vector.edges is None else "edges", words
        return
    told: dict[str, object] = {each.quantity: each.value for each in found}
    for name in dict.fromkeys([*vector.says, *told]):
        came, wanted = told.get(name), vector.says.get(name)
        if came != wanted or isinstance(came, bool) != isinstance(wanted, bool):
            what = _("{name} comes out as {found}, and the vector says {wanted}")
            none = _("nothing of it")
            yield (
                "says",
                what.format(name=name, found=none if came is None else came, wanted=none if wanted is None else wanted),
            )


def read(tables: InputTables, vector: VectorTable) -> list[Told] | None:
    """What comes out; None: it chatters."""
    within_s = float(vector.within_s)
    counter = EdgeCounter(float(tables.debounce_s), tables.fastest_hz, made=False, now_s=0.0)
    counter.feed(edges_of(vector), within_s)
    look = counter.look(within_s)
    if look.chatters is not None:
        return None
    return [*counted(tables, look.made, look.made / within_s), *contact(tables, counter.made)]
