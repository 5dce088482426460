"""Lays the street pictures of OTLabels out for `bench/kerb.py --streets`, with what was labelled on them by hand.

The pictures are not ours to pass on: they come from a clone of github.com/OpenTrafficCam/OTLabels with its whole
history (GPL-3.0, as it says), in which each is a blob. What stands in otlabels.tsv is ours: camera, condition, number,
blob, and for each vehicle, person, motorcycle or unclear part of the picture its box, px.

  .venv/bin/python bench/street/otlabels.py CLONE FOLDER
"""

import argparse
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

TABLE = Path(__file__).with_name("otlabels.tsv")
CLASSES = ("car", "person", "motorbike", "unclear")
SMALL = (800, 600)
"""px of the pictures of a camera that were shown on a wide screen, with black at both sides."""

BAR_PX, BLACK = 200, 2
"""Width of what must be black at each side, and the mean grey level below which it is."""


class Row(NamedTuple):
    """A picture. `boxes`: class and box, px."""

    camera: str
    condition: str
    number: int
    blob: str
    boxes: list[tuple[str, list[int]]]


def rows(table: Path) -> Iterator[Row]:
    for line in table.read_text().splitlines():
        camera, condition, number, blob, boxes = line.split("\t")
        words = [box.split() for box in boxes.split(";") if box]
        yield Row(camera, condition, int(number), blob, [(name, list(map(int, edges))) for name, *edges in words])


def lay_out(clone: Path, folder: Path, table: Path = TABLE) -> int:
    """Writes CAMERA/images, CAMERA/labels and CAMERA/classes.txt; returns how many pictures."""
    wanted = list(rows(table))
    for row in wanted:
        picture = without_bars(_picture(clone, row.blob))
        name, camera = f"{row.condition}_{row.number:03}", folder / row.camera
        for part in ("images", "labels"):
            (camera / part).mkdir(parents=True, exist_ok=True)
        (camera / "classes.txt").write_text("\n".join(CLASSES) + "\n")
        cv2.imwrite(str(camera / "images" / f"{name}.png"), picture)
        (camera / "labels" / f"{name}.txt").write_text("".join(_yolo(row.boxes, *picture.shape[1::-1])))
    return len(wanted)


def _picture(clone: Path, blob: str) -> Any:
    told = subprocess.run(["git", "-C", clone, "cat-file", "blob", blob], stdout=subprocess.PIPE, check=False)
    picture = cv2.imdecode(np.frombuffer(told.stdout, np.uint8), cv2.IMREAD_COLOR) if told.stdout else None
    if picture is None:
        raise SystemExit(f"{clone}: no picture {blob} there; clone OTLabels with its whole history")
    return picture


def without_bars(picture: Any) -> Any:
    """The picture that the camera sent: a screen-wide one with black sides is cut and made small again."""
    height, width = picture.shape[:2]
    if picture[:, :BAR_PX].mean() >= BLACK or picture[:, -BAR_PX:].mean() >= BLACK:
        return picture
    bar = (width - height * SMALL[0] // SMALL[1]) // 2
    return cv2.resize(picture[:, bar : width - bar], SMALL, interpolation=cv2.INTER_AREA)


def _yolo(boxes: list[tuple[str, list[int]]], width: int, height: int) -> Iterator[str]:
    for name, (left, top, right, bottom) in boxes:
        centre = f"{(left + right) / 2 / width:.5f} {(top + bottom) / 2 / height:.5f}"
        yield f"{CLASSES.index(name)} {centre} {(right - left) / width:.5f} {(bottom - top) / height:.5f}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clone", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    print(f"{lay_out(arguments.clone, arguments.folder)} pictures: {arguments.folder}")


if __name__ == "__main__":
    main()
