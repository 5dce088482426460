"""What may be wrong with the profile of an input beyond its types."""

from collections.abc import Iterator

from drivers.gpio.options import COUNT
from drivers.gpio.profile.schema import FAULT, InputTables
from drivers.mistakes import Mistake
from drivers.translation import _


def mistakes(tables: InputTables) -> Iterator[Mistake]:
    if not tables.value:
        yield "", "value", _("expected a [[value]] at least: it says nothing")
    if not any(each.instead is None for each in tables.vector):
        yield "", "vector", _("expected a [[vector]] at least: edges, and what they say")
    if 2 * tables.debounce_s * tables.fastest_hz > 1:
        what = _("{fastest:g} Hz is too fast for a debounce of {debounce:g} s: it would count none")
        yield "", "fastest_hz", what.format(fastest=tables.fastest_hz, debounce=tables.debounce_s)
    yield from _values(tables)
    for number, vector in enumerate(tables.vector, 1):
        if (vector.edges is None) == (vector.hertz is None):
            yield f"vector#{number}", "", _("expected either edges or hertz")
        if vector.within_s <= 0 or vector.within_s > 3600:
            yield f"vector#{number}", "within", _("expected more than nothing, and at most an hour")
        if vector.edges is not None and [at for at, _on in vector.edges] != sorted(at for at, _on in vector.edges):
            yield f"vector#{number}", "edges", _("are not in order")


def _values(tables: InputTables) -> Iterator[Mistake]:
    seen: set[str] = {COUNT, FAULT}
    for number, value in enumerate(tables.value, 1):
        yield from ((f"value#{number}", key, words) for key, words in value.mistakes())
        if value.quantity in seen:
            yield f"value#{number}", "quantity", _("stands there twice, or is told anyway")
        seen.add(value.quantity)
        if value.still is not None and value.of != "rate":
            yield f"value#{number}", "still", _("is that of a rate")
        if value.of == "count" and value.kind != "counter":
            yield f"value#{number}", "kind", _('only grows: expected "counter"')
