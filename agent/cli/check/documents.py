"""Documents in the table of `lamppost check`: those that the store of this pole has, by the file that is checked."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from agent.cli.asking import Asking
from agent.clock import SystemClock
from agent.config.schema import Config
from agent.documents.build import kinds_of
from agent.documents.check import check_content
from agent.documents.document import PREFIX, Kept
from agent.documents.shelf import Shelf
from agent.documents.words import words
from agent.store import StoreError
from agent.store.file.copy import StoreCopy
from agent.trades.base import Row, Trade
from agent.trades.documents import DocumentKind


def documents(config: Config, trades: Sequence[Trade], asking: Asking) -> Sequence[Row]:
    """Lists the documents in the store; none where there is no store. The daemon may be running."""
    try:
        if not Path(config.store.path).is_file():
            return ()
        with StoreCopy(Path(config.store.path)) as store:
            found = [store.load(key, Kept) for key in store.keys(PREFIX)]
    except (StoreError, OSError) as error:
        return ((str(error),),)
    kept = {each.document.key: each for each in found if each is not None}
    shelf = Shelf(kept, partial(check_content, _kinds(trades, asking), config))
    return [(words(row),) for row in shelf.rows(SystemClock(config.pole.clock).now())]


def _kinds(trades: Sequence[Trade], asking: Asking) -> Mapping[str, DocumentKind[Any]]:
    """The kinds of document of each trade that no defect keeps from telling them."""
    kinds: dict[str, DocumentKind[Any]] = {}
    for trade in trades:
        kinds |= asking.ask(trade, partial(kinds_of, (trade,))) or {}
    return kinds
