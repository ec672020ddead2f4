"""Servers that a whole run shares; each test gets them clean."""

import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from adapters.embedded import start_postgres, start_valkey
from adapters.redis.client import connect


@pytest.fixture(scope="session")
def servers_dir() -> Iterator[Path]:
    # Not tmp_path: pytest closes that to other users, and started by root the servers are another user.
    folder = Path(tempfile.mkdtemp(prefix="gateway-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_url(servers_dir: Path) -> Iterator[str]:
    server = start_valkey(servers_dir)
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def postgres_url(servers_dir: Path) -> Iterator[str]:
    """A server of its own, without tables. Its data does not outlive the run, so it need not reach the disk."""
    server = start_postgres(servers_dir, settings={"fsync": "off"})
    yield server.url
    server.stop()


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
