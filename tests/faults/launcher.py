"""`gateway <role>` with something planted in its process: a death at a chosen moment, a wrong clock, short leases.

FAULTS_DIE=after_call:5    killed when the processor has answered its fifth call, before that is written down
FAULTS_DIE=announcing:5    killed when its fifth commit is on disk, before anybody is told of it
FAULTS_REPEAT=3            announces everything three times
FAULTS_CLOCK_S=600         its machine's clock is ten minutes fast
FAULTS_LEASE_S=10          leases of ten seconds, and what is derived from them shortened alike
"""

import os
import signal
import sys
import time
from datetime import datetime, timedelta
from typing import Any

from adapters.unit_of_work import store

# What follows from the lease of 30 s (`core/use_cases/jobs.py`, `process_operation.py`).
HANDLER_SHARE, PATIENCE_SHARE = 25 / 30, 15 / 30


def shorten_leases(lease_s: float) -> None:
    """Before anything else is imported: the statements are made from the figure, once."""
    store.LEASE_S = lease_s
    from core.use_cases import process_operation

    process_operation.CLOSING_PATIENCE_S = lease_s * PATIENCE_SHARE
    from core.use_cases import jobs

    jobs.LEASE_S, jobs.HANDLER_S = lease_s, lease_s * HANDLER_SHARE


def put_clock_off(seconds: float) -> None:
    from adapters.system import clock

    right = time.time
    time.time = lambda: right() + seconds

    class Off(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(seconds=seconds)

    clock.datetime = Off


class Death:
    """Comes at the n-th call."""

    def __init__(self, at: int) -> None:
        self._left = at

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class RepeatingAnnouncer:
    """Says everything several times, as a wire that repeats itself."""

    def __init__(self, announcer: Any, times: int) -> None:
        self._announcer, self._times = announcer, times
        self.drain = announcer.drain

    def __call__(self, tickets: list[Any]) -> None:
        for _ in range(self._times):
            self._announcer(tickets)


class DeadlyAnnouncer:
    """An announcer that is called once too often. Commits are announced before their callers are told."""

    def __init__(self, announcer: Any, death: Death) -> None:
        self._announcer, self._death = announcer, death
        self.drain = announcer.drain

    def __call__(self, tickets: list[Any]) -> None:
        self._death()
        self._announcer(tickets)


class DeadlyProcessor:
    """A processor whose answer arrives at a process that dies of it."""

    MOVES = ("authorize", "resume", "capture", "void", "refund")

    def __init__(self, processor: Any, death: Death) -> None:
        self._processor, self._death = processor, death

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._processor, name)
        if name not in self.MOVES:
            return method

        async def answered(*args: Any, **named: Any) -> Any:
            outcome = await method(*args, **named)
            self._death()
            return outcome

        return answered


def plant_announcer(kind: type, *arguments: Any) -> None:
    from dependency_injector import providers

    from adapters.unit_of_work.announcer import BufferedAnnouncer
    from config.container import Gateway

    announcer = providers.Singleton(BufferedAnnouncer, Gateway.job_queue)
    Gateway.announcer.override(providers.Singleton(kind, announcer, *arguments))


def plant_death(moment: str, at: int) -> None:
    from dependency_injector import providers

    from config.container import Gateway
    from config.processors import acquirer_of
    from core.domain.merchant import Mode

    death = Death(at)
    if moment == "announcing":
        plant_announcer(DeadlyAnnouncer, death)
    else:
        assert moment == "after_call", moment
        processor = providers.Singleton(acquirer_of, Gateway.settings, Mode.TEST)
        Gateway.acquirer.override(providers.Singleton(DeadlyProcessor, processor, death))


def main() -> None:
    if lease_s := os.environ.get("FAULTS_LEASE_S"):
        shorten_leases(float(lease_s))
    if off_s := os.environ.get("FAULTS_CLOCK_S"):
        put_clock_off(float(off_s))
    if times := os.environ.get("FAULTS_REPEAT"):
        plant_announcer(RepeatingAnnouncer, int(times))
    if death := os.environ.get("FAULTS_DIE"):
        moment, _, at = death.partition(":")
        plant_death(moment, int(at))
    from entrypoints.cli import main as gateway

    sys.argv[1:1] = ["--attached"]
    gateway()


if __name__ == "__main__":
    main()
