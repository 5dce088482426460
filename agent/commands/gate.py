"""The gate says who may order what: it knows the switch of remote control, the pole, the key of its own actions."""

from typing import Literal

from msgspec import Struct

from agent.uplink import signature
from agent.uplink.commands import BadCommand, PoleCommand
from drivers.base import Command
from drivers.translation import _

OF_THE_UPLINK = ("events.resend",)
"""Actions of the pole that change nothing but what the uplink itself is sent, by which they came."""


class Gate(Struct, frozen=True):
    """What may be ordered by one uplink.

    Args:
        pole: "SITE/POLE".
        allows: devices and the pole itself, devices alone, or nothing.
        key: Ed25519, public, base64: what the pole itself is told must be signed by it; None: nothing is signed.
        table: of the uplink in the configuration.
    """

    pole: str = ""
    allows: Literal["all", "devices", "none"] = "all"
    key: str | None = None
    table: str = "uplink"

    def refusal(self, order: Command | PoleCommand) -> BadCommand | None:
        """Why it is not even accepted; None: it may be."""
        if isinstance(order, PoleCommand) and order.action in OF_THE_UPLINK:
            return self._meant_for_another(order)
        if self.allows == "none":
            what = _('remote control of this pole is off: commands = "none" under [{table}]')
            return BadCommand(order.id, what.format(table=self.table), "remote_control_off")
        if not isinstance(order, PoleCommand):
            return None
        if self.allows == "devices":
            what = _('actions of the pole itself are off: commands = "devices" under [{table}]')
            return BadCommand(order.id, what.format(table=self.table), "pole_actions_off")
        return self._meant_for_another(order) or self._unsigned(order)

    def _meant_for_another(self, order: PoleCommand) -> BadCommand | None:
        if order.pole is None or order.pole == self.pole:
            return None
        what = _('it is meant for the pole "{other}", and this is "{pole}"')
        return BadCommand(order.id, what.format(other=order.pole, pole=self.pole), "other_pole")

    def _unsigned(self, order: PoleCommand) -> BadCommand | None:
        if self.key is None:
            return None
        found = signature.refusal(self.key, order.signed, order.signature, self.table)
        return None if found is None else BadCommand(order.id, found.words, found.because)
