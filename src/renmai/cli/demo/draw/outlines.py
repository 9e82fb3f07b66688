"""Outlines: lists of points in a plane 1000 units wide. Pure geometry, no picture."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import cos, pi, sin

Point = tuple[float, float]
Outline = list[Point]
Points = Sequence[Point]


def oval(
    cx: float, cy: float, rx: float, ry: float, start: float = 0.0, end: float = 360.0, steps: int = 72
) -> Outline:
    """Points of an ellipse from `start` to `end` degrees, clockwise on the page, 0 at the right."""
    angles = (pi / 180 * (start + (end - start) * step / steps) for step in range(steps + 1))
    return [(cx + rx * cos(angle), cy + ry * sin(angle)) for angle in angles]


def box(left: float, top: float, right: float, bottom: float, radius: float = 0.0) -> Outline:
    """A rectangle with round corners."""
    r = max(0.01, min(radius, (right - left) / 2, (bottom - top) / 2))
    corners = (
        (right - r, top + r, -90),
        (right - r, bottom - r, 0),
        (left + r, bottom - r, 90),
        (left + r, top + r, 180),
    )
    return [point for cx, cy, start in corners for point in oval(cx, cy, r, r, start, start + 90, 10)]


def smooth(points: Points, closed: bool = True, steps: int = 12) -> Outline:
    """A Catmull-Rom curve through `points`."""
    count = len(points)
    last = count if closed else count - 1
    found: Outline = []
    for index in range(last):
        near = [points[_place(index + shift, count, closed)] for shift in (-1, 0, 1, 2)]
        found += [_between(near, step / steps) for step in range(steps)]
    return found if closed else [*found, points[-1]]


def _place(index: int, count: int, closed: bool) -> int:
    return index % count if closed else min(max(index, 0), count - 1)


def _between(near: Points, t: float) -> Point:
    a, b, c, d = near
    return (_spline(a[0], b[0], c[0], d[0], t), _spline(a[1], b[1], c[1], d[1], t))


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))


def turned(points: Points, degrees: float, cx: float, cy: float) -> Outline:
    """`points` turned clockwise around (cx, cy)."""
    c, s = cos(pi / 180 * degrees), sin(pi / 180 * degrees)
    return [(cx + (x - cx) * c - (y - cy) * s, cy + (x - cx) * s + (y - cy) * c) for x, y in points]


def moved(points: Points, dx: float, dy: float) -> Outline:
    """`points` moved by (dx, dy)."""
    return [(x + dx, y + dy) for x, y in points]


def mirrored(points: Points, axis: float) -> Outline:
    """`points` mirrored at the upright line x = `axis`."""
    return [(2 * axis - x, y) for x, y in points]


def half_width(profile: Points, y: float) -> float:
    """The half width at height `y` of a turned body given as rising (half width, y) points."""
    for (first, top), (second, bottom) in pairwise(profile):
        if y <= bottom:
            share = (y - top) / (bottom - top) if bottom > top else 1.0
            return first + (second - first) * min(1.0, max(0.0, share))
    return profile[-1][0]
