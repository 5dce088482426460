"""The gate says who may order what: it knows the switch of remote control, the pole, the key of its own actions."""

from typing import Literal

from msgspec import Struct

from agent.uplink import signature
from agent.uplink.commands import BadCommand, PoleCommand
from drivers.base import Command
from drivers.translation import _


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

    def refusal(self, order: Command | PoleCommand) -> BadCommand | None:
        """Why it is not even accepted; None: it may be."""
        if self.allows == "none":
            what = _('remote control of this pole is off: commands = "none" under [uplink]')
            return BadCommand(order.id, what, "remote_control_off")
        if not isinstance(order, PoleCommand):
            return None
        if self.allows == "devices":
            what = _('actions of the pole itself are off: commands = "devices" under [uplink]')
            return BadCommand(order.id, what, "pole_actions_off")
        if order.pole is not None and order.pole != self.pole:
            what = _('it is meant for the pole "{other}", and this is "{pole}"')
            return BadCommand(order.id, what.format(other=order.pole, pole=self.pole), "other_pole")
        found = None if self.key is None else signature.refusal(self.key, order.signed, order.signature)
        return None if found is None else BadCommand(order.id, found.words, found.because)
