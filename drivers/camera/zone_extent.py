"""How much of the picture is shown for a zone: more than the zone, where that is smaller than a vehicle.

A zone is ground, and may be drawn half as large as a car. The zone model then sees a piece of a roof or a door, which
may look as free as road, and the detector a box that is cut. What stands in a zone tells how large its vehicles are;
until a vehicle has stood there since the start, a view of twice its size each way says where a larger look is due.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from drivers.camera.boxes import Box
from drivers.camera.zone_view import ZoneView
from drivers.camera.zones import Corners, Zone

SMALL = 2.0
"""Area of a vehicle's box over that of its zone, from which on the zone is shown as large as the vehicle."""

WIDER = 0.5
"""Share of its size by which a zone is grown on each side to see whether it is smaller than a vehicle."""

AGAIN_S = 5.0
"""Time after a larger look that showed no vehicle in the zone, until the next one."""


@dataclass
class ZoneExtent:
    """What of the picture shows a zone whole, with the vehicle in it.

    Args:
        vehicle: the smallest that has stood in the zone; None: none has yet.
        due_s: from when on a larger look may be made.
    """

    zone: Zone
    vehicle: Box | None = None
    due_s: float = 0.0

    def learn(self, vehicles: Iterable[Box]) -> bool:
        """Takes in who stands there; whether the zone is to be shown otherwise from now on."""
        before = self.shown
        known = [box for box in (self.vehicle, *vehicles) if box is not None]
        self.vehicle = min(known, key=lambda box: box.area, default=None)
        return self.shown != before

    @property
    def shown(self) -> Corners:
        """The zone's corners, moved apart until the vehicle lies between them where the zone is smaller than that."""
        if self.vehicle is None or self.vehicle.area < SMALL * self.zone.box.area:
            return self.zone.polygon
        return _stretched(self.zone, self.vehicle)

    @cached_property
    def wider(self) -> ZoneView:
        """The view of twice the zone's size each way."""
        return ZoneView(_stretched(self.zone, self.zone.box.expanded(WIDER)))


def _stretched(zone: Zone, vehicle: Box) -> Corners:
    old = zone.box
    left, top = min(old.left, vehicle.left), min(old.top, vehicle.top)
    across = (max(old.right, vehicle.right) - left) / old.width
    down = (max(old.bottom, vehicle.bottom) - top) / old.height
    return [(left + across * (x - old.left), top + down * (y - old.top)) for x, y in zone.polygon]
