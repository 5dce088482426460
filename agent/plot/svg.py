"""What every picture is made of."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from drivers.translation import _

INK, FAINT = "#1b2230", "#5b6577"

_STYLE = "text{font-family:'DejaVu Sans','Segoe UI',Roboto,sans-serif;fill:" + INK + "}"


def document(width: int, height: int, style: str, parts: Iterable[str]) -> str:
    """The SVG, on white: it may be shown on a dark page. `style`: CSS beside the common one."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}">',
            f"<style>{_STYLE}{style}</style>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *parts,
            "</svg>",
        ]
    )


def rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.2f}" y="{y}" width="{width:.2f}" height="{height}" fill="{colour}"/>'


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start", *, size: float | None = None) -> str:
    """Args: kind: its classes in the style of the document; size: in px, in place of theirs."""
    if size is None:
        return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}" style="font-size:{size:.1f}px">'
        f"{escape(words)}</text>"
    )


def wide(words: str, size: float) -> float:
    """How many px words take, reckoned on the safe side: a viewer may have another typeface."""
    return 0.66 * size * len(words)


def fitting(words: str, size: float, width: float, least: float) -> float:
    """The size at which words take no more than `width`, and not below `least`."""
    return max(least, min(size, width / wide(words, 1.0)))


def save(file: Path, drawn: str) -> None:
    """Raises ValueError, in words for a technician, when it could not be written."""
    if file.suffix.lower() != ".svg":
        what = _("{file}: the picture is an SVG; write for example {example}")
        raise ValueError(what.format(file=file, example=file.with_suffix(".svg")))
    try:
        file.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{file}: {error.strerror or error}") from error
