"""What the drawn clip shows, and where its zones are: read by the demonstration too, so without OpenCV."""

from msgspec import Struct

WIDTH, HEIGHT = 960, 540
FPS = 8
LENGTH_S = 34.0
KERB_Y = 330
LANE_Y = 405
NEAR_LANE_Y = 510
DRIVE_S = 3.0
START_X, END_X = -260.0, WIDTH + 260.0

Point = tuple[int, int]
Colour = tuple[int, int, int]

BUS_STOP: tuple[Point, ...] = ((560, 320), (900, 320), (900, 415), (560, 415))
LOADING_BAY: tuple[Point, ...] = ((90, 320), (430, 320), (430, 415), (90, 415))
BUS_STOP_X, LOADING_X = 730.0, 260.0


class Car(Struct, frozen=True):
    """One vehicle of the clip.

    Args:
        stands_from_s, stands_until_s: when it is at `stands_x` (the middle of the car, px); equal: it passes.
        ground_y: where its wheels touch the road, px.
        colour: blue, green, red.
        length: px.
    """

    stands_from_s: float
    stands_until_s: float
    stands_x: float
    ground_y: int
    colour: Colour
    length: int = 290

    def x(self, at_s: float) -> float | None:
        """Returns the x of its middle, px; None while it is out of the picture. It brakes before it stands."""
        bend = 2 if self.stands_until_s > self.stands_from_s else 1
        left, gone = (self.stands_from_s - at_s) / DRIVE_S, (at_s - self.stands_until_s) / DRIVE_S
        if max(left, gone) >= 1:
            return None
        if left > 0:
            return self.stands_x - (self.stands_x - START_X) * left**bend
        return self.stands_x + (END_X - self.stands_x) * max(gone, 0) ** bend


CARS: tuple[Car, ...] = (
    Car(4, 22, BUS_STOP_X, LANE_Y, (40, 40, 190)),
    Car(12, 24, LOADING_X, LANE_Y, (205, 200, 195)),
    Car(30, 30, WIDTH / 2, NEAR_LANE_Y, (150, 90, 40), length=330),
)
