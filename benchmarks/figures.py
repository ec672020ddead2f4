"""What is said of many measurements in a few figures."""

from collections.abc import Sequence


class Uncounted(SystemExit):
    """Something was not as it must be, so that what was measured is no figure."""


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed; they need not be sorted."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def slope_per_hour(points: Sequence[tuple[float, float]]) -> float:
    """By how much the second value grows in an hour of the first, which is in seconds: least squares."""
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return 3600 * sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
