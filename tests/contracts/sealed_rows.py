"""What is promised to whoever seals anew all that is kept sealed."""

from dataclasses import replace
from typing import Protocol

import pytest

from adapters.memory.chance import SeededChance
from adapters.unit_of_work.unit_of_work import OptimisticUnitOfWork
from core.domain.endpoint import Endpoint
from core.domain.errors import ConcurrentUpdate
from core.domain.idempotency import KeyRecord, KeyUse
from core.domain.merchant import Merchant
from ports.sealed_rows import SealedRow, SealedRows
from tests.contracts.queries import an_endpoint
from tests.contracts.unit_of_work import Announced, Backend
from tests.factories import ACCOUNT, a_merchant, fresh_id


class SealedBackend(Backend, Protocol):
    sealed_rows: SealedRows


class SealedRowsContract:
    """Subclasses give a `backend` fixture over an empty store."""

    @pytest.fixture
    def uow(self, backend: SealedBackend) -> OptimisticUnitOfWork:
        return OptimisticUnitOfWork(backend.store, Announced(), backend.clock, SeededChance())

    async def test_every_kind_gives_its_sealed_texts_by_id(self, backend, uow):
        endpoints = [an_endpoint(ACCOUNT, f"v1.a.{number}") for number in range(5)]
        endpoints[1].old_secret, endpoints[1].sealed_headers = "v1.a.old", "v1.a.headers"
        async with uow.begin() as tx:
            tx.merchants.add(merchant := a_merchant())
            for endpoint in endpoints:
                tx.endpoints.add(endpoint)
            tx.keys.bind(KeyUse("s", "plain", "f"), 201, '{"id":"x"}', "x")
            tx.keys.bind(KeyUse("s", "sealed", "f"), 201, "v1.a.body", "x")
        rows = backend.sealed_rows
        assert await rows.span(Merchant, after="", limit=9) == [
            SealedRow(Merchant, merchant.id, ("sealed-t", "sealed-l"))
        ]
        first = await rows.span(Endpoint, after="", limit=3)
        rest = await rows.span(Endpoint, after=first[-1].id, limit=3)
        assert [row.id for row in first + rest] == sorted(endpoint.id for endpoint in endpoints)
        assert first[1].texts == ("v1.a.1", "v1.a.old", "v1.a.headers")
        assert await rows.span(Endpoint, after=rest[-1].id, limit=3) == []
        answers = {row.id: row.texts for row in await rows.span(KeyRecord, after="", limit=9)}
        assert answers == {"s:plain": (None,), "s:sealed": ("v1.a.body",)}

    async def test_texts_are_replaced_where_they_are_the_old_ones_still(self, backend, uow):
        kept, changed = an_endpoint(ACCOUNT, "v1.a.kept"), an_endpoint(ACCOUNT, "v1.a.changed")
        async with uow.begin() as tx:
            tx.endpoints.add(kept)
            tx.endpoints.add(changed)
        span = await backend.sealed_rows.span(Endpoint, after="", limit=9)
        async with uow.begin() as tx:
            (await tx.endpoints.get(changed.id)).secret = "v1.a.newer"
        pairs = [(row, replace(row, texts=(f"{row.texts[0]}!", None, None))) for row in span]
        assert await backend.sealed_rows.replace(pairs) == 1
        assert await backend.sealed_rows.replace(pairs) == 0, "once replaced they are the old ones no more"
        async with uow.begin() as tx:
            assert (await tx.endpoints.get(kept.id)).secret == "v1.a.kept!"
            assert (await tx.endpoints.get(changed.id)).secret == "v1.a.newer"

    async def test_a_block_that_has_read_the_row_finds_it_changed(self, backend, uow):
        async with uow.begin() as tx:
            tx.endpoints.add(endpoint := an_endpoint(ACCOUNT, "v1.a.x"))
        [row] = await backend.sealed_rows.span(Endpoint, after="", limit=9)
        with pytest.raises(ConcurrentUpdate):
            async with uow.begin() as tx:
                read = await tx.endpoints.get(endpoint.id)
                assert (
                    await backend.sealed_rows.replace([(row, replace(row, texts=("v1.b.x", None, None)))])
                    == 1
                )
                read.description = "mine"
        async with uow.begin() as tx:
            found = await tx.endpoints.get(endpoint.id)
        assert (found.secret, found.description) == ("v1.b.x", None)

    async def test_a_merchant_and_an_answer_are_replaced_as_well(self, backend, uow):
        async with uow.begin() as tx:
            tx.merchants.add(merchant := a_merchant())
            tx.keys.bind(KeyUse("s", fresh_id("k"), "f"), 201, "v1.a.body", "x")
        for kind, new in ((Merchant, ("v1.b.t", "v1.b.l")), (KeyRecord, ("v1.b.body",))):
            [row] = await backend.sealed_rows.span(kind, after="", limit=9)
            assert await backend.sealed_rows.replace([(row, replace(row, texts=new))]) == 1
            [row] = await backend.sealed_rows.span(kind, after="", limit=9)
            assert row.texts == new
        async with uow.begin() as tx:
            assert (await tx.merchants.get(merchant.id)).live_signing_secret == "v1.b.l"
