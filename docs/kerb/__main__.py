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

PAVEMENT = "#eef1f5"

Point = tuple[float, float]

ROW = ((360, 180), (470, 180), (390, 560), (215, 560))
"""A row of places along the kerb, px of a picture of 1280 x 720."""

STOP = ((420, 30), (505, 30), (485, 130), (380, 130))
"""Another zone of it, farther away."""


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


def above() -> str:
    """The street from above: two places for a pole, and what a camera on it sees of the parked row."""
    parts = [text(30, 34, "From above: along the row, or across the street (green: the ground that is watched)", "t")]
    parts += [rect(30, 60, 780, 46, PAVEMENT), rect(30, 106, 780, 150, ROAD), rect(30, 256, 780, 46, PAVEMENT)]
    parts += [line((30, 256), (810, 256), KERB, 5), line((30, 106), (810, 106), KERB, 5)]
    parts.append(line((30, 160), (810, 160), "#ffffff", 2, dashed=True))
    along, across = (120.0, 280.0), (610.0, 84.0)
    parts += _seen_from(along, (194, 252), (194, 214), (440, 208), (440, 262))
    parts += _seen_from(across, (516, 214), (704, 214), (720, 262), (500, 262))
    parts += [rect(x, 218, 66, 30, CAR) for x in (200, 280, 360, 526, 606)]
    parts += [rect(x + 14, 222, 12, 22, GLASS) for x in (200, 280, 360, 526, 606)]
    parts += [disc(along, 7, INK), disc(across, 7, INK)]
    return document(840, 400, STYLE, [*parts, *_words_of_above()])


def _seen_from(pole: Point, *ground: Point) -> Iterator[str]:
    """The piece of ground that a camera on it sees, and the sides of its view."""
    yield polygon(ground, GREEN, GREEN, opacity=0.2, dashed=True)
    for corner in (ground[0], ground[-1]) if pole[1] > ground[0][1] else ground[:2]:
        yield line(pole, corner, GREEN, dashed=True)


def _words_of_above() -> Iterator[str]:
    yield text(30, 330, "Along: on the kerb's own side. Reaches far, and the", "b")
    yield text(30, 348, "nearest vehicle may hide the next: hang it high.", "b")
    yield text(450, 330, "Across: two to four places, each seen from its side.", "b")
    yield text(450, 348, "Who passes in the lane hides them for a moment;", "b")
    yield text(450, 366, "a lorry that waits there hides them as long.", "b")
    yield text(134, 296, "pole", "b")
    yield text(624, 88, "pole", "b")


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


def corners() -> str:
    """A picture of 1280 x 720 px, drawn by a third, with two zones and how they stand in the file."""
    left, top, scale = 70.0, 70.0, 1 / 3
    parts = [text(30, 34, "Corners in px from the top left, one after the other around the zone", "t")]
    parts.append(rect(left, top, 1280 * scale, 720 * scale, "#eef1f5"))
    parts += [_in_picture(ROAD, (420, 0), (760, 0), (1280, 600), (1280, 720), (150, 720))]
    parts += _axes(left, top, 1280 * scale, 720 * scale)
    for name, zone in (("row", ROW), ("stop", STOP)):
        parts.append(_in_picture(GREEN, *zone, edge=GREEN))
        parts.append(text(left + zone[1][0] * scale + 14, top + (zone[1][1] + zone[2][1]) / 2 * scale + 4, name, "b"))
        for number, (x, y) in enumerate(zone, 1):
            at = (left + x * scale, top + y * scale)
            parts += [disc(at, 8, GREEN), text(at[0], at[1] + 4, str(number), "n", "middle")]
    return document(840, 400, STYLE + ".n{font-size:11px;fill:#ffffff}", [*parts, *_file_of_corners()])


def _in_picture(fill: str, *points: Point, edge: str = "none") -> str:
    placed = [(70 + x / 3, 70 + y / 3) for x, y in points]
    return polygon(placed, fill, edge, opacity=0.25 if edge != "none" else 1.0)


def _axes(left: float, top: float, width: float, height: float) -> Iterator[str]:
    yield text(left - 8, top - 8, "0, 0", "b", "end")
    yield line((left, top - 12), (left + width, top - 12), FAINT)
    yield text(left + width, top - 18, "x: 1280", "b", "end")
    yield line((left - 12, top), (left - 12, top + height), FAINT)
    yield text(left - 18, top + height, "y: 720", "b", "end")


def _file_of_corners() -> Iterator[str]:
    """The lines of the file for both, and what is worth knowing of them."""
    for at, (name, category, zone) in enumerate((("row", "loading", ROW), ("stop", "bus_stop", STOP))):
        y = 92 + at * 112
        yield text(520, y, f"[zone.{name}]", "b")
        yield text(520, y + 18, 'camera = "kerb-cam"', "b")
        yield text(520, y + 36, f'category = "{category}"', "b")
        first, *rest = (f"[{x}, {y}]" for x, y in zone)
        yield text(520, y + 54, f"polygon = [{first}, {rest[0]},", "b")
        yield text(580, y + 72, f"{rest[1]}, {rest[2]}]", "b")
    yield text(70, 336, "Several places in a row are one zone, as long as they are.", "w")
    yield text(70, 354, "Two zones leave road between them: no vehicle stands in both.", "w")


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
    for name, draw in (
        ("placing", placing),
        ("above", above),
        ("drawing", drawing),
        ("corners", corners),
        ("sizes", sizes),
    ):
        (FOLDER / f"{name}.svg").write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
