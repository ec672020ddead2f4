"""A processor says, unasked, that it has news of an operation: owe it a question."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.errors import NotFound, Unauthenticated
from core.domain.ids import OPERATION, REFUND, is_id
from core.domain.job import JobKind
from core.domain.merchant import Mode
from ports.callbacks import Callbacks
from ports.persistence import Transaction, UnitOfWork


@dataclass(frozen=True)
class ReceiveCallback:
    """It writes no outcome, so that early, repeated, late and contradictory callbacks are all the same: each
    makes us ask, once, and only what `find` answers counts (see HearOfOperation)."""

    uow: UnitOfWork
    callbacks: Mapping[Mode, Callbacks]

    async def __call__(self, processor: str, headers: Mapping[str, str], body: bytes) -> None:
        """`processor` is named after the mode it serves; header names are in lower case.

        Raises Unauthenticated, alike for a wrong signature and a processor that we do not have, Invalid,
        NotFound for an operation of the other mode or none of ours, and Unavailable.
        """
        mode = next((mode for mode in self.callbacks if mode.value == processor), None)
        if mode is None:
            raise Unauthenticated
        key = self.callbacks[mode].read(headers, body)
        if not (is_id(key, OPERATION) or is_id(key, REFUND)):
            raise NotFound("Operation")

        async def block(tx: Transaction) -> None:
            operation = await tx.operations.find(key)
            if operation is None or operation.account.mode is not mode:
                raise NotFound("Operation")
            tx.jobs.put(JobKind.FIND_OPERATION, operation.id)

        await self.uow.run(block)
