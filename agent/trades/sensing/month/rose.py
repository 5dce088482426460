"""A wind rose: from where it blew for how many hours, and how fast."""

import math
from collections.abc import Iterator

from agent.plot.svg import text
from agent.trades.sensing.month.paper import GRID
from agent.trades.sensing.month.reckoning import CLASSES_M_S, SECTORS, Rose
from drivers.translation import _

COLOURS = ("#cfe0ee", "#94b8d6", "#5a8fbc", "#2c5f8a", "#12324d")
_WIDE = 0.42
"""Half of a petal, as a share of the sector."""


def rose(found: Rose, x: float, y: float, radius: float) -> Iterator[str]:
    """
    Args:
        x, y: of its middle.
    """
    shares = [[100 * hours / found.known for hours in sector] for sector in found.hours]
    step = ring_step(max(map(sum, shares)))
    outer = step * max(1, math.ceil(max(map(sum, shares)) / step - 1e-9))
    for percent in range(step, outer + 1, step):
        yield f'<circle cx="{x}" cy="{y}" r="{radius * percent / outer:.1f}" fill="none" stroke="{GRID}"/>'
    for sector, classes in enumerate(shares):
        yield from _petal(sector, [radius * share / outer for share in classes], x, y)
    for percent in range(step, outer + 1, step):
        yield text(
            x + radius * percent / outer * 0.7071 * 0.9 + 2,
            y - radius * percent / outer * 0.75,
            f"{percent} %",
            "gh",
        )
    yield from _winds(x, y, radius)


def ring_step(highest: float) -> int:
    """Percent between two rings: three or four of them."""
    return next(step for step in (2, 5, 10, 20, 25) if highest <= 4 * step)


def _petal(sector: int, lengths: list[float], x: float, y: float) -> Iterator[str]:
    middle, half = 2 * math.pi * sector / SECTORS, 2 * math.pi * _WIDE / SECTORS
    inner = 0.0
    for length, colour in zip(lengths, COLOURS, strict=True):
        if length:
            ends = [(middle - half, inner), (middle - half, inner + length), (middle + half, inner + length)]
            corners = [*ends, (middle + half, inner)]
            points = " ".join(f"{x + r * math.sin(a):.1f},{y - r * math.cos(a):.1f}" for a, r in corners)
            yield f'<polygon points="{points}" fill="{colour}"/>'
        inner += length


def _winds(x: float, y: float, radius: float) -> Iterator[str]:
    winds = ((_("N"), 0, -10), (_("E"), 14, 4), (_("S"), 0, 19), (_("W"), -14, 4))
    for number, (word, right, down) in enumerate(winds):
        angle = math.pi / 2 * number
        yield text(x + radius * math.sin(angle) + right, y - radius * math.cos(angle) + down, word, "v", "middle")


def key(found: Rose, x: float, y: float) -> Iterator[str]:
    """The classes of speed, and the calm."""
    bounds = (0.5, *CLASSES_M_S)
    for number, (low, colour) in enumerate(zip(bounds, COLOURS, strict=True)):
        top = y + 20 * number
        yield f'<rect x="{x}" y="{top}" width="22" height="13" fill="{colour}"/>'
        last = number == len(COLOURS) - 1
        words = _("{low:g} m/s and more") if last else _("{low:g} to {high:g} m/s")
        high = None if last else bounds[number + 1]
        yield text(x + 30, top + 11, words.format(low=low, high=high), "f")
    calm = _("calm (below 0.5 m/s): {percent:.0f} % of the hours").format(percent=100 * found.calm / found.known)
    yield text(x, y + 20 * len(COLOURS) + 14, calm, "f")
    yield text(x, y + 20 * len(COLOURS) + 31, _("hours with wind known: {hours}").format(hours=found.known), "f")
