"""What can be planted in a process of ours: deaths at a chosen moment, a wrong clock, short leases, and bugs."""

import os
import signal
import time
from datetime import datetime, timedelta
from typing import Any

from dependency_injector import providers

from adapters.unit_of_work import store
from core.domain.merchant import Mode
from tests.faults.processors import DeadlyProcessor, ForgetfulProcessor

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


def plant_death(moment: str, at: int) -> None:
    """`after_call` or `announcing`: the process is gone at the n-th of them."""
    death = Death(at)
    if moment == "announcing":
        plant_announcer(DeadlyAnnouncer, death)
    else:
        assert moment == "after_call", moment
        plant_processor(DeadlyProcessor, death)


def plant_bug(name: str) -> None:
    assert name == "forgets_keys", name
    plant_processor(ForgetfulProcessor)


def plant_announcer(kind: type, *arguments: Any) -> None:
    from adapters.unit_of_work.announcer import BufferedAnnouncer
    from config.container import Gateway

    announcer = providers.Singleton(BufferedAnnouncer, Gateway.job_queue)
    Gateway.announcer.override(providers.Singleton(kind, announcer, *arguments))


def plant_processor(kind: type, *arguments: Any) -> None:
    from config.container import Gateway
    from config.processors import acquirer_of

    processor = providers.Singleton(acquirer_of, Gateway.settings, Mode.TEST)
    Gateway.acquirer.override(providers.Singleton(kind, processor, *arguments))


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
