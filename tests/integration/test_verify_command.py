"""`gateway verify` as an operator runs it: a process of its own, and exit codes that mean something."""

import asyncio
import json
import os
import pty
import re
import subprocess
from pathlib import Path

from adapters.postgres.migrate import upgrade
from tests.integration.development import GATEWAY, ROOT, START_S, environment
from tests.integration.postgres_databases import connect, database, migrated
from tests.integration.test_cli_commands import SECRETS, run
from tests.integration.verify_workload import a_shop, trade

BOOK = {"GATEWAY_SIMULATOR_BOOK": "true"}


async def _trade(url: str) -> None:
    async with a_shop(url) as shop:
        await trade(shop)


def test_it_ends_with_0_when_nothing_differs_and_with_1_when_something_does(postgres_url: str):
    with migrated(postgres_url) as url:
        place = {"GATEWAY_DATABASE_URL": url, **BOOK}
        code, said, _ = run("verify", **place)
        assert (code, said[:16]) == (0, "Nothing differs.")
        asyncio.run(_trade(url))
        code, said, _ = run("verify", "--json", **place)
        clean = json.loads(said)
        assert (code, clean["clean"], clean["differences"]) == (0, True, [])
        assert clean["checked"]["payments"] > 20
        with connect(url) as admin:
            [job] = admin.execute("UPDATE jobs SET parked_at = now(), last_error = 'KeyError: 1' WHERE id ="
                " (SELECT min(id) FROM jobs) RETURNING id").fetchone()  # fmt: skip
        code, said, _ = run("verify", "--json", **place)
        [difference] = json.loads(said)["differences"]
        assert (code, difference["rule"], difference["ids"][0], difference["invariant"]) == (
            1,
            "job_parked",
            job,
            6,
        )
        assert "gateway jobs replay" in difference["do"]
        code, said, _ = run("verify", "--no-book", "--since", "1m", **place)
        assert (code, re.split(r"\s+", said.splitlines()[1])[:2]) == (1, ["job_parked", job])
