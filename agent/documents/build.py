"""The documents of a pole that was built, and what may be ordered of them."""

from collections.abc import Sequence

from agent.documents.actions import add_actions
from agent.documents.check import Kinds
from agent.documents.documents import Documents
from agent.trades.base import Trade
from agent.trades.build import BuildContext
from agent.trades.registry import TRADES


def kinds_of(trades: Sequence[Trade]) -> Kinds:
    """All kinds that these trades take."""
    return {kind.name: kind for trade in trades for kind in trade.kinds().documents()}


async def open_documents(context: BuildContext, trades: Sequence[Trade] = TRADES) -> Documents:
    """Loads and applies what the store has, and adds its actions to those of the pole. It is not yet running."""
    documents = await Documents.load(context, kinds_of(trades))
    add_actions(documents, context.built.actions)
    await documents.look()
    return documents
