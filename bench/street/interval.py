"""How far a share that was counted may be from the true one."""

import math
from typing import NamedTuple

Z_95 = 1.959964


class Share(NamedTuple):
    """A count, with the interval in which the true share lies with 95 % (Wilson), if each zone is a draw of its own.

    Zones of one camera are alike, so that the true interval is wider.
    """

    count: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        share, spread = self.count / self.of, Z_95 * Z_95 / self.of
        middle = (share + spread / 2) / (1 + spread)
        half = math.sqrt(share * (1 - share) * spread + spread * spread / 4) / (1 + spread)
        return max(0.0, middle - half), min(1.0, middle + half)

    def told(self) -> dict[str, object]:
        low, high = self.interval
        share = round(self.count / self.of, 4) if self.of else None
        return {"count": self.count, "of": self.of, "share": share, "interval_95": [round(low, 4), round(high, 4)]}
