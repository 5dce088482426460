"""A table measured in one run: its rows by name, taken alone with --only, shorter with --quick, printed as one JSON."""

import argparse
from collections.abc import Mapping
from pathlib import Path


def asked_for(what: str, rows: Mapping[str, object]) -> tuple[list[str], bool]:
    """Names of the rows that the command line asks for, and whether in short. An unknown one ends the process."""
    arguments = asked_with(what, rows, {})
    return arguments.only, arguments.quick


def asked_with(what: str, rows: Mapping[str, object], programs: Mapping[str, str]) -> argparse.Namespace:
    """The same as `only` and `quick`, and the paths of other people's programs.

    Args:
        programs: option without its dashes -> what it names; each may be given several paths, or none.
    """
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--quick", action="store_true", help="shorter, for a look")
    parser.add_argument("--only", default=",".join(rows), help=f"rows, with commas between, of {', '.join(rows)}")
    for option, meaning in programs.items():
        parser.add_argument(f"--{option}", type=Path, nargs="+", default=[], help=meaning)
    arguments = parser.parse_args()
    arguments.only = arguments.only.split(",")
    if unknown := [name for name in arguments.only if name not in rows]:
        parser.error(f"there is no row {', '.join(unknown)}; there are {', '.join(rows)}")
    return arguments
