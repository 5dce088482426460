"""The network of the box, from what Linux tells of it."""

from pathlib import Path
from typing import Any

ROOT = Path("/")


def network(root: Path = ROOT) -> dict[str, Any]:
    links = {path.name: _text(path / "operstate") for path in sorted(root.glob("sys/class/net/*"))}
    resolvers = [line.split()[1] for line in _lines(root / "etc/resolv.conf") if line.startswith("nameserver ")]
    return {"links": links, "default_route_by": _default_routes(root), "resolvers": resolvers}


def _default_routes(root: Path) -> list[str]:
    """Interfaces of the default routes (proc(5), /proc/net/route: destination and mask are zero)."""
    rows = [line.split() for line in _lines(root / "proc/net/route")[1:]]
    return sorted({row[0] for row in rows if len(row) > 7 and row[1] == row[7] == "00000000"})


def _lines(path: Path) -> list[str]:
    return _text(path).splitlines()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
