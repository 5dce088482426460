"""Image health: the camera sees what it was set up to see, or is blocked, blurred, moved, dark or frozen.

The picture is compared, small and as gradients, with how the scene has looked; block by block, so that a bus in it
changes little.
"""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.appearance import SLACK, Appearance, blend
from drivers.camera.source import grey_of

Word = Literal["ok", "dark", "blocked", "blurred", "moved", "frozen"]

WIDTH, HEIGHT = 160, 90
BLOCK = 18
"""px of the small picture: 8 x 5 blocks of about 20 x 18."""

SEEN = 0.55
"""Correlation of the whole with the remembered scene that makes a look at the blocks needless."""

BLOCK_SEEN = 0.4
SHARE_SEEN = 0.35
"""Share of the blocks with structure that must look as they did; fewer: the camera looks elsewhere."""

CROPS = ((0.75, 1.0), (0.83, 1.0), (0.9, 1.0), (1.0, 0.75), (0.91, 0.91), (0.83, 0.83))
"""Shares of width and height: so much of the view is left by a camera that was set to another shape or zoom (4:3 of
16:9, 16:10 of it, a tenth closer), or was left before it was set back. In the middle much lies where it did, so that
blocks alone do not tell; such a picture and the scene, cropped likewise, correlate by 0.75 or more."""

FEW_BLOCKS = 4
STRUCTURE = 6.0
"""Mean gradient, grey levels, of a block worth comparing."""

LOSS = 0.35
"""Share of the scene's gradient below which it is hidden or out of focus; well it was 0.92 or more, hidden 0.08."""

NOTHING = 3.5
"""Mean gradient of a picture that shows nothing at all."""

FADED = 14.0
"""Mean gradient of a scene below which a picture that shows nothing is the night, not a hand on the lens."""

BLACK = 25.0
"""Mean grey level below which a lost picture is called blocked, not blurred."""

MEMORY_S = 20.0
"""Time constant of the remembered scene."""

RELEARN_S = 1800.0
"""A view that has stayed another one that long is taken as the scene, where that was not known well yet."""

KNOWN_S = 600.0
"""A scene that has been seen for that long is what the zones were drawn on. A camera that is turned then shows
something else, in which the zones lie anywhere: nothing is judged until it shows the scene again or is started anew."""

MOST_STEP_S = 5.0
"""The most that one picture adds to how long the scene was seen."""

REPORT_S = 3.0
"""A word is reported when it has been true that long."""

FROZEN_S = 30.0
"""The very same picture for so long: a camera's noise never repeats."""


class ImageHealth:
    """How the camera is.

    Args:
        live: the source is a camera; a file may well show the same picture for a minute.
    """

    def __init__(self, live: bool) -> None:
        self.word: Word = "ok"
        self._live = live
        self._scene: Appearance | None = None
        self._before_s = 0.0
        self._known_s = 0.0
        self._since: tuple[Word, float] = ("ok", 0.0)
        self._same: tuple[bytes, float] = (b"", 0.0)

    def assess(self, at_s: float, picture: NDArray[np.uint8]) -> bool:
        """Take in one picture; whether it may be judged. `word` follows when the condition has lasted."""
        small = _small(picture)
        gradients = _gradients(small.astype(np.float32))
        word = _judge(self._scene, gradients, float(small.mean()))
        clear = word == "ok"
        still_s = self._still_s(at_s, small.tobytes())
        if clear and still_s >= FROZEN_S:
            word = "frozen"
        self._report(at_s, word)
        self._remember(at_s, gradients, clear)
        return clear and not still_s

    def _still_s(self, at_s: float, small: bytes) -> float:
        """How long a camera has shown the very same picture: that tells nothing new. 0 for a file."""
        if not self._live or small != self._same[0]:
            self._same = (small, at_s)
        return at_s - self._same[1]

    def _report(self, at_s: float, word: Word) -> None:
        if word != self._since[0]:
            self._since = (word, at_s)
        if at_s - self._since[1] >= REPORT_S:
            self.word = word

    def _remember(self, at_s: float, gradients: Appearance, clear: bool) -> None:
        if self._scene is None:
            self._scene = gradients
        elif clear:
            share = min(0.25, (at_s - self._before_s) / MEMORY_S)
            self._scene = blend(self._scene, gradients, share)
            self._known_s += min(MOST_STEP_S, at_s - self._before_s)
        elif self._since[0] == "moved" and at_s - self._since[1] >= RELEARN_S and self._known_s < KNOWN_S:
            self._scene = gradients
        self._before_s = at_s


def _small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey, WIDTH x HEIGHT. Of a large picture some pixels are used: to average all takes thrice as long."""
    step = max(1, picture.shape[1] // (2 * WIDTH))
    thinned = np.ascontiguousarray(picture[::step, ::step])
    reduced = cv2.resize(thinned, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return grey_of(np.asarray(reduced, np.uint8))


def _gradients(grey: NDArray[np.float32]) -> Appearance:
    return np.dstack([cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)])


def _judge(scene: Appearance | None, now: Appearance, brightness: float) -> Word:
    strength = float(np.abs(now).mean())
    before = strength if scene is None else float(np.abs(scene).mean())
    if strength < NOTHING and before < FADED:
        return "dark"
    if strength < LOSS * before:
        return "blocked" if brightness < BLACK else "blurred"
    if scene is None or _unmoved(scene, now) >= SEEN or _correlation(scene, now) >= SEEN:
        return "ok"
    return "ok" if _blocks_seen(scene, now) and not _cropped(scene, now) else "moved"


def _correlation(scene: Appearance, now: Appearance) -> float:
    """Returns the correlation at the best shift, since the mast sways; 1: alike."""
    return float(cv2.matchTemplate(now, _inner(scene), cv2.TM_CCORR_NORMED).max())


def _unmoved(scene: Appearance, now: Appearance) -> float:
    """Returns the correlation without a shift, which is found in a tenth of the time."""
    before, after = _inner(scene).ravel(), _inner(now).ravel()
    strength = float(np.vdot(before, before)) * float(np.vdot(after, after))
    return float(np.vdot(before, after)) / strength**0.5 if strength else 0.0


def _inner(one: Appearance) -> Appearance:
    return np.ascontiguousarray(one[SLACK:-SLACK, SLACK:-SLACK])


def _cropped(scene: Appearance, now: Appearance) -> bool:
    """Whether one is a part of the other, drawn out to the same size."""
    pairs = ((scene, now), (now, scene))
    return any(_correlation(_middle(whole, crop), part) >= SEEN for whole, part in pairs for crop in CROPS)


def _middle(whole: Appearance, crop: tuple[float, float]) -> Appearance:
    """Cuts out the middle, `crop` of its width and height, and scales it to the whole size."""
    across, down = round(WIDTH * (1 - crop[0]) / 2), round(HEIGHT * (1 - crop[1]) / 2)
    inner = whole[down : HEIGHT - down, across : WIDTH - across]
    return np.asarray(cv2.resize(inner, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR), np.float32)


def _blocks_seen(scene: Appearance, now: Appearance) -> bool:
    """Whether enough of the blocks that had structure still look so; True where there are too few to tell."""
    places = [(y, x) for y in range(0, HEIGHT - BLOCK + 1, BLOCK) for x in range(0, WIDTH - BLOCK + 1, BLOCK)]
    pairs = [(scene[y : y + BLOCK, x : x + BLOCK], now[y : y + BLOCK, x : x + BLOCK]) for y, x in places]
    telling = [(a, b) for a, b in pairs if float(np.abs(a).mean()) >= STRUCTURE]
    alike = sum(_correlation(a, np.ascontiguousarray(b)) >= BLOCK_SEEN for a, b in telling)
    return len(telling) < FEW_BLOCKS or alike >= SHARE_SEEN * len(telling)
