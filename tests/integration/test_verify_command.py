"""`gateway verify` as an operator runs it: a process of its own, and exit codes that mean something."""

import asyncio
import json
import os
import pty
import re
import subprocess

from sqlalchemy import make_url

from tests.integration.development import GATEWAY, ROOT, environment
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


def test_who_may_only_read_may_verify(postgres_url: str):
    with migrated(postgres_url) as url:
        asyncio.run(_trade(url))
        with connect(url) as admin:
            admin.execute("CREATE ROLE auditor LOGIN")
            for schema in ("public", "simulator"):
                admin.execute(f"GRANT USAGE ON SCHEMA {schema} TO auditor")
                admin.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO auditor")
        place = make_url(url).set(username="auditor").render_as_string(hide_password=False)
        assert run("verify", GATEWAY_DATABASE_URL=place, **BOOK)[0] == 0


def test_what_is_in_its_way_is_told_in_two_lines(postgres_url: str):
    with database(postgres_url) as url:
        told = run("verify", GATEWAY_DATABASE_URL=url)
        assert told == (78, "", ["The database does not have our current tables.", "Run: gateway migrate"])
    code, _, lines = run(
        "verify", GATEWAY_DATABASE_URL="postgresql+psycopg://gateway:hidden@127.0.0.1:1/gateway"
    )
    assert (code, lines[0]) == (69, "The database at 127.0.0.1:1/gateway cannot be reached.")
    code, _, lines = run("verify", "--since", "soon")
    assert (code, lines[0]) == (2, "--since soon is no time.")


def test_a_processor_that_is_away_keeps_its_book_and_nothing_else(postgres_url: str):
    remote = {
        "GATEWAY_PROCESSOR": "http", "GATEWAY_PROCESSOR_URL": "http://127.0.0.1:1", "GATEWAY_PROCESSOR_TOKEN": "token",
    }  # fmt: skip
    with migrated(postgres_url) as url:
        code, said, lines = run("verify", GATEWAY_DATABASE_URL=url, **remote)
        assert (code, said[:16], lines[1]) == (
            69,
            "Nothing differs.",
            "Nothing else differs. Without books: --no-book",
        )
        assert lines[0].startswith("The test book: ")
        assert run("verify", "--no-book", GATEWAY_DATABASE_URL=url, **remote)[0] == 0


def test_a_person_sees_what_is_being_done_and_a_table(postgres_url: str):
    with migrated(postgres_url) as url:
        with connect(url) as admin:
            admin.execute(
                "INSERT INTO jobs VALUES ('job_1', 'expire_order', 'money', 'order_1', now(), 1, NULL, NULL, false,"
                " 3, 10, now(), 'KeyError: 1', now())"
            )
        seen = _in_a_terminal("verify", GATEWAY_DATABASE_URL=url)
    for words in (
        "payments",
        "job_target",
        "job_parked  A job has failed ten times",
        "order_1",
        "KeyError: 1",
    ):
        assert words in seen


def _in_a_terminal(*arguments: str, **settings: str) -> str:
    """All that was shown, without its colours."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*GATEWAY, *arguments], cwd=ROOT, env=environment(**SECRETS) | {"TERM": "xterm"} | settings,
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 1 << 16):
            shown += part
    except OSError:  # how a terminal ends on Linux
        pass
    os.close(ours)
    assert process.wait() == 1
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown.decode())
