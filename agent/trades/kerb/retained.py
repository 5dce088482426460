"""The retained states of zones and cameras."""

from msgspec import Struct

from agent.regulation import Category
from agent.regulation.legal_mode import LegalMode
from agent.supervise import Reach


class Zone(Struct, frozen=True, tag_field="kind", tag="zone"):
    """A zone: never how many stand in it.

    Args:
        watched: whether its camera works.
    """

    category: Category
    mode: LegalMode
    watched: bool


class Camera(Struct, frozen=True, tag_field="kind", tag="camera"):
    """A camera.

    Args:
        condition: null: it sees well, as far as is known.
    """

    device: Reach
    condition: str | None
