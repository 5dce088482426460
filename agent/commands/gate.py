"""Who may order what: the switch of remote control, the pole that was meant, the signature of its own actions."""

from typing import Literal

from msgspec import Struct

from agent.uplink import signature
from agent.uplink.commands import PoleCommand
from drivers.base import Command


class Gate(Struct, frozen=True):
    """
    Args:
        pole: "SITE/POLE".
        allows: devices and the pole itself, devices alone, or nothing.
        key: Ed25519, public, base64: what the pole itself is told must be signed by it; None: nothing is signed.
    """

    pole: str = ""
    allows: Literal["all", "devices", "none"] = "all"
    key: str | None = None

    def refusal(self, order: Command | PoleCommand) -> str | None:
        """Why it is not even accepted; None: it may be."""
        if self.allows == "none":
            return 'remote control of this pole is off: commands = "none" under [uplink]'
        if not isinstance(order, PoleCommand):
            return None
        if self.allows == "devices":
            return 'actions of the pole itself are off: commands = "devices" under [uplink]'
        if order.pole is not None and order.pole != self.pole:
            return f'it is meant for the pole "{order.pole}", and this is "{self.pole}"'
        return None if self.key is None else signature.refusal(self.key, order.signed, order.signature)
