"""Places and groups of the pole as the city knows them: identity, label, reference, position."""

from agent.places.identities import open_places
from agent.places.model import Group, Place, Places, places_of

__all__ = ["Group", "Place", "Places", "open_places", "places_of"]
