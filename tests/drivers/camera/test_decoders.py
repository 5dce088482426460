import math

import numpy as np
import pytest

from drivers.camera.decoders import ShapeError, SsdOidV4, YoloX, ssd_anchors, yolox_grid

ANCHORS = 1917
CELLS = 3549


def logit(score: float) -> float:
    return math.log(score / (1 - score))


def ssd_outputs() -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((1, ANCHORS, 4), np.float32), np.full((1, ANCHORS, 24), -9, np.float32)


def test_anchors_of_the_first_cells_by_hand() -> None:
    anchors = ssd_anchors((300, 300))
    assert anchors.shape == (ANCHORS, 4)
    # layer 0: 19 x 19 cells, (ratio, scale) = (1, 0.1), (2, 0.2), (0.5, 0.2); centre y, centre x, height, width
    middle = 0.5 / 19
    assert anchors[0] == pytest.approx([middle, middle, 0.1, 0.1])
    assert anchors[1] == pytest.approx([middle, middle, 0.2 / math.sqrt(2), 0.2 * math.sqrt(2)])
    assert anchors[2] == pytest.approx([middle, middle, 0.2 / math.sqrt(0.5), 0.2 * math.sqrt(0.5)])
    assert anchors[3][:2] == pytest.approx([middle, 1.5 / 19])  # columns before rows
    # layer 1 begins after 19 * 19 * 3; scale 0.35; its last anchor has sqrt(0.35 * 0.5)
    assert anchors[1083] == pytest.approx([0.05, 0.05, 0.35, 0.35])
    assert anchors[1088][2:] == pytest.approx([math.sqrt(0.35 * 0.5)] * 2)
    # the last layer is one cell; its last anchor has sqrt(0.95 * 1.0)
    assert anchors[-1] == pytest.approx([0.5, 0.5, math.sqrt(0.95), math.sqrt(0.95)])


def test_ssd_box_by_hand() -> None:
    boxes, logits = ssd_outputs()
    boxes[0, 0] = [1.0, -2.0, 5 * math.log(2), 5 * math.log(3)]  # dy, dx, dh, dw
    logits[0, 0, 23] = logit(0.8)
    hits = SsdOidV4([18, 23], 24, (300, 300)).decode([logits, boxes], 0.5)
    cy, cx, height, width = 0.5 / 19 + 0.01, 0.5 / 19 - 0.02, 0.2, 0.3
    assert hits.boxes[0] == pytest.approx([cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2], abs=1e-6)
    assert hits.classes.tolist() == [23]
    assert hits.scores == pytest.approx([0.8])


def test_only_vehicles_above_the_threshold_are_decoded() -> None:
    boxes, logits = ssd_outputs()
    logits[0, 5, 4] = logit(0.99)  # a person
    logits[0, 6, 18] = logit(0.31)
    logits[0, 7, 18] = logit(0.29)
    hits = SsdOidV4([18, 23], 24, (300, 300)).decode([boxes, logits], 0.3)
    assert hits.classes.tolist() == [18]
    assert hits.scores == pytest.approx([0.31])


def test_nothing_seen_is_no_hit() -> None:
    assert len(SsdOidV4([18, 23], 24, (300, 300)).decode(ssd_outputs(), 0.2).scores) == 0
    assert len(YoloX([2, 7], 80, (416, 416)).decode([np.zeros((1, CELLS, 85), np.float32)], 0.2).scores) == 0


def test_outputs_of_another_model_are_refused_with_their_shapes() -> None:
    with pytest.raises(ShapeError, match=r"\(1, 1917, 4\).*\(1, 3549, 85\)"):
        SsdOidV4([18], 24, (300, 300)).decode([np.zeros((1, CELLS, 85), np.float32)], 0.5)
    with pytest.raises(ShapeError, match=r"\(1, 3549, 85\)"):
        YoloX([2], 80, (416, 416)).decode(list(ssd_outputs()), 0.5)


def test_yolox_grid_goes_stride_by_stride_row_by_row() -> None:
    grid, strides = yolox_grid((416, 416))
    assert grid.shape == (CELLS, 2)
    assert grid[1].tolist() == [1, 0]
    assert grid[52].tolist() == [0, 1]
    assert strides[[0, 52 * 52, 52 * 52 + 26 * 26], 0].tolist() == [8, 16, 32]


def test_yolox_box_by_hand() -> None:
    rows = np.zeros((1, CELLS, 85), np.float32)
    index = 52 * 52 + 26 + 3  # stride 16, row 1, column 3
    rows[0, index, :5] = [0.5, 0.25, math.log(4), math.log(2), 0.9]
    rows[0, index, 5 + 7] = 0.8
    rows[0, index + 1, 4] = 0.9  # an object of no wanted class
    hits = YoloX([2, 7], 80, (416, 416)).decode([rows], 0.5)
    cx, cy, width, height = 3.5 * 16, 1.25 * 16, 64, 32
    expected = [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2]
    assert hits.boxes[0] * 416 == pytest.approx(expected, abs=1e-3)
    assert hits.classes.tolist() == [7]
    assert hits.scores == pytest.approx([0.72])
