"""What the city may order of documents, as actions of the pole itself."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct

from agent.commands import AfterRestart, PoleActions, PoleOrder
from agent.documents.document import Setting
from agent.documents.documents import Documents
from agent.documents.errors import NotApplied, Refused
from agent.documents.orders import ListDocuments, NamedDocument, SetDocument, WithdrawDocument
from drivers.base import Outcome
from drivers.translation import _

D = TypeVar("D", bound=Struct)


class _Action(Struct, Generic[D], frozen=True):
    """One of them. What was done before a restart is known by the id of its command, so that it may be done again."""

    name: str
    data: type[D]
    work: Callable[[PoleOrder[D]], Awaitable[dict[str, Any]]]
    told: Callable[[str], dict[str, Any] | None]
    judge: Callable[[Mapping[str, Any]], Sequence[str]] = lambda told: ()
    after_restart: AfterRestart = "again"

    def further(self, told: Mapping[str, Any]) -> Sequence[str]:
        return self.judge(told)

    async def carry_out(self, order: PoleOrder[D]) -> Outcome:
        try:
            return order.done(await self.work(order))
        except Refused as error:
            return order.refused(str(error))
        except NotApplied as error:
            return order.failed(_("it is kept, and takes effect later: {why}").format(why=error))

    def recall(self, id: str) -> Outcome | None:
        data = self.told(id)
        return None if data is None else Outcome(id, "done", data=data)


def add_actions(documents: Documents, actions: PoleActions) -> None:
    async def set_one(order: PoleOrder[SetDocument]) -> dict[str, Any]:
        told = order.data
        setting = Setting(told.kind, told.name, told.content, told.valid_from, told.valid_until)
        return await documents.set(order.id, setting)

    async def get(order: PoleOrder[NamedDocument]) -> dict[str, Any]:
        return documents.one((order.data.kind, order.data.name))

    async def list_all(order: PoleOrder[ListDocuments]) -> dict[str, Any]:
        rows = documents.rows(order.data.kind)
        # Why one is refused is told by document.get: an answer has its bounds.
        return {"documents": [{key: row[key] for key in row if key != "problem"} for row in rows]}

    async def withdraw(order: PoleOrder[WithdrawDocument]) -> dict[str, Any]:
        work = documents.revert if order.data.revert else documents.withdraw
        return await work(order.id, (order.data.kind, order.data.name))

    def told(id: str) -> dict[str, Any] | None:
        return documents.answered.told(id)

    for action in (
        _Action("document.set", SetDocument, set_one, told, documents.judge.problems),
        _Action("document.get", NamedDocument, get, told),
        _Action("document.list", ListDocuments, list_all, told),
        _Action("document.withdraw", WithdrawDocument, withdraw, told),
    ):
        actions.add(action)
