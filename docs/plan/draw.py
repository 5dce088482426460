"""The plan of the house as an SVG: floors, rooms, trades side by side, and the two journeys through its stairwells."""

from collections.abc import Sequence

from canvas import BADGE, HEAD, LINE, PAD, Box, Canvas, lines_of, name_px
from floors import TRADES, House
from routes import journey, legend

from agent.plot.svg import FAINT, document, text

WIDTH, EDGE = 1000, 72
LEFT, RIGHT = EDGE, WIDTH - EDGE
GAP = 14
"""The gap between floors, where the journeys pass."""

COMMON_COLUMNS = 3
FILLS = {"agent": "#eef4fb", "drivers": "#f1eef9", "street": "#ececea"}
FILLS |= {"trades": "#fff6df", "face": "#fffdf7", "rules": "#e3f3e4"}
STYLE = (
    ".n{font-size:13px;font-weight:bold}.w{font-size:11px;fill:#3d4757}.h{font-size:17px;font-weight:bold}"
    f".f{{font-size:12px;fill:{FAINT}}}.t{{font-size:15px;font-weight:bold}}.s{{font-size:12px}}"
    ".b{font-size:10px;font-weight:bold;fill:#fff}.m{font-size:11.5px;font-weight:bold}.k{font-size:9.5px;font-weight:bold}"
)
TITLE = "The house of lamppost"
SUBTITLE = "Rooms on the floors of setup.cfg: imports go downwards only, and none past a wall between trades."


def plan(house: House) -> str:
    """The whole picture."""
    drawn, bottom = built(house)
    return document(WIDTH, round(bottom + 20), STYLE, drawn.parts)


def built(house: House) -> tuple[Canvas, float]:
    """All that is drawn, and how far down it goes."""
    drawn = Canvas({name: {stop.room for stop in stops} for name, stops in house.journeys.items()})
    drawn.parts += [text(LEFT, 30, TITLE, "h"), text(LEFT, 48, SUBTITLE, "f")]
    y = legend(drawn, house, LEFT, RIGHT, 84)
    y = _house(drawn, house, "agent", y + 26, "agent: what decides, remembers and reports")
    y = _house(drawn, house, "drivers", y + 34, "drivers: hardware and bytes")
    y = _street(drawn, house, y + 30)
    for name, wall in (("up", LEFT), ("down", RIGHT)):
        drawn.parts += journey(drawn.rooms, house.journeys[name], name, wall)
    return drawn, y


def _house(drawn: Canvas, house: House, package: str, top: float, title: str) -> float:
    """All floors of a package beneath a roof; its bottom."""
    inside, eaves, middle = drawn.inside(), top + 46, WIDTH / 2
    y = eaves + GAP + 2
    for floor in house.floors[package]:
        if floor == [TRADES.rpartition(".")[2]]:
            y = _trades(inside, house, y) + GAP
        else:
            y = _floor(inside, house, package, floor, Box(LEFT + 14, y, RIGHT - LEFT - 28, 0)) + GAP
    drawn.parts += [
        f'<path d="M{LEFT - 16} {eaves}L{middle} {top}L{RIGHT + 16} {eaves}Z" fill="#dfe6ee" stroke="#7d8a99"/>',
        text(middle, eaves - 11, title, "t", "middle"),
    ]
    drawn.rect(Box(LEFT, eaves, RIGHT - LEFT, y - eaves), "#fbfcfd", "#7d8a99", radius=0)
    drawn.parts += inside.parts
    return y


def _floor(drawn: Canvas, house: House, package: str, rooms: Sequence[str], space: Box) -> float:
    """One floor from wall to wall; its bottom."""
    width = (space.width - 8 * (len(rooms) - 1)) / len(rooms)
    words = {room: house.words[f"{package}.{room}"] for room in rooms}
    height = max(drawn.height(f"{package}.{room}", width, said) for room, said in words.items())
    fill = FILLS["trades" if package == TRADES else package]
    for number, (room, said) in enumerate(words.items()):
        drawn.room(f"{package}.{room}", Box(space.x + number * (width + 8), space.y, width, height), fill, said)
    return space.y + height


def _trades(drawn: Canvas, house: House, top: float) -> float:
    """The floor of the trades, with the floors of each beside those of the others; its bottom."""
    inside, space = drawn.inside(), Box(LEFT + 26, top + 28, RIGHT - LEFT - 52, 0)
    y = space.y
    for floor in house.floors[TRADES]:
        if floor == house.trades:
            y = _side_by_side(inside, house, space.moved(y)) + GAP
            y = _common(inside, house, space.moved(y)) + GAP
        else:
            y = _floor(inside, house, TRADES, floor, space.moved(y)) + GAP
    box = Box(LEFT + 14, top, RIGHT - LEFT - 28, y - top - 4)
    drawn.room(TRADES, box, FILLS["trades"], house.words[TRADES])
    drawn.parts += inside.parts
    return box.bottom


def _side_by_side(drawn: Canvas, house: House, space: Box) -> float:
    width = (space.width - 10 * (len(house.trades) - 1)) / len(house.trades)
    columns = [Box(space.x + n * (width + 10), space.y, width, 0) for n in range(len(house.trades))]
    bottoms = [_faces(drawn, house, trade, column) for trade, column in zip(house.trades, columns, strict=True)]
    ground = max(bottoms) + 4
    rules = {trade: lines_of(", ".join(house.rules(trade)), width - 12 - 2 * PAD) for trade in house.trades}
    height = HEAD + 8 + LINE * max(map(len, rules.values()))
    for trade, column in zip(house.trades, columns, strict=True):
        box = Box(column.x + 6, ground, width - 12, height)
        drawn.rect(box, FILLS["rules"], "#9fc3a2")
        drawn.parts.append(text(box.x + PAD, box.y + HEAD, "rules: pure steps", "m"))
        drawn.parts += [
            text(box.x + PAD, box.y + HEAD + LINE * n + 1, line, "w") for n, line in enumerate(rules[trade], 1)
        ]
        whole = Box(column.x, column.y, width, box.bottom + 6 - column.y)
        drawn.rooms[f"{TRADES}.{trade}"] = whole
        drawn.rect(whole, "none", "#c9a227", 1.4)
    return ground + height + 6


def _faces(drawn: Canvas, house: House, trade: str, column: Box) -> float:
    """The name of a trade, and its floors above its rules; their bottom."""
    x = column.x + PAD + (BADGE if f"{TRADES}.{trade}" in drawn.numbered["up"] else 0)
    drawn.parts.append(text(x, column.y + HEAD + 1, trade, "n"))
    drawn.parts.append(text(column.x + PAD, column.y + 33, house.words[f"{TRADES}.{trade}"], "w"))
    y = column.y + 41
    for floor in house.faces(trade):
        lines = lines_of(", ".join(floor), 0.85 * column.width - 2 * PAD)
        box = Box(column.x + 6, y, column.width - 12, 7 + LINE * len(lines))
        drawn.rect(box, FILLS["face"], "#dccf9f", radius=3)
        drawn.parts += [text(box.x + PAD, box.y + LINE * n, line, "m") for n, line in enumerate(lines, 1)]
        y = box.bottom + 4
    return y


def _common(drawn: Canvas, house: House, space: Box) -> float:
    """What stands in the rooms that trades have in common; the bottom of the words."""
    words = [(room.partition(".")[2], said) for room, said in house.words.items() if room.startswith("trade.")]
    rows = -(-len(words) // COMMON_COLUMNS)
    for number, (room, said) in enumerate(words):
        column, row = divmod(number, rows)
        x, y = space.x + 6 + column * space.width / COMMON_COLUMNS, space.y + LINE * row + 8
        drawn.parts += [text(x, y, room, "m"), text(x + 0.9 * name_px(room) + 6, y, said, "w")]
    return space.y + LINE * rows


def _street(drawn: Canvas, house: House, top: float) -> float:
    """What lies outside; its bottom."""
    places = {name: said for name, said in house.words.items() if name.startswith("street.")}
    drawn.parts.append(f'<path d="M0 {top - 12}H{WIDTH}" stroke="#7d8a99" stroke-width="2"/>')
    width = (RIGHT - LEFT - 40 * (len(places) - 1)) / len(places)
    height = max(drawn.height(name, width, said) for name, said in places.items())
    for number, (name, said) in enumerate(places.items()):
        drawn.room(name, Box(LEFT + number * (width + 40), top + 8, width, height), FILLS["street"], said)
    return top + 8 + height
