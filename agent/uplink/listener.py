"""What comes down on a connection: commands go to the inbox, retained messages to who asked for them."""

import asyncio
import time
from functools import partial

from msgspec import structs

from agent.events import Event
from agent.store import Stored
from agent.uplink.commands import BadCommand, Heard, PoleCommand, Reply, may_be_to_pole
from agent.uplink.confirmations import Confirmation
from agent.uplink.context import UplinkContext
from agent.uplink.diagnosis import access_refused
from agent.uplink.inbox import Arrival
from agent.uplink.unwanted import Unwanted
from drivers.mqtt.diagnosis import Diagnosis
from drivers.mqtt.errors import Unmappable
from drivers.mqtt.link import Link
from drivers.mqtt.message import Received
from drivers.translation import _

_RETAINED_S = 1.0
"""What is retained comes at once with the subscription."""


class Listener:
    """Hears what the broker sends over one link."""

    def __init__(self, context: UplinkContext, link: Link) -> None:
        self._context, self._link = context, link
        self._awaited: dict[str, asyncio.Future[Received]] = {}
        """Topics whose retained message is waited for."""
        self._unwanted = Unwanted(link)
        self._topic: str | None = None
        """The one that commands come on; None: no one has subscribed."""
        self._confirm_topic: str | None = None
        link.lets_by = self._lets_by

    async def subscribe(self) -> Diagnosis | None:
        """Subscribes to commands and confirmations, and returns why they will not come; None: they will."""
        dialect, mapping = self._context.dialect, self._context.mapping
        self._topic = mapping.ask(lambda: dialect.command_topic, "command_topic")
        refused = await self._subscribe(self._topic)
        if self._context.custody is None:
            return refused
        self._confirm_topic = mapping.ask(lambda: dialect.confirm_topic, "confirm_topic")
        return refused or await self._subscribe(self._confirm_topic)

    async def _subscribe(self, topic: str | None) -> Diagnosis | None:
        if topic is None:
            return Diagnosis("access_refused", _("a defect of lamppost keeps it from hearing commands: see its log"))
        refused = await self._link.subscribe(topic, retain_as_published=True, qos=2)
        if refused is None:
            return None
        what = _("no commands will come: the broker refuses the subscription to {topic}: {reason}")
        return access_refused(what.format(topic=topic, reason=refused.words), refused.code)

    async def run(self) -> None:
        """Raises MqttError when the connection ends, in an ExceptionGroup."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._unwanted.leave(), name="uplink-unwanted")
            await self._hear()

    async def _hear(self) -> None:
        while True:
            message = await self._link.next()
            command = self._heard(message)
            if command is None:
                self._link.acknowledge(message)
            else:
                await self._context.arrivals.put(self._arrival(command, message))

    def _lets_by(self, topic: bytes | bytearray, packet: bytes | bytearray) -> bool:
        """Whether a message is acknowledged unread: a command of a flood, or what nobody has asked for."""
        if self._topic is None:
            return False
        name = topic.decode(errors="replace")
        if name == self._topic:
            return self._context.limiter.leaves_unread(time.monotonic(), may_be_to_pole=may_be_to_pole(packet))
        return self._unwanted.is_done_with(name) and name != self._confirm_topic and name not in self._awaited

    def _heard(self, message: Received) -> Heard | None:
        """The order in a message, or its refusal; None: nothing is to be done for it any more."""
        if (awaited := self._awaited.pop(message.topic, None)) is not None:
            awaited.set_result(message)
            return None
        if message.topic == self._confirm_topic and self._context.custody is not None:
            self._context.custody.hear(self._confirmation(message))
            return None
        if message.topic != self._topic:
            self._unwanted.note(message.topic)
            return None
        if message.retain and not message.payload and message.left_out is None:
            return None  # It orders nothing: so MQTT takes a retained message away, and tells who listens.
        return self._judged(self._read(message))

    async def retained_on(self, topic: str) -> Received | None:
        """What the broker has retained there, as far as it says so at once."""
        self._awaited[topic] = asyncio.get_running_loop().create_future()
        try:
            if await self._link.subscribe(topic, retain_as_published=True) is not None:
                return None
            async with asyncio.timeout(_RETAINED_S):
                return await self._awaited[topic]
        except TimeoutError:
            return None
        finally:
            self._awaited.pop(topic, None)
            await self._link.unsubscribe(topic)

    def _read(self, message: Received) -> Heard:
        if message.left_out is not None:
            return BadCommand(None, message.left_out, "too_long")
        reading = partial(self._context.dialect.command, message.payload, message.retain)
        heard = self._context.mapping.ask(reading, "command")
        return heard or BadCommand(None, _("a defect of lamppost keeps it from reading this"))

    def _confirmation(self, message: Received) -> Confirmation | str:
        if message.left_out is not None:
            return message.left_out
        reading = partial(self._context.dialect.confirmation, message.payload, message.retain)
        said = self._context.mapping.ask(reading, "confirmation")
        return _("a defect of lamppost keeps it from reading this") if said is None else said

    def _judged(self, command: Heard) -> Heard | None:
        """The order; its refusal when there are too many; None when there are too many of these as well."""
        gate = self._context.limiter
        to_pole = isinstance(command, PoleCommand)
        verdict = gate.decide(time.monotonic(), to_pole)
        if verdict == "hear":
            return command
        if verdict == "ignore":
            return None
        if to_pole:
            what = _("too many commands to the pole itself: at most {most:g} a minute; send it again later")
            return BadCommand(command.id, what.format(most=gate.POLE_PER_MINUTE), "too_many")
        what = _("too many commands: at most {most:g} a second; send it again later").format(most=gate.COMMANDS_PER_S)
        return BadCommand(command.id, what, "too_many")

    def _arrival(self, command: Heard, message: Received) -> Arrival:
        """Notes where the outcome is wanted; the command becomes a refusal where it must not go."""
        wanted: Reply | str = Reply()
        if command.id is not None:
            wanted = self._context.mapping.ask(partial(self._context.dialect.reply, message.asked), "reply") or Reply()
        if isinstance(wanted, str):
            command, wanted = BadCommand(command.id, wanted, "foreign_response_topic"), Reply()
        wanted = structs.replace(wanted, uplink=self._context.name)
        if command.id is not None:
            self._context.response_topics.expect(command.id, wanted)
        acknowledge = self._link.receipt(message)
        return Arrival(command, wanted, message.again, acknowledge, self._tell, self._count_dropped)

    def _count_dropped(self) -> None:
        self._context.limiter.count_dropped(time.monotonic())

    async def _tell(self, outcome: Event, reply: Reply) -> None:
        """Publish an outcome that is in no store. Raises MqttError when the broker does not take it."""
        dialect, mapping = self._context.dialect, self._context.mapping
        told = mapping.ask(partial(dialect.event, Stored.of(outcome), False, reply.traceparent), outcome.type)
        if told is None:
            raise Unmappable(outcome.type)
        await self._link.deliver(told)
        answer = mapping.ask(partial(dialect.outcome, told, reply), "outcome")
        if answer is not None:
            await self._link.deliver(answer)
