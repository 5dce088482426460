"""Draws docs/architecture.svg anew from the layer contracts in setup.cfg and the words in rooms.toml.

make plan
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))
from draw import plan
from floors import ROOT, house

PICTURE = ROOT / "docs" / "architecture.svg"


def main() -> None:
    try:
        PICTURE.write_text(plan(house()), encoding="utf-8")
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
