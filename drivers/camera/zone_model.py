"""The zone model: is a place taken, by one or two small networks that answer in an eighth of a detector's time.

It gives no box and no class, and several vehicles in a place are one "taken".
"""

import math
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.camera.errors import ModelError
from drivers.camera.interpreter import interpreter
from drivers.camera.on_demand import OnDemand
from drivers.camera.zone_view import GREY, SIDE, Picture, ZoneView
from drivers.camera.zone_weights import ZoneModelTable, checked
from drivers.translation import _

SUREST = 0.99
"""More than a network ever answers, 0..1: 0.984 at most, of some 15,000 views of streets."""

NEVER = 1e-6
"""The surest that an answer is taken for: its logit would outweigh all others."""


class ZoneNet:
    """One file, loaded. Raises ModelError: it is not such a network."""

    def __init__(self, path: Path) -> None:
        self._net = interpreter(path, 1)
        self._input, self._output = self._net.get_input_details()[0], self._net.get_output_details()[0]
        shapes = [tuple(map(int, one["shape"])) for one in (self._input, self._output)]
        if shapes != [(1, SIDE, SIDE, 3), (1, 1)] or self._input["dtype"] is not np.float32:
            what = _("{weights}: expected 1 x {side} x {side} x 3 float32 in and 1 x 1 out, the model has {shapes}")
            raise ModelError(what.format(weights=path, side=SIDE, shapes=shapes))
        self.ask(np.full((SIDE, SIDE, 3), GREY, np.uint8))

    def ask(self, view: NDArray[np.uint8]) -> float:
        """Whether it is taken, 0..1."""
        self._net.set_tensor(self._input["index"], view[np.newaxis].astype(np.float32))
        self._net.invoke()
        answer: Any = self._net.get_tensor(self._output["index"])
        return float(answer[0, 0])


class ZoneModel:
    """Asks the first file; where it is unsure, each file about the view and its mirror image, unless the first one
    leaves the others no hope to call it taken; and where these together do, each file about two views aside.

    Args:
        models_dir: where the weights lie.
        runs: of a network, so far.
        spent_s: time of them.

    Raises:
        ModelError: the weights are missing or not the right ones, or cannot be run.
    """

    def __init__(self, table: ZoneModelTable, models_dir: Path) -> None:
        self.table = table
        self.runs = 0
        self.spent_s = 0.0
        self._first = _loaded(models_dir, table, 0)
        self._others = [OnDemand(partial(_loaded, models_dir, table, n)) for n in range(1, len(table.files))]
        for other in self._others:
            other.get()  # a file that is not fit is told at the start

    def taken(self, picture: Picture, view: ZoneView) -> float:
        """Whether there is a vehicle in the view, 0..1."""
        began_s = time.perf_counter()
        seen = view.of(picture)
        answer = self._ask(self._first, seen)
        if self.table.surely_free < answer < self.table.surely_taken:
            answer = self._unsure(picture, view, seen, answer)
        self.spent_s += time.perf_counter() - began_s
        return answer

    def _unsure(self, picture: Picture, view: ZoneView, seen: Picture, first: float) -> float:
        """The mean of all answers; what is taken by them must be so from aside as well: what only looks like a vehicle
        seldom does from everywhere."""
        mirrored = np.ascontiguousarray(seen[:, ::-1])
        answers = [first, self._ask(self._first, mirrored)]
        if mean([*answers, *[SUREST] * 2 * len(self._others)]) >= self.table.taken:
            answers += self._others_say(seen, mirrored)
        if (answer := mean(answers)) < self.table.taken:
            return answer
        nets = [self._first, *(other.get() for other in self._others)]
        return mean([*answers, *(self._ask(net, each.of(picture)) for each in view.aside for net in nets)])

    def _others_say(self, seen: Picture, mirrored: Picture) -> Iterator[float]:
        for other in self._others:
            net = other.get()
            yield self._ask(net, seen)
            yield self._ask(net, mirrored)

    def _ask(self, net: ZoneNet, seen: Picture) -> float:
        self.runs += 1
        return net.ask(seen)

    @property
    def loads(self) -> int:
        """How often a network was loaded that is given up when nobody asks it."""
        return sum(other.makes for other in self._others)

    def rest(self, at_s: float) -> None:
        """Gives up the networks that were not asked for a while. `at_s`: seconds; never goes back."""
        for other in self._others:
            other.rest(at_s)


def _loaded(models_dir: Path, table: ZoneModelTable, number: int) -> ZoneNet:
    return ZoneNet(checked(models_dir, table.files[number]))


def mean(answers: Iterable[float]) -> float:
    """What answers about the same vehicle say together, 0..1: the mean of their logits."""
    inner = [min(max(each, NEVER), 1 - NEVER) for each in answers]
    logit = sum(math.log(each / (1 - each)) for each in inner) / len(inner)
    return 1 / (1 + math.exp(-logit))
