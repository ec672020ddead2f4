"""A folder with a filled database, and its gateway beside one on an empty database."""

import asyncio
import json
import secrets
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psycopg

from adapters.embedded import start_postgres
from adapters.postgres.migrate import upgrade
from adapters.simulator.postgres_book import PostgresBook
from benchmarks.processes import gateway
from benchmarks.servers import Bench, credentials, running
from benchmarks.verify_fill import Filling, Told, fill

# Only while it is filled: what is lost then is filled again. Afterwards PostgreSQL has its own settings.
FILLING = {
    "fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0", "autovacuum": "off",
    "max_wal_size": "4GB", "shared_buffers": "1GB",
}  # fmt: skip


@dataclass(frozen=True)
class Filled:
    """Where the data is, and who owns it; `seconds` it took to fill."""

    folder: str
    payments: int
    seconds: float
    settings: dict[str, str]
    headers: dict[str, str]

    @property
    def path(self) -> Path:
        return Path(self.folder)


def progress(payments: int) -> Told:
    """Says how far it is, fifty times."""
    told = 0

    def tell(done: int, seconds: float) -> None:
        nonlocal told
        if done - told >= payments // 50 or done == payments:
            told = done
            left_s = (payments - done) * seconds / done
            print(f"{done:>12,} payments, {done / seconds:,.0f}/s, {left_s:,.0f} s left", flush=True)

    return tell


def filled(folder: Path, payments: int) -> Filled:
    """As it was left by a run before, or filled now."""
    note = folder / "filled.json"
    if note.exists():
        found = Filled(**json.loads(note.read_text()))
        if found.payments == payments:
            return found
        raise SystemExit(f"{folder} holds {found.payments:,} payments. Remove it, or name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    keys = f"bench:{b64encode(secrets.token_bytes(32)).decode()}"
    settings = {
        "GATEWAY_PEPPER": secrets.token_hex(32), "GATEWAY_ENCRYPTION_KEYS": keys, "GATEWAY_SIMULATOR_BOOK": "true",
    }  # fmt: skip
    server = start_postgres(folder, settings=FILLING)
    try:
        headers, merchant_id = _prepared(server.url, settings)
        began = time.monotonic()
        fill(server.url, Filling(payments, listening=(merchant_id, "we_1")), progress(payments))
        made = Filled(str(folder), payments, time.monotonic() - began, settings, headers)
    finally:
        server.stop()
    note.write_text(json.dumps(asdict(made)))
    return made


def _prepared(url: str, settings: dict[str, str]) -> tuple[dict[str, str], str]:
    """Tables, the simulator's book, and a merchant to own a third of it: the headers and the id."""
    upgrade(url)
    asyncio.run(_make_book(url))
    env = {"GATEWAY_DATABASE_URL": url, **settings}
    made = gateway(env, "merchant", "create", "--name", "Large", "--email", "large@example.com", "--json")
    with psycopg.connect(url.replace("+psycopg", "")) as db:
        [(merchant_id,)] = db.execute("SELECT id FROM merchants").fetchall()
    return credentials(made) | {"Content-Type": "application/json"}, merchant_id


async def _make_book(url: str) -> None:
    book = PostgresBook(url)
    await book.prepare()
    await book.close()


@contextmanager
def both(large: Filled) -> Iterator[dict[str, Bench]]:
    """Two gateways with all their processes, one on an empty database and one on that; both with a book."""
    with (
        running("worker", "scheduler", GATEWAY_SIMULATOR_BOOK="true") as empty,
        running("worker", "scheduler", data=large.path, **large.settings) as full,
    ):
        yield {"empty": empty, "filled": full}


def owner(full: Bench, large: Filled) -> Bench:
    """The same gateway, asked by the merchant who owns a third of the data."""
    return replace(full, headers=large.headers)
