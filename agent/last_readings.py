"""The last readings of a device that is asked again and again: which of them count (pure)."""

import math

from drivers.base import Driver, HasFreshness, Quality, Reading


class LastReadings:
    """
    Args:
        driver: of the device. What one says by itself is not kept: it counts for ever.
    """

    def __init__(self, driver: Driver) -> None:
        self._fresh_s = driver.fresh_s if isinstance(driver, HasFreshness) else None
        self._good: dict[str, Reading] = {}
        self._told_s: dict[str, float] = {}
        self._doubted: dict[str, str] = {}  # why, by quantity: it came doubted since

    def take(self, reading: Reading) -> None:
        """The last word of its quantity; a record of before says nothing of now."""
        if self._fresh_s is None or reading.at_s < self._told_s.get(reading.quantity, -math.inf):
            return
        self._told_s[reading.quantity] = reading.at_s
        if reading.quality is Quality.GOOD:
            self._good[reading.quantity] = reading
            self._doubted.pop(reading.quantity, None)
        else:
            self._doubted[reading.quantity] = reading.detail

    @property
    def is_heard(self) -> bool:
        """Whether the device has told anything."""
        return bool(self._good or self._doubted)

    def counting(self, quantity: str, now_s: float, down: bool) -> Reading | None:
        """The last reading of a quantity; None: there is none that counts."""
        return self._good[quantity] if quantity in self.fresh(now_s, down) else None

    @property
    def doubt(self) -> str:
        """Why what it told last does not count; "": nothing was doubted."""
        return next(iter(self._doubted.values()), "")

    def fresh(self, now_s: float, down: bool) -> frozenset[str]:
        """The quantities whose last readings count.

        Args:
            down: the device is: then nothing does.
        """
        return frozenset(self._good) - self.old(now_s, down).keys()

    def old(self, now_s: float, down: bool) -> dict[str, Reading]:
        """The last good readings, by quantity, that do not count any more: of long ago, or doubted since."""
        if self._fresh_s is None:
            return {}
        return {
            quantity: reading
            for quantity, reading in self._good.items()
            if down or quantity in self._doubted or now_s - reading.at_s > self._fresh_s(quantity)
        }
