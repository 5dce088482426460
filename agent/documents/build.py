"""The documents of a pole that was built, and what may be ordered of them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from agent.documents.actions import add_actions
from agent.documents.check import Kinds
from agent.documents.documents import Documents
from agent.isolation import START, Isolation
from agent.trades.base import Trade, kinds
from agent.trades.build import BuildContext
from agent.trades.documents import DocumentKind


def kinds_of(trades: Sequence[Trade]) -> Kinds:
    """All kinds that these trades take."""
    return {kind.name: kind for trade in trades for kind in kinds(trade).documents()}


def _known(trades: Sequence[Trade], isolation: Isolation) -> Kinds:
    """The same, without those of a trade that cannot tell them, by a defect, before the next start."""
    known: dict[str, DocumentKind[Any]] = {}
    for trade in trades:
        known |= isolation.part(f"documents/trade/{trade.name}").ask(partial(kinds_of, (trade,)), START) or {}
    return known


async def open_documents(context: BuildContext, trades: Sequence[Trade]) -> Documents:
    """Loads and applies what the store has, and adds its actions to those of the pole. It is not yet running."""
    documents = await Documents.load(context, _known(trades, context.isolation))
    add_actions(documents, context.built.actions)
    await documents.look()
    return documents
