"""One connection: many statements in one round trip, and no wait without a limit."""

import asyncio
import select
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any

import psycopg
from psycopg import generators
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from adapters.postgres.arrivals import Arrivals
from adapters.postgres.literals import Binary

_GOOD = {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}
_GOODBYES = {"FATAL", "PANIC"}  # severities with which the server ends the connection
BINARY = 1


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `$n` for parameters. With a name it is parsed once per connection, without one each time."""

    name: bytes
    sql: bytes


Step = tuple[Statement, Sequence[bytes | None]]


_FORGET_PLANS = Statement(b"", b"DISCARD PLANS")


class Broken(Exception):
    """The connection was lost, or a wait ran out; it is closed."""

    def __init__(self, why: str, *, timed_out: bool) -> None:
        super().__init__(why)
        self.timed_out = timed_out


class Refusal(Exception):
    """PostgreSQL refused a statement, and skipped those behind it. Without the row, which may hold secrets.

    `results` are those of the statements before it.
    """

    def __init__(self, result: PGresult, results: list[PGresult]) -> None:
        self.sqlstate = _field(result, DiagnosticField.SQLSTATE)
        self.constraint = _field(result, DiagnosticField.CONSTRAINT_NAME)
        self.results = results
        super().__init__(f"{_field(result, DiagnosticField.MESSAGE_PRIMARY)} ({self.sqlstate})")


def _field(result: PGresult, field: DiagnosticField) -> str:
    return (result.error_field(field) or b"").decode(errors="replace")


class Line:
    """A psycopg connection in autocommit, used below psycopg's cursors by way of libpq's pipeline mode.

    Nine statements cost 0.1 ms of CPU this way, and 0.37 ms as cursors in a psycopg pipeline.
    """

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._pgconn: PGconn = connection.pgconn
        self._prepared: set[bytes] = set()
        self.arrivals = Arrivals(self._pgconn.socket)
        self._poll = select.poll()
        self._poll.register(self._pgconn.socket, select.POLLIN)
        self.is_closed = False
        self._replans_every_s = inf
        self._planned_at_s = 0.0

    @property
    def is_usable(self) -> bool:
        """False when the server has said goodbye, which costs no round trip: an idle line has nothing to read;
        or when somebody left a transaction open on it."""
        idle = not self.is_closed and self._pgconn.transaction_status == TransactionStatus.IDLE
        return idle and not self._poll.poll(0)

    async def ask(self, steps: Sequence[Step], *, timeout_s: float) -> list[PGresult]:
        """The steps' results, after one round trip. Not to be called by two at once.

        Outside of an explicit transaction all steps are one. Raises Refusal, or Broken.
        """
        assert not self.is_closed
        timed_out = False
        ahead = self._ahead()

        def cut() -> None:
            nonlocal timed_out
            timed_out = True
            # Whoever waits for the socket wakes up to its end. Cancelling would ask the server first.
            with socket.fromfd(self._pgconn.socket, socket.AF_INET, socket.SOCK_STREAM) as same:
                same.shutdown(socket.SHUT_RDWR)

        timer = asyncio.get_running_loop().call_later(timeout_s, cut)
        try:
            self._pgconn.enter_pipeline_mode()
            named = self._send([*ahead, *steps])
            results = await self._receive()
            self._pgconn.exit_pipeline_mode()
        except psycopg.Error as error:
            self.close()
            raise Broken("no answer in time" if timed_out else str(error), timed_out=timed_out) from None
        except BaseException:
            self.close()  # what is still to come belongs to nobody
            raise
        finally:
            timer.cancel()
        return self._sort(named, results, len(ahead))

    def replan(self, every_s: float) -> None:
        """From now on forget so often how prepared statements were planned."""
        self._replans_every_s, self._planned_at_s = every_s, monotonic()

    def close(self) -> None:
        """At once, without a word to the server."""
        self.is_closed = True
        self.arrivals.end()
        self._pgconn.finish()

    def _send(self, steps: Sequence[Step]) -> list[bytes | None]:
        """Hand all to libpq; returns for each result to come the name it prepares, or None."""
        named: list[bytes | None] = []
        for statement, parameters in steps:
            name, formats = statement.name, _formats(parameters)
            if not name:
                self._pgconn.send_query_params(
                    statement.sql, parameters, param_formats=formats, result_format=BINARY
                )
            else:
                if name not in self._prepared and name not in named:
                    self._pgconn.send_prepare(name, statement.sql)
                    named.append(name)
                self._pgconn.send_query_prepared(name, parameters, formats, BINARY)
            named.append(None)
        self._pgconn.pipeline_sync()
        return named

    async def _receive(self) -> list[PGresult]:
        """One result for each that was sent; raises psycopg.Error."""
        pgconn = self._pgconn
        if pgconn.flush():  # more than the socket takes at once
            self.arrivals.end()
            await self._connection.wait(generators.send(pgconn))
        results: list[PGresult] = []
        while True:
            while not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:  # between two of them, or for ever
                    if pgconn.status == ConnStatus.BAD:
                        raise psycopg.OperationalError("the connection is lost")
                    continue
                if result.status == ExecStatus.PIPELINE_SYNC:
                    return results
                if (
                    result.status not in _GOOD
                    and _field(result, DiagnosticField.SEVERITY_NONLOCALIZED) in _GOODBYES
                ):
                    # It may stand behind the answer to a COMMIT, or in its place: what came of that has to be asked.
                    raise psycopg.OperationalError(_field(result, DiagnosticField.MESSAGE_PRIMARY))
                results.append(result)
            await self.arrivals.next()
            pgconn.consume_input()

    def _ahead(self) -> list[Step]:
        """What travels along before the next steps."""
        if monotonic() - self._planned_at_s < self._replans_every_s:
            return []
        self._planned_at_s = monotonic()
        return [(_FORGET_PLANS, ())]

    def _sort(self, named: list[bytes | None], results: list[PGresult], ahead: int) -> list[PGresult]:
        """The steps' own results, without those of the first so many."""
        answers: list[PGresult] = []
        for name, result in zip(named, results, strict=True):
            if result.status not in _GOOD:
                raise Refusal(result, answers[ahead:])
            if name is None:
                answers.append(result)
            else:
                self._prepared.add(name)
        return answers[ahead:]


def _formats(parameters: Sequence[bytes | None]) -> list[int] | None:
    """None when all are text."""
    types = list(map(type, parameters))
    return [int(each is Binary) for each in types] if Binary in types else None
