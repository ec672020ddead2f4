"""Finding what the caller owns; all else does not exist for them."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from starlette.requests import Request

from core.domain.errors import NotFound
from core.domain.ids import PAYMENT, is_id
from core.domain.merchant import Account
from core.domain.payment import Payment
from entrypoints.api.auth import Caller
from entrypoints.api.deps import use
from ports.persistence import Repository, Transaction


class Owned(Protocol):
    """Whatever has an account."""

    @property
    def account(self) -> Account: ...


T = TypeVar("T", bound=Owned)


def path_id(request: Request, prefix: str, noun: str, *, name: str = "id") -> str:
    """An id from the path. Raises NotFound for what cannot be ours, without asking the database."""
    id: str = request.path_params[name]
    if not is_id(id, prefix):
        raise NotFound(noun)
    return id


async def find_owned(
    request: Request, caller: Caller, kind: Callable[[Transaction], Repository[T]], id: str, noun: str
) -> T:
    """Raises NotFound also for another merchant's and for the other mode's."""
    async with use(request, "uow").begin() as tx:
        found = await kind(tx).find(id)
    if found is None or found.account != caller.account:
        raise NotFound(noun)
    return found


async def find_payment(request: Request, caller: Caller) -> Payment:
    """The payment that the path names. Raises NotFound."""
    id = path_id(request, PAYMENT, "Payment")
    return await find_owned(request, caller, lambda tx: tx.payments, id, "Payment")
