"""What the cameras of an earlier configuration may do while the file of today is wrong."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from agent.config.reader import Table, build
from agent.config.schema import Config
from agent.trades.kerb.options import Authorisation, KerbOptions
from agent.trades.kerb.tables import KerbTables


def narrowed(config: Config, file: Table | None) -> Config:
    """Alert mode only where the file still says it, by the same authorisation, and until the earlier of both ends.

    Anything else, and whatever cannot be read of that, is statistics: a typo never revives an authorisation.

    Args:
        file: as far as it can be read.
    """
    kerb = config.of(KerbTables).kerb
    if kerb.mode == "statistics":
        return config
    changes: Any = {"kerb": _narrower(kerb, file)}
    return structs.replace(config, **changes)


def withdrawn(before: Config, after: Config) -> Mapping[str, Any]:
    """Alert mode that is over, or ends earlier, by the second; nothing where neither is so."""
    was, then = before.of(KerbTables).kerb, after.of(KerbTables).kerb
    if was.mode == "statistics" or was.authorisation is None:
        return {}
    if then.mode == "statistics" or then.authorisation is None:
        return {"kerb": {"mode": "statistics"}}
    if then.authorisation.valid_until < was.authorisation.valid_until:
        return {"kerb": {"authorisation": {"valid_until": then.authorisation.valid_until.isoformat()}}}
    return {}


def _narrower(kerb: KerbOptions, file: Table | None) -> KerbOptions:
    before, said = kerb.authorisation, _authorisation(file)
    if before is None or said is None or structs.replace(said, valid_until=before.valid_until) != before:
        return structs.replace(kerb, mode="statistics")
    until = min(before.valid_until, said.valid_until)
    return structs.replace(kerb, authorisation=structs.replace(before, valid_until=until))


def _authorisation(file: Table | None) -> Authorisation | None:
    """Returns the authorisation by which the file asks for alert mode; None: it does not, or that cannot be read."""
    kerb = file.values.get("kerb") if file is not None else None
    if not isinstance(kerb, Table) or kerb.values.get("mode") != "alert":
        return None
    said = kerb.values.get("authorisation")
    if not isinstance(said, Table) or said.values_of(*Authorisation.__struct_fields__) is None:
        return None
    found: Authorisation = build(said)
    return found
