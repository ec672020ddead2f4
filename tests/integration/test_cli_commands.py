"""The commands as an operator meets them: processes of their own, and two lines for what is wrong."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from adapters.embedded import start_postgres
from adapters.embedded.address import choose_port
from adapters.postgres.partitions import list_partitions, partitions_of
from entrypoints.cli.keys import new_secrets
from entrypoints.cli.listening import free_port
from tests.integration.development import GATEWAY, ROOT, START_S, a_folder, dev, environment, health, until
from tests.integration.postgres_databases import connect, database, migrated

SECRETS = new_secrets()


def run(*arguments: str, **settings: str) -> tuple[int, str, list[str]]:
    """Exit code, what it said, and its complaint line by line."""
    ended = subprocess.run(
        [*GATEWAY, *arguments], cwd=ROOT, env=environment(**SECRETS) | settings,
        capture_output=True, text=True, timeout=START_S, check=False,
    )  # fmt: skip
    return ended.returncode, ended.stdout, ended.stderr.strip().splitlines()


@contextmanager
def serving(*arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*GATEWAY, *arguments], cwd=ROOT, env=environment(**SECRETS) | settings,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_second_start_and_a_taken_port_are_told_in_two_lines() -> None:
    with a_folder() as folder, dev(folder / "data") as running:
        code, _, lines = run("dev", "--port", str(free_port()), "--data-dir", str(running.folder))
        assert (code, len(lines)) == (73, 2)
        assert f"process {running.process.pid}" in lines[0]
        for command in (["dev", "--data-dir", str(folder / "other")], ["api"]):
            code, _, lines = run(*command, "--port", str(running.port), **running.secrets())
            assert code == 73
            assert lines == [
                f"Port {running.port} on 127.0.0.1 is taken by another process.",
                f"End that process, or choose another port: --port {running.port + 1}",
            ]
        assert running.health() == "healthy"
        assert running.stop() == 0


def test_a_database_without_tables_is_named_with_its_remedy(postgres_url: str, redis_url: str) -> None:
    with database(postgres_url) as url:
        places = {"GATEWAY_DATABASE_URL": url, "GATEWAY_REDIS_URL": redis_url}
        remedy = ["The database does not have our current tables.", "Run: gateway migrate"]
        for command in (["jobs"], ["api", "--port", str(free_port())], ["worker"], ["scheduler"]):
            assert run(*command, **places)[::2] == (78, remedy), command
        assert run("migrate", **places)[:2] == (0, "The database is up to date now.\n")
        with connect(url) as rows:
            made = rows.execute(list_partitions("events")).fetchall()
            [now, *_] = partitions_of(made)
            rows.execute(f"DROP TABLE {now.name}")  # type: ignore[arg-type]  # our own name
            assert run("migrate", **places)[:2] == (0, "The database was up to date already.\n")
            assert sorted(rows.execute(list_partitions("events")).fetchall()) == sorted(made)
        assert run("jobs", **places)[:2] == (0, "Nothing is owed.\n")


def test_a_merchant_is_created_once_and_its_keys_work(postgres_url: str, redis_url: str) -> None:
    with migrated(postgres_url) as url:
        places = {"GATEWAY_DATABASE_URL": url, "GATEWAY_REDIS_URL": redis_url}
        create = ("merchant", "create", "--name", "Acme", "--email", "a@acme.example", "--json")
        code, said, _ = run(*create, **places)
        assert code == 0
        key = json.loads(said)["test"]
        assert run(*create, **places)[::2] == (
            1, ["A merchant with the address a@acme.example exists already."],
        )  # fmt: skip
        port = free_port()
        with serving("api", "--port", str(port), "--workers", "2", **places) as api:
            until(lambda: health(f"http://127.0.0.1:{port}") in ("degraded", "healthy"), START_S)
            headers = {"X-Api-Key": key["api_key"], "X-Api-Secret": key["api_secret"]}
            orders = f"http://127.0.0.1:{port}/api/v1/orders"
            assert httpx2.post(orders, headers=headers, json={"amount": 100}).status_code == 201
            assert "server" not in httpx2.get(orders, headers=headers).headers
            api.terminate()
            assert api.wait(START_S) == 0


def test_an_operator_makes_rolls_and_revokes_api_keys(postgres_url: str) -> None:
    with migrated(postgres_url) as url:
        places = {"GATEWAY_DATABASE_URL": url}
        _, said, _ = run("merchant", "create", "--name", "Acme", "--email", "a@b.example", "--json", **places)
        merchant = json.loads(said)["id"]
        options = ("--mode", "live", "--scope", "checkout", "--description", "Shop", "--expires-in", "90d")
        code, said, _ = run("keys", "create", merchant, *options, "--json", **places)
        made = json.loads(said)
        assert (code, made["mode"], made["scope"], made["description"]) == (0, "live", "checkout", "Shop")
        assert made["expires_at"] is not None
        code, said, _ = run("keys", "roll", made["id"], "--overlap", "1h", **places)
        assert code == 0
        assert "secret_live_" in said
        listed = json.loads(run("keys", "list", merchant, "--json", **places)[1])
        assert len(listed) == 4
        [old] = [key["id"] for key in listed if key["replaced_by"] is not None]
        assert old == made["id"]
        successor = listed[0]["id"]
        assert run("keys", "revoke", successor, **places)[:1] == (0,)
        rows = {row.split("\t")[0]: row for row in run("keys", "list", merchant, **places)[1].splitlines()}
        assert "revoked" in rows[successor]
        assert "ends" in rows[made["id"]]
        assert made["secret"] not in str(rows)
        assert run("keys", "revoke", "key_test_none", **places)[::2] == (1, ["API key not found"])
        assert run("keys", "create", "mer_0000000000000000", **places)[::2] == (1, ["Merchant not found"])
        assert run("keys", "roll", successor, "--overlap", "8d", **places)[0] == 2


def test_parked_jobs_are_shown_and_set_going_again(postgres_url: str, redis_url: str) -> None:
    with migrated(postgres_url) as url:
        places = {"GATEWAY_DATABASE_URL": url, "GATEWAY_REDIS_URL": redis_url}
        park(url, 3)
        code, said, _ = run("jobs", "--parked", "--json", **places)
        assert code == 0
        parked = [job["id"] for job in json.loads(said)]
        assert len(parked) == 3
        assert "KeyError" in run("jobs", "--parked", **places)[1]
        assert run("jobs", "replay", parked[0], **places)[:2] == (0, "1 set going again.\n")
        code, said, lines = run("jobs", "replay", *parked[:2], **places)
        assert (code, said, len(lines)) == (1, "1 set going again.\n", 2)
        assert run("jobs", "replay", "--all", **places)[:2] == (0, "1 set going again.\n")
        assert run("jobs", "--parked", **places)[:2] == (0, "Nothing is parked.\n")
        assert run("jobs", **places)[1].count("expire_hold") == 3


def park(url: str, count: int) -> None:
    with connect(url) as admin:
        for number in range(count):
            admin.execute(
                "INSERT INTO jobs (id, kind, lane, target_id, due_at, lease, owed_again, tries, failures, parked_at,"
                " last_error, created_at) VALUES (%s, 'expire_hold', 'money', %s, now(), 1, false, 10, 10, now(),"
                " 'KeyError', now())",
                (f"job_{number:016d}", f"pay_{number:016d}"),
            )


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        (
            ["jobs"],
            [
                r"The database at 127\.0\.0\.1:1/gateway cannot be reached\.",
                r"Start PostgreSQL, or correct GATEWAY_DATABASE_URL\.",
            ],
        ),
        (["dev"], [r"The database at 127\.0\.0\.1:1/gateway cannot be reached\.", "Start PostgreSQL.*"]),
    ],
)
def test_a_database_that_is_away_is_named_without_its_password(command: list[str], lines: list[str]) -> None:
    with a_folder() as folder:
        more = ["--data-dir", str(folder / "data"), "--port", str(free_port())] if command == ["dev"] else []
        url = "postgresql+psycopg://gateway:hidden@127.0.0.1:1/gateway"
        redis_url = "redis://127.0.0.1:1/0"
        code, said, told = run(*command, *more, GATEWAY_DATABASE_URL=url, GATEWAY_REDIS_URL=redis_url)
    assert code == 69
    assert len(told) == 2
    assert all(re.fullmatch(line, seen) for line, seen in zip(lines, told, strict=True)), told
    assert "hidden" not in said


def test_processes_start_without_a_database_and_recover_when_it_comes(redis_url: str) -> None:
    with a_folder() as folder:
        port, database_port = free_port(), choose_port(folder / "port", None)
        url = f"postgresql+psycopg://postgres@127.0.0.1:{database_port}/gateway"
        places = {"GATEWAY_DATABASE_URL": url, "GATEWAY_REDIS_URL": redis_url}
        with serving("api", "--port", str(port), **places), serving("worker", **places) as worker:
            until(lambda: health(f"http://127.0.0.1:{port}") == "unhealthy", START_S)
            server = start_postgres(folder, port=database_port)
            try:
                assert run("migrate", **places)[0] == 0
                until(lambda: health(f"http://127.0.0.1:{port}") == "healthy", START_S)
                worker.terminate()
                assert worker.wait(START_S) == 0
            finally:
                server.stop()


def test_the_demo_does_the_main_job_and_ends() -> None:
    code, said, complaint = run("demo")
    assert code == 0, (said, complaint)
    assert "both signatures of each verified" in said
    assert "refund.processed" in said


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, lines = run("dev", "--data-dir", str(tmp_path / "file"), "--port", str(free_port()))
    assert (code, len(lines)) == (73, 2)


def test_an_operator_sets_what_the_checkout_needs_to_know(postgres_url: str) -> None:
    with migrated(postgres_url) as url:
        places = {"GATEWAY_DATABASE_URL": url}
        _, out, _ = run(
            "merchant", "create", "--name", "Acme", "--email", "a@acme.example", "--json", **places
        )
        made = json.loads(out)
        code, out, _ = run(
            "merchant",
            "update",
            made["id"],
            "--origin",
            "https://shop.example",
            "--color",
            "#1a56db",
            **places,
        )
        assert code == 0
        assert "https://shop.example" in out
        code, out, _ = run(
            "merchant", "update", made["id"], "--return-url", "https://shop.example/done", **places
        )
        assert "https://shop.example/done" in out
        assert "#1a56db" in out, "what is not named stays"
        code, _, lines = run("merchant", "update", made["id"], "--origin", "shop.example/cart", **places)
        assert code == 1
        assert "checkout_origins" in lines[0]
        code, _, lines = run("merchant", "update", made["id"], **places)
        assert (code, lines) == (1, ["Name what is to change: --origin, --return-url or --color."])
        assert (
            run("merchant", "signing-secret", made["id"], **places)[1].strip()
            == made["test"]["signing_secret"]
        )
        assert run("merchant", "signing-secret", "mer_0000000000000000", **places)[2] == [
            "Merchant not found"
        ]
