"""The gate before the detector: decides whether a zone is worth a run of the model."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.camera.zones import Zone


class DetectorGate(Protocol):
    """Tells when the detector runs: it is asked once per zone for every picture that may be judged, in the order of
    the pictures."""

    def due(self, at_s: float, picture: NDArray[np.uint8], zone: Zone, needs_detection: bool) -> bool:
        """Whether the detector has to look at the zone now; if not, what it saw there last is taken to be there still.

        Zones that share a crop are looked at together when one of them is due.

        Args:
            at_s: when the picture was taken, seconds; never goes back.
            picture: height x width, grey.
            needs_detection: a vehicle is about to stop or to leave there, by what was seen last.
        """
        ...


class AlwaysDetect:
    """Looks at every zone every time."""

    def due(self, at_s: float, picture: NDArray[np.uint8], zone: Zone, needs_detection: bool) -> bool:
        return True
