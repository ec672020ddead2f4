"""A server as one process reaches it: every call may fail, hang, come late, or be the process's last."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from core.domain.errors import Unavailable
from ports.webhook_sender import Response
from tests.simulation.faults import IN_WORDS, Strike

if TYPE_CHECKING:
    from tests.simulation.process import Process

HANGS_S = 1.0


class Server:
    """Something that processes reach over a network, unless it is away."""

    def __init__(self, name: str, now: Callable[[], float]) -> None:
        self.name = name
        self._now = now
        self._away_until = 0.0

    def leave(self, seconds: float) -> None:
        self._away_until = max(self._away_until, self._now() + seconds)

    def back(self) -> None:
        self._away_until = 0.0

    def is_away(self) -> bool:
        return self._now() < self._away_until

    async def refuse(self) -> NoReturn:
        """Raises Unavailable, after a while."""
        await asyncio.sleep(min(HANGS_S, self._away_until - self._now()))
        raise self.silence()

    def silence(self) -> Unavailable:
        return Unavailable(f"{self.name}_unavailable", f"The {self.name} did not answer.")


class Port:
    """Any method of the target, with what may happen to a call of it. `target` is asked for each time."""

    def __init__(
        self,
        process: "Process",
        server: Server,
        target: Callable[[], Any],
        draw: Callable[[str], Strike | None],
    ) -> None:
        self._process = process
        self._world = process.world
        self._server = server
        self._target = target
        self._draw = draw

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any, **named: Any) -> Any:
            return await self._call(method, args, named)

        setattr(self, method, call)
        return call

    async def _call(self, method: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        if self._world.is_over:
            raise asyncio.CancelledError
        strike = self._draw(method)
        self._process.in_flight += 1
        try:
            await self._travel()
            if self._server.is_away():
                await self._server.refuse()
            act = self._act if strike is None else partial(self._struck, strike)
            result = await act(method, args, named)
            await self._travel()
            return result
        finally:
            self._process.in_flight -= 1

    async def _act(self, method: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        return await getattr(self._target(), method)(*args, **named)

    async def _struck(
        self, strike: Strike, method: str, args: tuple[Any, ...], named: Mapping[str, Any]
    ) -> Any:
        where, act = f"{self._server.name}.{method}", partial(self._act, method, args, named)

        match strike:
            case Strike.CRASH_BEFORE | Strike.CRASH_AFTER:
                if strike is Strike.CRASH_AFTER:
                    await act()
                await self._process.crash(f"{IN_WORDS[strike]} {where}")
            case Strike.LOST:
                self._tell(f"{where} {IN_WORDS[strike]}")
                return None
            case Strike.TWICE:
                self._tell(f"{where} {IN_WORDS[strike]}")
                await act()
                return await act()
            case Strike.LATE:
                return self._late(where, act)
            case Strike.ERROR_AFTER:
                await act()
        return self._fail(strike, where)

    def _late(self, where: str, act: Callable[[], Awaitable[Any]]) -> Any:
        """Sent, and its sender has given up; it arrives all the same."""
        self._world.later(f"{where} arrives late", act)
        self._fail(Strike.LATE, where)

    def _fail(self, strike: Strike, where: str) -> NoReturn:
        self._tell(f"{where} {IN_WORDS[strike]}")
        raise self._server.silence()

    async def _travel(self) -> None:
        delay_s = self._world.faults.latency_s()
        if delay_s:
            await asyncio.sleep(delay_s)

    def _tell(self, what: str) -> None:
        self._world.history.tell(self._process.name, what)


class Wire(Port):
    """Messages: the sender of one that is late or lost does not notice."""

    def _late(self, where: str, act: Callable[[], Awaitable[Any]]) -> None:
        self._world.later(f"{where} arrives late", act)


class Mail(Port):
    """See `ports.webhook_sender.WebhookSender`: never raises."""

    async def _call(self, method: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        began = self._world.loop.time()
        try:
            return await super()._call(method, args, named)
        except Unavailable:
            took_ms = int((self._world.loop.time() - began) * 1000)
            return Response(None, "", took_ms, "The receiver closed the connection.")


class JobsPort(Port):
    """Hears of every job that failed by our own fault: there must be none."""

    async def _act(self, method: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        if method == "claim":
            locked = self._world.database.locked
            args = ([ticket for ticket in args[0] if ticket.job_id not in locked],)
        return await super()._act(method, args, named)

    async def _call(self, method: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        if method == "fail" and not self._world.is_over:
            job, error = args
            self._world.accuse(f"{job.kind} {job.target_id} failed by our own fault: {error}")
        return await super()._call(method, args, named)
