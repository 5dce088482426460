"""What goes on of a bay that is built anew where nothing has changed that a charge is judged by."""

from msgspec import UNSET, Struct, structs

from agent.clock import Moment
from agent.regulation import held_alike
from agent.trades.parking.stays.state import Bay, BayState, RuntimeState


class Carried(Struct, frozen=True):
    """A bay as it was taken out.

    Args:
        watchers: what watches over each of its sensors; another object once a sensor was built anew. None: no sensor
            of its own, but the zone of a camera.
        at: when it was taken out.
    """

    bay: Bay
    watchers: tuple[object | None, ...]
    runtime: RuntimeState
    at: Moment

    def onto(self, stored: BayState, bay: Bay, watchers: tuple[object | None, ...], now: Moment) -> BayState:
        """Returns the stored state, with what was known of the bay where that goes on: the same sensors saw it, no
        vehicle could take the place of another meanwhile, and its order holds the same against whoever stands there."""
        if stored.removed is not UNSET or not self._goes_on(bay, watchers, now):
            return stored
        return structs.replace(stored, runtime=self.runtime)

    def _goes_on(self, bay: Bay, watchers: tuple[object | None, ...], now: Moment) -> bool:
        away_s = now.elapsed_since(self.at)
        watched = None not in watchers and all(map(_same, self.watchers, watchers)) and _seen(bay) == _seen(self.bay)
        in_time = away_s is not None and now.boot == self.at.boot and 0 <= away_s < bay.quickest_swap_s
        return watched and in_time and held_alike(bay.order, self.bay.order)


def _same(one: object, other: object) -> bool:
    return one is other


def _seen(bay: Bay) -> tuple[object, ...]:
    return bay.sources, bay.disagree_s, bay.quickest_swap_s, bay.seen_by
