"""Draws the pictures of docs/kerb.md: how a camera hangs, how a zone is drawn, how large a vehicle must be.

make plan
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))
from agent.plot.svg import FAINT, INK, document, rect, text

FOLDER = Path(__file__).parent
STYLE = f".t{{font-size:15px;font-weight:600}}.w{{font-size:12px;fill:{FAINT}}}.b{{font-size:12px;fill:{INK}}}"
ROAD, KERB, GREEN, RED, CAR, GLASS = "#d9dee5", "#b4bcc8", "#1d7a3c", "#b3261e", "#4a6fa5", "#c9d6e8"

Point = tuple[float, float]


def polygon(
    points: Sequence[Point], fill: str, edge: str = "none", *, opacity: float = 1.0, dashed: bool = False
) -> str:
    corners = " ".join(f"{x:g},{y:g}" for x, y in points)
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return (
        f'<polygon points="{corners}" fill="{fill}" fill-opacity="{opacity:g}" stroke="{edge}" stroke-width="2"{dash}/>'
    )


def line(start: Point, end: Point, colour: str, width: float = 1.5, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{colour}" stroke-width="{width:g}"{dash}/>'


def disc(centre: Point, radius: float, colour: str) -> str:
    return f'<circle cx="{centre[0]:g}" cy="{centre[1]:g}" r="{radius:g}" fill="{colour}"/>'


def side_of_car(x: float, ground: float, length: float) -> Iterator[str]:
    """A car from the side, its wheels on the ground."""
    unit = length / 10
    top = ground - 3.4 * unit
    body = [
        (x, ground - unit * 0.6),
        (x, ground - 1.9 * unit),
        (x + 2 * unit, ground - 2.1 * unit),
        (x + 3.2 * unit, top),
    ]
    body += [(x + 7 * unit, top), (x + 8.6 * unit, ground - 2.1 * unit), (x + 10 * unit, ground - 1.8 * unit)]
    yield polygon([*body, (x + 10 * unit, ground - unit * 0.6)], CAR)
    glass = [(x + 2.6 * unit, ground - 2.1 * unit), (x + 3.5 * unit, top + unit * 0.3)]
    yield polygon([*glass, (x + 6.8 * unit, top + unit * 0.3), (x + 7.9 * unit, ground - 2.1 * unit)], GLASS)
    yield from (disc((x + at * unit, ground - 0.7 * unit), 0.7 * unit, INK) for at in (2.2, 7.8))


def placing() -> str:
    """The side of a street: the pole, the camera and what it sees."""
    ground, lens = 330.0, (110.0, 92.0)
    parts = [rect(40, ground, 760, 14, ROAD), rect(96, 80, 10, ground - 80, KERB), rect(100, 86, 22, 12, INK)]
    parts.append(polygon([lens, (250, ground), (640, ground)], GREEN, opacity=0.1))
    parts += [line(lens, (250, ground), GREEN, dashed=True), line(lens, (640, ground), GREEN, dashed=True)]
    for x in (300.0, 440.0):
        parts += side_of_car(x, ground, 110)
    parts += [
        line((60, 92), (60, ground), FAINT),
        line((54, 92), (66, 92), FAINT),
        line((54, ground), (66, ground), FAINT),
    ]
    parts += [line((101, ground + 34), (640, ground + 34), FAINT), line((640, ground), (640, ground + 40), FAINT)]
    return document(840, 430, STYLE, [*parts, *_words_of_placing(ground)])


def _words_of_placing(ground: float) -> Iterator[str]:
    yield text(40, 34, "As high as the pole allows, looking down along the kerb", "t")
    yield text(46, 212, "5 m", "b", "end")
    yield text(46, 228, "to 8 m", "b", "end")
    yield text(370, ground + 54, "the farthest zone: where a vehicle is 70 px high", "b", "middle")
    yield text(660, 150, "Seen from above, a vehicle", "w")
    yield text(660, 166, "hides little of the next one.", "w")
    yield text(660, 200, "The horizon and the sun", "w")
    yield text(660, 216, "stay out of the picture.", "w")


def drawing() -> str:
    """The same parking place twice: a zone that is right, and two that are wrong."""
    parts = [text(30, 34, "The zone is a piece of ground: where the wheels stand", "t")]
    for left, right_one in ((30.0, True), (440.0, False)):
        parts += _street(left)
        parts += _right(left) if right_one else _wrong(left)
    return document(840, 400, STYLE, parts)


def _street(left: float) -> Iterator[str]:
    """A street in the camera's picture, its kerb on the left, one vehicle at it."""
    yield rect(left, 60, 370, 250, "#eef1f5")
    yield polygon([(left + 130, 60), (left + 250, 60), (left + 370, 310), (left + 60, 310)], ROAD)
    yield line((left + 130, 60), (left + 60, 310), KERB, 6)
    front = [(left + 118, 200), (left + 198, 200), (left + 206, 268), (left + 112, 268)]
    yield polygon(front, CAR)
    yield polygon([(left + 128, 150), (left + 186, 150), (left + 198, 200), (left + 118, 200)], CAR)
    yield polygon([(left + 132, 158), (left + 182, 158), (left + 190, 196), (left + 126, 196)], GLASS)
    yield from (rect(left + x, 262, 16, 14, INK) for x in (118, 186))


def _right(left: float) -> Iterator[str]:
    zone = [(left + 104, 178), (left + 210, 178), (left + 226, 284), (left + 74, 284)]
    yield polygon(zone, GREEN, GREEN, opacity=0.22)
    yield from (disc(corner, 4, GREEN) for corner in zone)
    yield text(left, 334, "Right: from the kerb to the outer wheels, the length of", "b")
    yield text(left, 352, "the places. Corners in order around it, none on a roof.", "b")


def _wrong(left: float) -> Iterator[str]:
    roof = [(left + 120, 118), (left + 196, 118), (left + 206, 206), (left + 110, 206)]
    yield polygon(roof, RED, RED, opacity=0.15, dashed=True)
    lane = [(left + 190, 214), (left + 336, 214), (left + 360, 296), (left + 200, 296)]
    yield polygon(lane, RED, RED, opacity=0.15, dashed=True)
    yield text(left, 334, "Wrong: round the roof it is a piece of ground behind the", "b")
    yield text(left, 352, "vehicle; into the lane it counts whoever waits there.", "b")


def sizes() -> str:
    """How large a vehicle is in the picture, in its true size on a screen of 100 %."""
    parts = [text(30, 34, "Height of a vehicle in the picture, px (as large as here at 100 %)", "t")]
    for x, height, words, colour in (
        (30.0, 100, "100 px: well seen", GREEN),
        (370.0, 70, "70 px: enough", GREEN),
        (610.0, 40, "40 px: many are missed", RED),
    ):
        parts += side_of_car(x, 190, height * 10 / 3.4)
        parts += [line((x - 8, 190 - height), (x - 8, 190), FAINT), text(x, 214, words, "b")]
        parts.append(rect(x, 222, 60, 4, colour))
    return document(840, 250, STYLE, parts)


def main() -> None:
    for name, draw in (("placing", placing), ("drawing", drawing), ("sizes", sizes)):
        (FOLDER / f"{name}.svg").write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
