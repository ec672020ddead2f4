"""A Valkey for all tests of a run, and a clean client of it for each."""

import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from adapters.embedded import start_valkey
from adapters.redis.client import connect


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    # Not tmp_path: pytest closes that to other users, and started by root the server is another user.
    folder = Path(tempfile.mkdtemp(prefix="gateway-test-"))
    folder.chmod(0o755)
    server = start_valkey(folder)
    yield server.url
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
