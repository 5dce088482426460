"""Former names in a configuration of which the store of this pole knows nothing: told before it starts by them."""

from collections.abc import Sequence
from pathlib import Path

from agent.config.schema import Config
from agent.places.identities import KEY, Identities, unknown_former
from agent.store import StoreError
from agent.store.file.copy import StoreCopy


def unknown_names(config: Config) -> Sequence[str]:
    """Returns what is told of each; nothing where there is no store, or one that the list of documents tells of."""
    try:
        if not Path(config.store.path).is_file():
            return ()
        with StoreCopy(Path(config.store.path)) as store:
            known = store.load(KEY, Identities) or Identities()
    except (StoreError, OSError):
        return ()
    return [str(each) for each in unknown_former(known, config)]
