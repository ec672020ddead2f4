"""A group's changes as statements, and the blocks to blame for rows that did not come back."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from psycopg.pq.abc import PGresult

from adapters.postgres import job_statements
from adapters.postgres.line import Statement
from adapters.postgres.literals import numbers, texts
from adapters.postgres.rows import Flat, flatten
from adapters.postgres.statements import (
    BIND_KEYS,
    changing,
    guard_of,
    insert_of,
    insert_one_of,
    update_of,
    update_one_of,
)
from adapters.unit_of_work.store import AGGREGATES, Changes, NewJob, name_of
from core.domain.errors import ConcurrentUpdate, GatewayError, KeyTaken, LeaseLost
from core.domain.idempotency import KeyRecord
from core.domain.job import Job, lane_of
from core.domain.payment import Payment

# What the statement returns for the row, the index of the block that sent it, and what it is about.
Asked = tuple[str, int, Any]
Blame = Callable[[Any], GatewayError]


@dataclass(slots=True)
class Part:
    """One statement of a group. With a `blame`, each of `asked` must come back."""

    statement: Statement
    parameters: Sequence[bytes | None]
    asked: Sequence[Asked] = ()
    blame: Blame | None = None


def lay_out(group: Sequence[Changes]) -> list[Part]:
    """In the one order of tables, and per table guards before updates before inserts."""
    guards, updates, inserts = (_gathered(group, name) for name in ("guards", "updates", "inserts"))
    parts: list[Part] = []
    for kind in AGGREGATES:
        if kind in guards:
            parts.append(_guard(kind, guards[kind], updates.get(kind, [])))
        if kind in updates:
            statement = update_of(kind) if len(updates[kind]) > 1 else update_one_of(kind)
            parts.append(_send(statement, changing(kind), updates[kind], _changed))
        if kind in inserts:
            statement = insert_of(kind) if len(inserts[kind]) > 1 else insert_one_of(kind)
            parts.append(_send(statement, flatten(kind), inserts[kind], _exists))
    binds: list[Asked] = [(bind.id, i, bind) for i, changes in enumerate(group) for bind in changes.binds]
    if binds:
        parts.append(_send(BIND_KEYS, flatten(KeyRecord), binds, lambda _: KeyTaken()))
    parts += _jobs(group)
    return parts


def blamed(parts: Sequence[Part], results: Sequence[PGresult]) -> dict[int, GatewayError]:
    """What each block that cannot commit deserves; `results` may end early.

    The last thing that fails it counts: a lost lease or a taken key says more than a changed version.
    """
    failures: dict[int, GatewayError] = {}
    for part, result in zip(parts, results, strict=False):
        if part.blame is None or result.ntuples == len(part.asked):
            continue
        back = [(result.get_value(row, 0) or b"").decode() for row in range(result.ntuples)]
        for key, index, subject in part.asked:
            if key in back:
                back.remove(key)
            else:
                failures[index] = part.blame(subject)
    return failures


def _gathered(group: Sequence[Changes], name: str) -> dict[type, list[Asked]]:
    found: dict[type, list[Asked]] = defaultdict(list)
    for index, changes in enumerate(group):
        for entity in getattr(changes, name):
            found[type(entity)].append((entity.id, index, entity))
    return found


def _send(statement: Statement, columns: Sequence[Flat], asked: list[Asked], blame: Blame) -> Part:
    if len(asked) == 1 and statement is not BIND_KEYS:
        return Part(statement, [flat.dump_one(asked[0][2]) for flat in columns], asked, blame)
    asked.sort(key=itemgetter(0))
    entities = [entity for _, _, entity in asked]
    return Part(statement, [flat.dump(entities) for flat in columns], asked, blame)


def _guard(kind: type, guards: list[Asked], updates: list[Asked]) -> Part:
    wanted = [(id, entity.version, index, entity) for id, index, entity in guards]
    wanted += [(id, entity.version - 1, index, entity) for id, index, entity in updates]
    asked = [(f"{id} {version}", index, entity) for id, version, index, entity in wanted]
    parameters = [texts([id for id, *_ in wanted]), numbers([version for _, version, *_ in wanted])]
    return Part(guard_of(kind, share=not updates), parameters, asked, _changed)


def _changed(entity: Any) -> GatewayError:
    return ConcurrentUpdate(name_of(entity))


def _exists(entity: Any) -> GatewayError:
    """A payment that finds its place taken lost the race for its order."""
    return ConcurrentUpdate(f"order {entity.order_id}" if type(entity) is Payment else name_of(entity))


def _jobs(group: Sequence[Changes]) -> Iterator[Part]:
    done: list[Asked] = [(job.id, i, job) for i, changes in enumerate(group) for job in changes.done]
    put_off = [
        (job.id, i, job, after_s) for i, changes in enumerate(group) for job, after_s in changes.put_off
    ]
    puts = [put for changes in group for put in changes.puts]
    puts.sort(key=lambda put: (put.kind, put.target_id))
    # Of what is made in this group, no job can be there: nobody else knows its name yet.
    made = {entity.id for changes in group for entity in changes.inserts}
    again = [put for put in puts if put.target_id not in made]
    if len(again) > 1 or sum(map(bool, (done, put_off, again))) > 1:
        yield _lock([job.id for changes in group for job in _ended(changes)], again)
    if done:
        yield Part(job_statements.DONE, _held([job for _, _, job in done]), done, _lost)
    if put_off:
        after_s = numbers([after_s for *_, after_s in put_off])
        held = _held([job for _, _, job, _ in put_off])
        yield Part(job_statements.PUT_OFF, [*held, after_s], [asked[:3] for asked in put_off], _lost)
    if puts:
        yield _put(puts)


def _ended(changes: Changes) -> list[Job]:
    return [*changes.done, *(job for job, _ in changes.put_off)]


def _held(jobs: Sequence[Job]) -> list[bytes]:
    return [texts([job.id for job in jobs]), numbers([job.lease for job in jobs])]


def _lost(job: Job) -> GatewayError:
    return LeaseLost(job.id)


def _lock(ended: Sequence[str], puts: Sequence[NewJob]) -> Part:
    """What several statements touch, or several puts that may find their job there, is locked in one go, by id."""
    kinds, targets = texts([put.kind for put in puts]), texts([put.target_id for put in puts])
    return Part(job_statements.LOCK, [texts(ended), kinds, targets])


def _put(puts: Sequence[NewJob]) -> Part:
    columns = [
        texts([put.id for put in puts]),
        texts([put.kind for put in puts]),
        texts([lane_of(put.kind) for put in puts]),
        texts([put.target_id for put in puts]),
        numbers([put.after_s for put in puts]),
    ]
    return Part(job_statements.PUT, columns)
