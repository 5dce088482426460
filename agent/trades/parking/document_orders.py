"""What documents order of bays, beside what the configuration says: the order of a bay with both (pure)."""

from collections.abc import Mapping

from msgspec import Struct, structs

from agent.regulation import Order, Permit, Temporary, digest


class Said(Struct, frozen=True):
    """What one document says of each bay that it names; it holds as long as it is there.

    Args:
        name: of the document, by its kind: "order/snow".
        version: digest of its content.
    """

    name: str
    version: str
    temporary: Temporary | None = None
    permit: Permit | None = None

    @property
    def key(self) -> str:
        return f"{self.name}@{self.version}"


FIRST = ("exemption", "order", "permit")
"""Kinds of documents in the order in which they go before one another."""


class DocumentOrders:
    """All that documents say of bays now; of several of one kind the one that was set last goes first."""

    def __init__(self) -> None:
        self._said: dict[str, Mapping[str, tuple[Said, ...]]] = {}
        self._made: dict[str, tuple[Order, Order]] = {}

    def say(self, kind: str, by_bay: Mapping[str, tuple[Said, ...]]) -> None:
        """Takes the place of what documents of that kind said of bays, the one that was set last at the end."""
        self._said[kind] = by_bay
        self._made.clear()

    def order(self, bay: str, own: Order) -> Order:
        """The order of a bay with what documents say of it.

        Args:
            own: by the configuration.
        """
        made = self._made.get(bay)
        if made is None or made[0] is not own:
            self._made[bay] = made = own, self._with_documents(bay, own)
        return made[1]

    def _with_documents(self, bay: str, own: Order) -> Order:
        said = [each for kind in FIRST for each in reversed(self._said.get(kind, {}).get(bay, ()))]
        if not said:
            return own
        keys = [each.key for each in said]
        return structs.replace(
            own,
            temporary=(*(_keyed(each.temporary, each.key) for each in said if each.temporary), *own.temporary),
            permits=tuple(each.permit for each in said if each.permit),
            version=digest(own.version, keys),
            documents=frozenset(keys),
        )


def _keyed(temporary: Temporary, key: str) -> Temporary:
    return structs.replace(temporary, key=key)
