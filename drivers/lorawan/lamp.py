"""A lamp behind a LoRaWAN controller of class C: told by downlinks, and believed when it speaks."""

import asyncio
from functools import partial
from uuid import uuid4

from msgspec import structs

from drivers.base import Emit, Outcome, Reading
from drivers.level import FULL_PERCENT, LEVEL, PERCENT
from drivers.lorawan.codecs.frame import Model
from drivers.lorawan.downlink_formats import Downlink, Fate
from drivers.lorawan.network import Network
from drivers.lorawan.options import LorawanLamp
from drivers.lorawan.sensor import MISSED, LorawanDriver
from drivers.mistakes import ProfileError
from drivers.quantity import Quantity
from drivers.translation import _


class _Order:
    """
    Args:
        id: of its downlink.
        known: the level that the lamp had said last, %; None: none.
    """

    def __init__(self, id: str, wanted_percent: float, known: float | None) -> None:
        self.id, self.wanted_percent, self._known = id, wanted_percent, known
        self.fate: Fate | None = None

    def note(self, fate: Fate) -> None:
        """Takes how far it came; a gateway may tell that it has sent it when all else is known."""
        if self.fate is None or fate.what != "sent":
            self.fate = fate

    @property
    def confirms(self) -> bool:
        """Whether its confirmation says that the lamp is still where it was ordered to be."""
        return self._known == self.wanted_percent and self.fate is not None and self.fate.what == "confirmed"

    @property
    def silence(self) -> str:
        """Why it is not known to have been carried out."""
        words = {
            "sent": _("a gateway has sent it, and the lamp has not confirmed it"),
            "unconfirmed": _("the lamp has not confirmed it: is it of class C, and within reach?"),
            "confirmed": _("the lamp has confirmed it, and has not said its level"),
        }
        nothing = _("nothing was heard of it: may this user write to the topic of downlinks? is the gateway there?")
        return words.get(self.fate.what, nothing) if self.fate is not None else nothing


class LorawanLampDriver:
    """Driver and actuator of one lamp. Emits "level_percent", 100 or 0, as its controller says, and what else it says.

    Args:
        model: what its frames say, and what it is told.

    Raises:
        ProfileError: the model is no lamp, or has no such channel.
    """

    def __init__(self, name: str, options: LorawanLamp, network: Network, model: Model) -> None:
        commands = model.lamp
        if commands is None or not 0 <= options.channel < len(commands.on):
            what = _("{model} has no lamp on channel {channel}")
            raise ProfileError(what.format(model=model.description, channel=options.channel))
        self.name, self._options, self._network, self._commands = name, options, network, commands
        fates = network.downlinks.topics_of(options.eui, options.device_id)
        self._uplinks = LorawanDriver(name, options, network, model, beside=fates)
        self._quantity, self._heartbeat_s = model.quantity, options.period_s(model)
        self.backoff, self._news = self._uplinks.backoff, asyncio.Event()
        self._order: _Order | None = None
        self._level: float | None = None

    def leave_network(self) -> None:
        """Leaves the network: nothing more is handed over to it."""
        self._uplinks.leave_network()

    def quantity(self, name: str) -> Quantity:
        return PERCENT if name == LEVEL else self._quantity(name)

    def fresh_s(self, quantity: str) -> float:
        return MISSED * self._heartbeat_s

    async def run(self, emit: Emit) -> None:
        """Listen until cancelled. Raises LineError: the network is gone; NoAnswer: 2.5 heartbeats have been missed."""
        await self._uplinks.run(partial(self._pass_on, emit))

    async def set_level(self, command_id: str, level_percent: float) -> Outcome:
        """Switch it, and wait until it says so. Raises LineError: the network is down."""
        if level_percent not in (0.0, FULL_PERCENT):
            reason = _("it only switches: 0 or 100 %")
            return Outcome(command_id, "refused", _("the lamp cannot take this level: {reason}").format(reason=reason))
        order = self._order = _Order(str(uuid4()), level_percent, self._level)
        self._level = None
        self._news.set()
        try:
            await self._network.downlinks.send(self.name, self._frame(order), self._options.device_id, self._became)
            return await self._answered(command_id, order)
        finally:
            self._network.downlinks.forget(order.id)

    def _frame(self, order: _Order) -> Downlink:
        payloads = self._commands.on if order.wanted_percent else self._commands.off
        return Downlink(order.id, self._options.eui, self._commands.port, payloads[self._options.channel])

    async def _answered(self, command_id: str, order: _Order) -> Outcome:
        """Waits for its own word; its confirmation alone counts where it has said that level before."""
        until_s = asyncio.get_running_loop().time() + self._commands.answers_s
        while (outcome := self._outcome(command_id, order)) is None:
            self._news.clear()
            try:
                async with asyncio.timeout_at(until_s):
                    await self._news.wait()
            except TimeoutError:
                return Outcome(command_id, "failed", order.silence, self._level)
        return outcome

    def _outcome(self, command_id: str, order: _Order) -> Outcome | None:
        """What has come of an order by now; None: nothing yet."""
        if order is not self._order:
            return Outcome(command_id, "failed", _("a newer command replaced it before the lamp was there"))
        if self._level is None and order.confirms:
            self._level = order.wanted_percent
        if self._level == order.wanted_percent:
            return Outcome(command_id, "done", observed=self._level)
        if order.fate is not None and order.fate.what == "failed":
            what = _("the network server could not send it: {why}").format(why=order.fate.why or "?")
            return Outcome(command_id, "failed", what, self._level)
        return None

    def _became(self, fate: Fate) -> None:
        """Notes how far an order came; what comes late of an earlier one is of no account."""
        if self._order is not None and fate.id == self._order.id:
            self._order.note(fate)
            self._news.set()

    async def _pass_on(self, emit: Emit, reading: Reading) -> None:
        own = self._commands.told_by[self._options.channel]
        if reading.quantity == own:
            level_percent = FULL_PERCENT if reading.value else 0.0
            self._hear(level_percent, reading)
            reading = structs.replace(reading, quantity=LEVEL, value=level_percent)
        elif reading.quantity in self._commands.told_by:
            return
        await emit(reading)

    def _hear(self, level_percent: float, reading: Reading) -> None:
        """Takes its own word; one that had waited at the broker may be of before an order."""
        if not reading.delay_s:
            self._level = level_percent
            self._news.set()
