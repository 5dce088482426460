"""The two journeys through the house: numbers in the rooms, stairs between them, and what happens where."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from canvas import Box, Canvas
from floors import House, Stop

from agent.plot.svg import text

COLOURS = {"up": "#1c63b7", "down": "#c2410c"}
TITLES = {"up": "Up: a reading becomes an event", "down": "Down: a command becomes an outcome"}
LANE = 6
"""The distance between two stairs in one stairwell."""


def legend(drawn: Canvas, house: House, left: float, right: float, top: float) -> float:
    """The steps of both journeys, side by side; its bottom."""
    bottom = top
    for column, (name, colour) in enumerate(COLOURS.items()):
        x, y = left + column * (right - left + 20) / 2, top
        drawn.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="t" style="fill:{colour}">{TITLES[name]}</text>')
        for number, stop in enumerate(house.journeys[name], 1):
            y += 20
            drawn.parts.append(f'<circle cx="{x + 8:.1f}" cy="{y - 4:.1f}" r="8.5" fill="{colour}"/>')
            drawn.parts.append(text(x + 8, y - 0.4, str(number), "b", "middle"))
            drawn.parts.append(text(x + 24, y, stop.text, "s"))
        bottom = max(bottom, y)
    return bottom


def journey(rooms: Mapping[str, Box], stops: Sequence[Stop], name: str, wall: float) -> Iterator[str]:
    """Draws a journey from stop to stop by the stairwell beyond a wall, then the numbered stops."""
    colour, side = COLOURS[name], -1 if name == "up" else 1
    yield (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="5" markerHeight="5" orient="auto">'
        f'<path d="M0 0L8 4L0 8Z" fill="{colour}"/></marker>'
    )
    places = [_stop(rooms[stop.room], side) for stop in stops]
    for number, ((x, y, top), (to_x, to_y, to_top)) in enumerate(pairwise(places)):
        lane = wall + side * (20 + LANE * number)
        out, into = top - 5 - side, to_top - 9 - side
        points = [(x + 5 * side, y), (x + 5 * side, out), (lane, out), (lane, into), (to_x, into), (to_x, to_y - 9)]
        yield (
            f'<path d="{_rounded(points)}" fill="none" stroke="{colour}" stroke-width="2" marker-end="url(#{name})"/>'
        )
    for number, (x, y, _) in enumerate(places, 1):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="{colour}"/>'
        yield text(x, y + 3.6, str(number), "b", "middle")


def _stop(box: Box, side: int) -> tuple[float, float, float]:
    """Middle of the number in a room, and where the room begins."""
    return (box.x + 13 if side < 0 else box.x + box.width - 13), box.y + 12, box.y


def _rounded(points: Sequence[tuple[float, float]], radius: float = 5) -> str:
    """A path along right angles, with round corners."""
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        begin, end = _toward(here, before, radius), _toward(here, after, radius)
        path += f"L{begin[0]:.1f} {begin[1]:.1f}Q{here[0]:.1f} {here[1]:.1f} {end[0]:.1f} {end[1]:.1f}"
    return path + f"L{points[-1][0]:.1f} {points[-1][1]:.1f}"


def _toward(here: tuple[float, float], there: tuple[float, float], distance: float) -> tuple[float, float]:
    """A point so far from the first one, or half way where they are near."""
    dx, dy = there[0] - here[0], there[1] - here[1]
    share = min(distance / max(abs(dx) + abs(dy), 0.1), 0.5)
    return here[0] + dx * share, here[1] + dy * share
