"""What differs between development and production, and what both agree on with other processes."""

import httpx2
import pytest

from config.in_memory import in_memory
from entrypoints import worker
from entrypoints.api.app import create_app
from entrypoints.api.routes import health
from tests.contracts.api.client import Api, refused


@pytest.mark.parametrize("path", ["test/merchant", "test/jobs/status", "/docs"])
async def test_in_production_the_routes_of_development_do_not_exist(path: str):
    app = create_app(in_memory(environment="production"))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        refused(await Api(client, {}).get(path), 404, "NOT_FOUND_ERROR", "path_not_found")
        written = (await client.get("/openapi.json")).json()
    assert not any("/test/" in path for path in written["paths"])


def test_workers_beat_under_the_role_that_health_asks_for():
    assert health.WORKER == worker.ROLE
