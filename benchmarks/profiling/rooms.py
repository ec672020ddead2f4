"""Sums samples up: by function, and by the room of the house that the time was spent in."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.profiling.sampler import GC_FRAME

ROOT = f"{Path(__file__).parents[2]}/"
# The first whose words are in the innermost frame that has any; what is below it worked for it.
ROOMS = {
    f"/sampler.py:{GC_FRAME}": "garbage collection",
    "/benchmarks/profiling/": "the profiler",
    "/entrypoints/cli/bounded_http.py": "HTTP server (uvicorn and ours)",
    "/uvicorn/": "HTTP server (uvicorn and ours)",
    "/starlette/": "FastAPI and Starlette",
    "/fastapi/": "FastAPI and Starlette",
    "/pydantic/": "validation",
    "/entrypoints/api/validation.py": "validation",
    "/entrypoints/api/strict_json.py": "validation",
    "/entrypoints/api/stray_cards.py": "validation",
    "/entrypoints/api/bodies.py": "validation",
    "/entrypoints/api/auth.py": "authentication",
    "/entrypoints/api/last_uses.py": "authentication",
    "/entrypoints/": "door",
    "/config/": "container",
    "/dependency_injector/": "container",
    "/core/use_cases/": "use cases",
    "/core/domain/": "domain",
    "/adapters/unit_of_work/": "unit of work",
    "/adapters/postgres/line.py": "PostgreSQL: the wire (libpq)",
    "/psycopg/": "PostgreSQL: the wire (libpq)",
    "/adapters/postgres/": "PostgreSQL: rows and statements",
    "/adapters/redis/": "Redis",
    "/redis/": "Redis",
    "/taskiq": "Redis",
    "/adapters/http/": "webhook sender",
    "/httpcore2/": "webhook sender",
    "/httpx2/": "webhook sender",
    "/h11/": "webhook sender",
    "/adapters/simulator/": "simulator",
    "/adapters/system/": "clock, chance, cipher",
    "/cryptography/": "clock, chance, cipher",
    "/prometheus_client/": "metrics and logs",
    "/logging/": "metrics and logs",
    "/structlog/": "metrics and logs",
    "/asyncio/": "event loop",
    "/uvloop/": "event loop",
}
OTHER = "else"


@dataclass
class Profile:
    """Samples by room, and by function: its own, and those of whatever it called."""

    rooms: Counter[str] = field(default_factory=Counter)
    own: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    samples: int = 0

    def share(self, samples: int) -> float:
        return samples / self.samples if self.samples else 0.0


def summed(stacks: list[dict[str, object]]) -> Profile:
    """`frames` innermost first, each "file:function"."""
    profile = Profile()
    for stack in stacks:
        frames, samples = stack["frames"], stack["samples"]
        assert isinstance(frames, list)
        assert isinstance(samples, int)
        profile.samples += samples
        profile.rooms[room_of(frames)] += samples
        profile.own[short(frames[0])] += samples
        for frame in {*frames}:
            profile.total[short(frame)] += samples
    return profile


def room_of(frames: list[str]) -> str:
    for frame in frames:
        for words, room in ROOMS.items():
            if words in frame:
                return room
    return OTHER


def short(frame: str) -> str:
    """From the package on."""
    for folder in (ROOT, "site-packages/", "/lib/python3"):
        frame = frame.rpartition(folder)[2]
    return frame.partition("/")[2] if frame[:1] == "." else frame
