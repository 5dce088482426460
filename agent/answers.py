"""What the daemon answers to a technician's questions; a defect in an answer is told, and costs nothing else."""

import contextlib
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from functools import partial

from agent.console import Answer, Ask, NoQuestion, Stream
from agent.isolation import Isolation
from agent.store import StoreError
from drivers.base import Command, Outcome
from drivers.translation import _

_END: Answer = {}
"""The mark behind the last answer of a stream."""


class Answers:
    """
    Args:
        isolation: keeps a defect in one answer from the others.
        status: everything of the pole.
        carry_out: what commands of the city go through too.
        of_parts: what parts of the pole answer, by the word they are asked with.
        streams: the same, where answers come one after the other.
    """

    def __init__(
        self,
        isolation: Isolation,
        status: Callable[[], Awaitable[Answer]],
        carry_out: Callable[[Command], Awaitable[Outcome]],
        of_parts: Mapping[str, Callable[[Ask], Awaitable[Answer]]],
        streams: Mapping[str, Stream],
    ) -> None:
        self._isolation, self._status, self._carry_out, self._of_parts = isolation, status, carry_out, of_parts
        self.streams = {word: partial(self._guarded, stream) for word, stream in streams.items()}

    async def status(self) -> Answer:
        """See `report.status`."""
        return await self._alone(self._status)

    async def carry_out(self, ask: Ask) -> Answer:
        """Carry out a technician's order, by the same way as the city's; its outcome."""
        return await self._alone(partial(self._outcome, ask))

    async def of_part(self, ask: Ask) -> Answer:
        """What a part of the pole answers. Raises NoQuestion: none does."""
        answer = self._of_parts.get(ask.ask)
        if answer is None:
            known = ", ".join(("status", "command", *self._of_parts, *self.streams, "tail"))
            raise NoQuestion(_('"{ask}" is not one of {known}').format(ask=ask.ask, known=known))
        return await self._alone(partial(answer, ask))

    async def _alone(self, answer: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            told = await self._isolation.part("answers", each_alone=True).attempt(answer)
        except StoreError as error:
            return {"error": str(error)}
        if told is None:
            return {"error": _("a defect of lamppost: see {command}").format(command="journalctl -u lamppost")}
        return told

    async def _guarded(self, stream: Stream, ask: Ask) -> AsyncGenerator[Answer, None]:
        """Yields the answers of a stream; one with a defect ends with the refusal."""
        async with contextlib.aclosing(stream(ask)) as answers:
            while answer := await self._alone(partial(anext, answers, _END)):
                yield {"refused": answer["error"]} if "error" in answer else answer

    async def _outcome(self, ask: Ask) -> Answer:
        command = Command(
            uuid.uuid4().hex,
            ask.device,
            ask.action,
            ask.value,
            None,
            ask.hold_s,
            colour_temperature_k=ask.colour_temperature_k,
        )
        outcome = await self._carry_out(command)
        return {"status": outcome.status, "reason": outcome.reason, "observed": outcome.observed}
