"""What some devices and commands take beyond the daemon's own Python packages, and how it comes to this box."""

import importlib.util
import sys
from collections.abc import Iterable

from drivers.translation import _

Modules = tuple[str, ...]
"""Python modules of which one is enough."""

VISION: tuple[Modules, ...] = (("numpy",), ("cv2",), ("av",), ("ai_edge_litert", "tflite_runtime"))
"""What looks at pictures."""

PACKAGED = "/usr/lib/lamppost"
"""The environment of Debian's package. It has all extras but "vision", of which there is another package, and
"signed", which is Debian's own."""


def missing(wanted: Iterable[Modules]) -> list[str]:
    """The modules that Python lacks, each by the first of its names."""
    return [names[0] for names in wanted if not any(map(importlib.util.find_spec, names))]


_OF_DEBIAN = {"vision": "lamppost-vision", "signed": "python3-cryptography"}
"""The package that has what an extra brings. All others' is in lamppost itself."""


def remedy(extra: str) -> str:
    """What to do, as lamppost itself was installed."""
    install = _("install them: {command}")
    if sys.prefix != PACKAGED:
        return install.format(command=f"pip install 'lamppost[{extra}]'")
    return install.format(command=f"apt install {_OF_DEBIAN.get(extra, '--reinstall lamppost')}")
