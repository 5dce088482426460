"""Runs the detector on a crop: LiteRT, the input that the manifest asks for, boxes in px of the picture."""

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.boxes import Box, Detection, nms
from drivers.camera.decoders import Decoder, Hits, ShapeError, SsdOidV4, YoloX
from drivers.camera.errors import ModelError
from drivers.camera.interpreter import interpreter
from drivers.camera.models import Entry, labels
from drivers.camera.models import weights as checked
from drivers.camera.on_demand import OnDemand
from drivers.translation import _

Picture = NDArray[np.uint8]
"""Height x width x 3, BGR."""

GREY = 114

LIGHT, MOST_GAIN = 100.0, 4.0
"""Mean grey level up to which a darker crop is brightened, and by how much at most: a dark car at dusk that scored 0.16
scored 0.59 so, while empty road hardly gained."""

DECODERS: dict[str, type[SsdOidV4] | type[YoloX]] = {"ssd_oidv4": SsdOidV4, "yolox": YoloX}


class Detector:
    """One network, loaded once.

    Args:
        entry: of the manifest.
        weights: the checked file.
        threads: that one inference may use.

    Raises:
        ModelError: there is no LiteRT, or the file is not such a model.
    """

    def __init__(self, entry: Entry, weights: Path, threads: int) -> None:
        names = labels(entry)
        self._entry = entry
        self._words = {names.index(label): word for label, word in entry.model.vehicles.items()}
        net = interpreter(weights, threads)
        self._net = OnDemand(self._again, made=net)
        self._weights, self._threads = weights, threads
        self._input, self._size, self._channels_first = _picture_input(net, weights)
        self._outputs = [output["index"] for output in net.get_output_details()]
        self._decoder: Decoder = DECODERS[entry.model.decoder](sorted(self._words), len(names), self._size)
        self._prove(weights)

    def _again(self) -> Any:
        """Loads it once more. Raises ModelError: the file is not the right one any more."""
        return interpreter(checked(self._weights.parent, self._entry), self._threads)

    def rest(self, at_s: float) -> None:
        """Gives up the memory of the network where it was not needed for a while. `at_s`: seconds; never goes back."""
        self._net.rest(at_s)

    @property
    def reloads(self) -> int:
        """How often the network was loaded again."""
        return self._net.makes

    @property
    def aspect(self) -> float:
        """Width over height of what the network sees."""
        return self._size[0] / self._size[1]

    def _prove(self, weights: Path) -> None:
        """One run on grey: an unfit output is found at the start, and the first real crop is not slower."""
        width, height = self._size
        try:
            self.detect(np.full((height, width, 3), GREY, np.uint8), Box(0, 0, width, height), 1.0)
        except ShapeError as error:
            raise ModelError(
                _("{weights}: not a model for the decoder {decoder}: {reason}").format(
                    weights=weights, decoder=self._entry.model.decoder, reason=error
                )
            ) from error

    def detect(self, picture: Picture, crop: Box, threshold: float) -> list[Detection]:
        """Vehicles in the crop (whole px) scored `threshold` or more, 0..1; best first, boxes in px of the picture."""
        left, top, right, bottom = map(int, crop)
        net = self.invoke(self.prepare(picture[top:bottom, left:right]))
        hits = self._decoder.decode([net.get_tensor(index) for index in self._outputs], threshold)
        return nms(self._detections(hits, crop))

    def prepare(self, view: Picture) -> NDArray[np.float32]:
        """The network's input for a crop, in its layout."""
        wanted = self._entry.model.input
        fitted = _letterboxed(view, self._size) if wanted.letterbox else _resized(view, self._size)
        if wanted.colour == "rgb":
            cv2.cvtColor(fitted, cv2.COLOR_BGR2RGB, dst=fitted)
        pixels = np.multiply(fitted[np.newaxis], np.float32(1 / wanted.deviation), dtype=np.float32)
        if wanted.mean:
            pixels -= np.float32(wanted.mean / wanted.deviation)
        return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)) if self._channels_first else pixels

    def invoke(self, tensor: NDArray[np.float32]) -> Any:
        """Runs the bare inference; the network that then has the outputs."""
        net = self._net.get()
        net.set_tensor(self._input, tensor)
        del tensor  # 1 MB less while it runs, where the caller has dropped it as well
        net.invoke()
        return net

    def _detections(self, hits: Hits, crop: Box) -> list[Detection]:
        across, down = self._extent(crop)
        scaled = hits.boxes * np.array([across, down, across, down]) + np.array([crop.left, crop.top] * 2)
        found = zip(scaled.tolist(), hits.scores.tolist(), hits.classes.tolist(), strict=True)
        return [
            Detection(Box(*box).clip(crop), score, self._words[kind])
            for box, score, kind in found
            if all(map(math.isfinite, box)) and Box(*box).intersection(crop) >= 1
        ]

    def _extent(self, crop: Box) -> tuple[float, float]:
        """Width and height, px of the picture, that the whole input covers."""
        if not self._entry.model.input.letterbox:
            return crop.width, crop.height
        height = max(crop.height, crop.width / self.aspect)
        return height * self.aspect, height


def _layout(shape: tuple[int, ...]) -> tuple[tuple[int, int], bool] | None:
    """Width and height of the input, and whether channels come first; None: not the input of a picture."""
    match shape:
        case (1, height, width, 3) if min(height, width) > 3:
            return (width, height), False
        case (1, 3, height, width):
            return (width, height), True
    return None


def _picture_input(net: Any, weights: Path) -> tuple[int, tuple[int, int], bool]:
    """Index, width and height, whether channels come first, of the one float32 input. Raises ModelError for others."""
    inputs = net.get_input_details()
    shapes = [tuple(map(int, one["shape"])) for one in inputs]
    layout = _layout(shapes[0]) if len(inputs) == 1 and inputs[0]["dtype"] is np.float32 else None
    if layout is None:
        expected = _("one float32 input of 1 x height x width x 3 or 1 x 3 x height x width")
        raise ModelError(
            _("{weights}: expected {expected}, the model has {shapes}").format(
                weights=weights, expected=expected, shapes=shapes
            )
        )
    return int(inputs[0]["index"]), *layout


def _resized(view: Picture, size: tuple[int, int]) -> Picture:
    """Resizes the picture, and brightens it where it is dark."""
    resized = np.asarray(cv2.resize(view, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    gain = min(MOST_GAIN, LIGHT / max(1.0, sum(cv2.mean(resized)[:3]) / 3))
    return np.asarray(cv2.convertScaleAbs(resized, alpha=gain), np.uint8) if gain > 1 else resized


def _letterboxed(view: Picture, size: tuple[int, int]) -> Picture:
    height, width = view.shape[:2]
    ratio = min(size[0] / width, size[1] / height)
    inner = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    fitted = np.full((size[1], size[0], 3), GREY, np.uint8)
    fitted[: inner[1], : inner[0]] = _resized(view, inner)
    return fitted
