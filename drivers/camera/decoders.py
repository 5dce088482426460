"""What the outputs of a network mean: tensors in, boxes as fractions of the network's input out. No I/O.

Only the rows whose score passes are decoded: the rest of the thousands of anchors costs one comparison each.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.translation import _

Tensor = NDArray[np.float32]

SSD_STRIDES = (16, 32, 64, 128, 256, 512)
SSD_SCALES = np.linspace(0.2, 0.95, len(SSD_STRIDES))
SSD_RATIOS = (1.0, 2.0, 0.5, 3.0, 0.3333)
SSD_FIRST = ((1.0, 0.1), (2.0, 0.2), (0.5, 0.2))
YOLOX_STRIDES = (8, 16, 32)


class ShapeError(Exception):
    """The outputs are not those of the decoder that the manifest names."""


class Hits(NamedTuple):
    """N boxes that passed.

    Args:
        boxes: N x 4: left, top, right, bottom, fractions of the network's input.
        classes: N: index of the best of the wanted classes.
        scores: N: 0..1.
    """

    boxes: Tensor
    classes: NDArray[np.intp]
    scores: Tensor


class Decoder(Protocol):
    def decode(self, outputs: Sequence[Tensor], threshold: float) -> Hits: ...


def choose(outputs: Sequence[Tensor], *shape: int) -> Tensor:
    """The one output of that shape. Raises ShapeError naming the shapes there are."""
    fitting = [output for output in outputs if output.shape == shape]
    if len(fitting) != 1:
        raise ShapeError(
            _("expected one output of shape {shape}, the model has {shapes}").format(
                shape=shape, shapes=[output.shape for output in outputs]
            )
        )
    return fitting[0]


class SsdOidV4:
    """SSD MobileNet v2 of MediaPipe's Objectron: box offsets against anchors, and class logits.

    Args:
        wanted: indices of the classes to look at.
        classes: how many there are, the background (index 0) among them.
        size: width and height of the input, px.
    """

    def __init__(self, wanted: Sequence[int], classes: int, size: tuple[int, int]) -> None:
        self._wanted = np.asarray(wanted)
        self._classes = classes
        self._anchors = ssd_anchors(size)

    def decode(self, outputs: Sequence[Tensor], threshold: float) -> Hits:
        count = len(self._anchors)
        offsets = choose(outputs, 1, count, 4)[0]
        logits = choose(outputs, 1, count, self._classes)[0][:, self._wanted]
        best = logits.max(axis=1)
        rows = np.flatnonzero(best >= _logit(threshold))
        return Hits(
            _ssd_boxes(offsets[rows], self._anchors[rows]),
            self._wanted[logits[rows].argmax(axis=1)],
            1 / (1 + np.exp(-best[rows])),
        )


def _logit(score: float) -> float:
    """The inverse of the sigmoid; comparing logits spares a sigmoid per anchor."""
    inner = min(max(score, 1e-6), 1 - 1e-6)
    return float(np.log(inner / (1 - inner)))


def ssd_anchors(size: tuple[int, int]) -> Tensor:
    """Centre y, centre x, height, width of each anchor, fractions; order: layer, row, column, anchor."""
    layers = []
    for layer, stride in enumerate(SSD_STRIDES):
        shapes = np.array(_ssd_shapes(layer))
        down, across = (_centres(-(-px // stride)) for px in (size[1], size[0]))
        y, x, which = np.meshgrid(down, across, np.arange(len(shapes)), indexing="ij")
        layers.append(np.stack([y, x, shapes[which, 0], shapes[which, 1]], axis=-1).reshape(-1, 4))
    return np.concatenate(layers).astype(np.float32)


def _centres(cells: int) -> NDArray[np.float64]:
    return (np.arange(cells) + 0.5) / cells


def _ssd_shapes(layer: int) -> list[tuple[float, float]]:
    """Height and width of each anchor of a cell; ratio is width / height."""
    scale = float(SSD_SCALES[layer])
    following = float(SSD_SCALES[layer + 1]) if layer + 1 < len(SSD_SCALES) else 1.0
    pairs = list(SSD_FIRST) if layer == 0 else [*((r, scale) for r in SSD_RATIOS), (1.0, (scale * following) ** 0.5)]
    return [(size / ratio**0.5, size * ratio**0.5) for ratio, size in pairs]


def _ssd_boxes(offsets: Tensor, anchors: Tensor) -> Tensor:
    """Offsets dy, dx, dh, dw with the variances 0.1, 0.1, 0.2, 0.2 of the SSD paper (arXiv:1512.02325)."""
    centres = offsets[:, :2] / 10 * anchors[:, 2:] + anchors[:, :2]
    halves = np.exp(offsets[:, 2:] / 5) * anchors[:, 2:] / 2
    return np.concatenate([(centres - halves)[:, ::-1], (centres + halves)[:, ::-1]], axis=1)


class YoloX:
    """YOLOX, decoupled head, outputs not decoded: x, y, log w, log h, objectness, classes (arXiv:2107.08430).

    Args:
        wanted: indices of the classes to look at.
        classes: how many there are.
        size: width and height of the input, px.
    """

    def __init__(self, wanted: Sequence[int], classes: int, size: tuple[int, int]) -> None:
        self._wanted = np.asarray(wanted)
        self._classes = classes
        self._size = size
        self._grid, self._strides = yolox_grid(size)

    def decode(self, outputs: Sequence[Tensor], threshold: float) -> Hits:
        rows_all = choose(outputs, 1, len(self._grid), 5 + self._classes)[0]
        likely = np.flatnonzero(rows_all[:, 4] >= threshold)
        classes = rows_all[likely][:, 5 + self._wanted]
        scores = rows_all[likely, 4] * classes.max(axis=1, initial=0)
        passed = scores >= threshold
        rows = likely[passed]
        boxes = _yolox_boxes(rows_all[rows, :4], self._grid[rows], self._strides[rows]) / (self._size * 2)
        return Hits(boxes.astype(np.float32), self._wanted[classes[passed].argmax(axis=1)], scores[passed])


def yolox_grid(size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Column and row of each output, and its stride, px; order: stride, row, column."""
    cells, strides = [], []
    for stride in YOLOX_STRIDES:
        y, x = np.mgrid[0 : size[1] // stride, 0 : size[0] // stride]
        cells.append(np.stack([x, y], axis=-1).reshape(-1, 2))
        strides.append(np.full((x.size, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)


def _yolox_boxes(raw: Tensor, grid: Tensor, strides: Tensor) -> Tensor:
    centres = (raw[:, :2] + grid) * strides
    halves = np.exp(raw[:, 2:4]) * strides / 2
    return np.concatenate([centres - halves, centres + halves], axis=1)
