"""A table measured in one run: its rows by name, taken alone with --only, shorter with --quick, printed as one JSON."""

import argparse
from collections.abc import Mapping


def asked_for(what: str, rows: Mapping[str, object]) -> tuple[list[str], bool]:
    """Names of the rows that the command line asks for, and whether in short. An unknown one ends the process."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--quick", action="store_true", help="shorter, for a look")
    parser.add_argument("--only", default=",".join(rows), help="rows, with commas between")
    arguments = parser.parse_args()
    only = arguments.only.split(",")
    if unknown := [name for name in only if name not in rows]:
        parser.error(f"there is no row {', '.join(unknown)}; there are {', '.join(rows)}")
    return only, arguments.quick
