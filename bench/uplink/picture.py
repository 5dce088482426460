"""The curve of a returning fleet as an SVG."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

WIDTH, PANEL, GAP, LEFT, TOP = 880, 190, 56, 64, 56
COLOURS = ("#0b6e4f", "#c8553d")


class Curve(NamedTuple):
    """One rule: by second since the end of the broker."""

    name: str
    attempts: Sequence[int]
    connected: Sequence[int]


def draw(title: str, curves: Sequence[Curve], down_s: float) -> str:
    """Attempts a second above, connected poles below; the time in which there was no broker is shaded."""
    height = TOP + 2 * PANEL + 2 * GAP
    components = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif"',
        ' font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="24" font-size="17">{escape(title)}</text>',
    ]
    for number, curve in enumerate(curves):
        x = WIDTH - 400 + 120 * number
        components.append(f'<rect x="{x}" y="18" width="14" height="4" fill="{COLOURS[number]}"/>')
        components.append(f'<text x="{x + 20}" y="25">{escape(curve.name)}</text>')
    components += _panel(TOP, "attempts a second", [curve.attempts for curve in curves], down_s)
    components += _panel(TOP + PANEL + GAP, "poles connected", [curve.connected for curve in curves], down_s)
    return "\n".join([*components, "</svg>"]) + "\n"


def _panel(top: int, name: str, series: Sequence[Sequence[int]], down_s: float) -> Iterable[str]:
    seconds, most = len(series[0]), max(1, *(max(values) for values in series))
    x_of = (WIDTH - LEFT - 20) / seconds
    yield f'<rect x="{LEFT}" y="{top}" width="{down_s * x_of:.1f}" height="{PANEL}" fill="#eee"/>'
    yield f'<text x="{LEFT + 6}" y="{top + 16}" fill="#555">{"no broker" if name.startswith("poles") else ""}</text>'
    yield f'<text x="{LEFT}" y="{top - 6}" fill="#333">{escape(name)}</text>'
    for share in (0, 0.5, 1):
        y = top + PANEL - share * PANEL
        yield f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ccc"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#555">{share * most:.0f}</text>'
    for second in range(0, seconds + 1, 10):
        yield (
            f'<text x="{LEFT + second * x_of:.1f}" y="{top + PANEL + 18}" text-anchor="middle" fill="#555">'
            f"{second} s</text>"
        )
    for number, values in enumerate(series):
        places = ((LEFT + (at + 0.5) * x_of, top + PANEL - value / most * PANEL) for at, value in enumerate(values))
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline points="{points}" fill="none" stroke="{COLOURS[number]}" stroke-width="2"/>'
