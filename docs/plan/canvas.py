"""What a plan is drawn on: rooms as boxes with their names and words, and how much room words need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import wrap

from agent.plot.svg import text

PAD, LINE, HEAD = 9, 13, 16
WORD_PX = 5.9
"""The width of a letter, on average: those of DejaVu Sans, the widest of the fonts."""

NAME_PX = dict.fromkeys("il", 4.5) | dict.fromkeys("ftr_", 6.4) | {"m": 13.6, "w": 12.0}
OTHER_PX = 9.0
BADGE = 20
"""What a number takes in a room."""


@dataclass(frozen=True)
class Box:
    """The box of a room, in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def moved(self, y: float) -> "Box":
        return Box(self.x, y, self.width, self.height)


@dataclass
class Canvas:
    """What has been drawn, and where the rooms lie that a journey may stop in.

    Args:
        numbered: in which rooms each journey has a number: "up" on the left, "down" on the right.
    """

    numbered: Mapping[str, set[str]]
    parts: list[str] = field(default_factory=list)
    rooms: dict[str, Box] = field(default_factory=dict)

    def inside(self) -> "Canvas":
        """Returns a canvas for what lies in a frame whose size it tells, and is to be seen above it."""
        return Canvas(self.numbered, rooms=self.rooms)

    def rect(self, box: Box, fill: str, edge: str = "#b4c0cd", width: float = 1, radius: int = 4) -> None:
        self.parts.append(
            f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{radius}" '
            f'fill="{fill}" stroke="{edge}" stroke-width="{width:g}"/>'
        )

    def room(self, name: str, box: Box, fill: str, words: str) -> None:
        """Draws the name of a room, and its words beside it where they fit, beneath it otherwise."""
        self.rooms[name] = box
        self.rect(box, fill)
        short = name.rpartition(".")[2]
        x, free = box.x + PAD + self._indent(name), self.free(name, box.width)
        style = "n" if name_px(short) <= free else "k"
        self.parts.append(text(x, box.y + HEAD + 1, short, style))
        if _fits(short, words, free):
            self.parts.append(text(x + name_px(short) + 8, box.y + HEAD + 1, words, "w"))
            return
        lines = lines_of(words, box.width - 2 * PAD)
        self.parts += [text(box.x + PAD, box.y + HEAD + LINE * n + 1, line, "w") for n, line in enumerate(lines, 1)]

    def height(self, name: str, width: float, words: str) -> float:
        """What a room of that width needs."""
        beside = _fits(name.rpartition(".")[2], words, self.free(name, width))
        return HEAD + 9 + (0 if beside else LINE * len(lines_of(words, width - 2 * PAD)))

    def free(self, name: str, width: float) -> float:
        """Returns the width that is left for a name and what stands beside it."""
        return width - 2 * PAD - self._indent(name) - (BADGE if name in self.numbered["down"] else 0)

    def _indent(self, name: str) -> float:
        return BADGE if name in self.numbered["up"] else 0


def _fits(name: str, words: str, width: float) -> bool:
    return name_px(name) + 8 + len(words) * WORD_PX <= width


def name_px(name: str) -> float:
    return sum(NAME_PX.get(letter, OTHER_PX) for letter in name)


def lines_of(words: str, width: float) -> list[str]:
    return wrap(words, int(width / WORD_PX), break_long_words=False)
