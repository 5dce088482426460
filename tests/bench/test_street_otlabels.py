"""Pictures of OTLabels laid out for the bench: from the blobs of a clone, with the boxes of a table."""

import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from street import otlabels
from street.labelled import labelled


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    subprocess.run(["git", "init", "-q", folder], check=True)
    return folder


def blob(clone: Path, picture: np.ndarray) -> str:
    file = clone / "picture.png"
    cv2.imwrite(str(file), picture)
    told = subprocess.run(
        ["git", "-C", clone, "hash-object", "-w", file], check=True, stdout=subprocess.PIPE, encoding="ascii"
    )
    return told.stdout.strip()


def test_pictures_are_laid_out_as_the_bench_reads_them(clone: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.tsv"
    sent = blob(clone, np.full((300, 600, 3), 90, np.uint8))
    table.write_text(f"gate\tnight\t7\t{sent}\tcar 60 30 180 150;person 300 90 330 180;unclear 400 0 500 60\n")
    assert otlabels.lay_out(clone, tmp_path / "streets", table) == 1
    (one,) = labelled(tmp_path / "streets")
    assert (one.camera, one.condition, one.file.name) == ("gate", "night", "night_007.png")
    assert one.cars == [pytest.approx((60, 30, 180, 150), abs=0.01)]
    assert one.people == [pytest.approx((300, 90, 330, 180), abs=0.01)] and len(one.unclear) == 1


def test_a_picture_shown_on_a_wide_screen_loses_its_black_sides() -> None:
    wide = np.zeros((1080, 1920, 3), np.uint8)
    wide[:, 240:1680] = 90
    assert otlabels.without_bars(wide).shape == (600, 800, 3) and otlabels.without_bars(wide).min() == 90
    street = np.full((1080, 1920, 3), 90, np.uint8)
    assert otlabels.without_bars(street) is street


def test_a_clone_without_the_picture_is_named(clone: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.tsv"
    table.write_text(f"gate\tday\t1\t{'0' * 40}\t\n")
    with pytest.raises(SystemExit, match="whole history"):
        otlabels.lay_out(clone, tmp_path / "streets", table)


def test_what_was_labelled_lies_in_the_picture_and_has_an_area() -> None:
    found = list(otlabels.rows(otlabels.TABLE))
    assert len(found) == len({row.blob for row in found}) == 191
    for row in found:
        assert row.condition in {"day", "dusk", "night", "infrared", "rain"}
        for name, (left, top, right, bottom) in row.boxes:
            assert name in otlabels.CLASSES and 0 <= left < right and 0 <= top < bottom
