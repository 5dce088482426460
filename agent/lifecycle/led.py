"""A lamp of the box itself: it burns when all is well, and blinks when the pole runs by its last good configuration."""

import logging
from pathlib import Path

log = logging.getLogger(__name__)

ROOT = Path("/sys/class/leds")

BLINK_MS = 500


class Led:
    """One of the kernel's LED class (Documentation/leds/leds-class.rst).

    Args:
        name: below `root`; None: this pole has none.
    """

    def __init__(self, name: str | None, root: Path) -> None:
        self._folder = None if name is None else root / name
        self._failed = False

    def show(self, well: bool) -> None:
        """What cannot be written is one line in the log."""
        if self._folder is None:
            return
        try:
            if well:
                self._write("trigger", "none")
                self._write("brightness", (self._folder / "max_brightness").read_text().strip())
            else:
                self._write("trigger", "timer")
                self._write("delay_on", str(BLINK_MS))
                self._write("delay_off", str(BLINK_MS))
            self._failed = False
        except OSError as error:
            if not self._failed:
                log.error(
                    "the LED %s cannot be set: %s (see ls /sys/class/leds, and let the daemon write there)",
                    self._folder.name,
                    error.strerror or error,
                )
            self._failed = True

    def _write(self, name: str, value: str) -> None:
        assert self._folder is not None
        (self._folder / name).write_text(value, encoding="ascii")
