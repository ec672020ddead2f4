"""Everything that a gateway leaves behind: rows, statements, commands, keys, logs and metrics."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2
import psycopg
import redis.asyncio

from tests.faults.servers import connected
from tests.faults.site import Site

METRICS_PORTS = 16
# Of the role, since the server's own settings are on its command line.
SAY_EVERYTHING = (
    "ALTER ROLE postgres SET log_min_messages = 'log'", "ALTER ROLE postgres SET log_statement = 'all'",
    "ALTER ROLE postgres SET log_parameter_max_length = -1",
    "ALTER ROLE postgres SET log_parameter_max_length_on_error = -1",
)  # fmt: skip


async def have_postgres_tell_all(site: Site) -> None:
    """Every statement with its parameters goes to its log: what was written and removed again, too."""
    for statement in SAY_EVERYTHING:
        await site.sql(statement)
    # Those that are connected keep what they had.
    await site.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
    )


async def rows(site: Site) -> dict[str, bytes]:
    """Every column of every table of every schema, by table."""
    found = {}
    async with connected(site.postgres) as connection:
        cursor = await connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for schema, table in await cursor.fetchall():
            found[f"table {schema}.{table}"] = await _copy(connection, schema, table)
    return found


async def _copy(connection: psycopg.AsyncConnection, schema: str, table: str) -> bytes:
    text = bytearray()
    statement = psycopg.sql.SQL("COPY (SELECT * FROM {}) TO STDOUT").format(
        psycopg.sql.Identifier(schema, table)
    )
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        async for row in copy:
            text += bytes(row)
    return bytes(text)


@asynccontextmanager
async def overheard(site: Site) -> AsyncIterator[list[bytes]]:
    """Every command that Valkey is given meanwhile: most of its keys live for moments only."""
    heard: list[bytes] = []
    client = redis.asyncio.Redis.from_url(site.valkey.url, socket_timeout=None)

    async def listen() -> None:
        async with client.monitor() as monitor:
            ready.set()
            async for command in monitor.listen():
                heard.append(str(command["command"]).encode())

    ready = asyncio.Event()
    listening = asyncio.create_task(listen())
    await ready.wait()
    try:
        yield heard
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await client.aclose()


async def keys(site: Site) -> bytes:
    """Every key with its value."""
    client = redis.asyncio.Redis.from_url(site.valkey.url)
    read = {
        b"string": client.get, b"hash": client.hgetall, b"set": client.smembers,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
        b"stream": client.xrange,
    }  # fmt: skip
    try:
        lines = [f"{key} {await read[await client.type(key)](key)}" async for key in client.scan_iter()]
    finally:
        await client.aclose()
    return "\n".join(lines).encode()


def logs(folder: Path) -> dict[str, bytes]:
    """Of our processes and of both servers."""
    return {
        f"log {path.name}": path.read_bytes()
        for path in folder.rglob("*")
        if "log" in path.name and path.is_file()
    }


async def metrics(first_port: int) -> bytes:
    """Of every process that serves them."""
    text = b""
    async with httpx2.AsyncClient(trust_env=False) as web:
        for port in range(first_port, first_port + METRICS_PORTS):
            with suppress(httpx2.HTTPError):
                text += (await web.get(f"http://127.0.0.1:{port}/metrics")).content
    return text
