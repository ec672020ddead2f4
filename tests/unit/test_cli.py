"""The command line without servers: what it offers, and how it complains."""

import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner, Result

from config.settings import Settings, SettingsIncomplete
from core.domain.errors import NotFound, Unavailable
from core.domain.job import Job, JobKind
from entrypoints.cli import jobs
from entrypoints.cli.app import app
from entrypoints.cli.console import show
from entrypoints.cli.keys import new_secrets
from entrypoints.cli.listening import free_port, listen
from entrypoints.cli.troubles import Exit, Trouble, trouble_of
from ports.queries import OwedJob

COMMANDS = (
    "dev", "demo", "api", "worker", "scheduler", "migrate", "simulator", "verify", "merchant", "jobs", "keys",
    "listen", "trigger", "endpoints", "audit",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PEPPER", "ENCRYPTION_KEYS", "DATABASE_URL", "REDIS_URL", "PORT"):
        monkeypatch.delenv(f"GATEWAY_{name}", raising=False)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_help_names_every_command_and_no_hidden_one() -> None:
    said = run("--help").output
    assert all(re.search(rf"\b{command}\b", said) for command in COMMANDS)
    assert not re.search(r"\bservers\b +Own|--attached", said)


@pytest.mark.parametrize("command", [[], *([command] for command in COMMANDS)])
def test_every_command_explains_itself(command: list[str]) -> None:
    ended = run(*command, "--help")
    assert ended.exit_code == 0
    assert "Usage" in ended.output


def test_no_command_is_forgotten_here() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    assert {name for name, command in group.commands.items() if not command.hidden} == {*COMMANDS}


def test_a_program_gets_a_line_per_row_and_a_tab_between_cells(capsys: pytest.CaptureFixture[str]) -> None:
    show(("Name", "Says"), [("a", "one\ttwo\nthree"), ("[b]", "")])
    assert capsys.readouterr().out == "Name\tSays\na\tone two three\n[b]\t\n"


def test_fresh_secrets_are_what_the_settings_want() -> None:
    lines = run("keys", "generate").output.splitlines()
    values = dict(line.split("=", 1) for line in lines)
    settings = Settings(pepper=values["GATEWAY_PEPPER"], encryption_keys=values["GATEWAY_ENCRYPTION_KEYS"])  # type: ignore[arg-type]  # pydantic makes secrets of them
    assert len(settings.pepper_bytes()) >= 32
    [(_, key)] = settings.encryption_key_bytes().items()
    assert len(key) == 32
    assert new_secrets()["GATEWAY_PEPPER"] != values["GATEWAY_PEPPER"]
    assert b64decode(values["GATEWAY_ENCRYPTION_KEYS"].split(":")[1]) == key


def test_missing_secrets_are_named_with_their_remedy() -> None:
    ended = run("jobs")
    assert ended.exit_code == Exit.CONFIG
    assert ended.stderr.splitlines()[0].startswith("GATEWAY_ENCRYPTION_KEYS is missing")
    assert "gateway keys generate" in ended.stderr.splitlines()[1]


def test_a_malformed_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PORT", "eighty")
    ended = run("api")
    assert ended.exit_code == Exit.CONFIG
    assert ended.stderr.startswith("GATEWAY_PORT is malformed: ")


def test_replay_wants_ids_or_all_but_not_both() -> None:
    assert run("jobs", "replay").exit_code == Exit.USAGE
    assert run("jobs", "replay", "job_1", "--all").exit_code == Exit.USAGE


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (Trouble("It is broken.", "Mend it."), Exit.FAILED, "broken"),
        (SettingsIncomplete("GATEWAY_PEPPER", "more"), Exit.CONFIG, "GATEWAY_PEPPER"),
        (Unavailable("database_not_migrated", ""), Exit.CONFIG, "tables"),
        (Unavailable("database_unavailable", ""), Exit.UNAVAILABLE, "127.0.0.1:5432/gateway"),
        (
            Unavailable("database_too_slow", ""),
            Exit.UNAVAILABLE,
            "127.0.0.1:5432/gateway is there, but did not",
        ),
        (Unavailable("coordination_unavailable", ""), Exit.UNAVAILABLE, "127.0.0.1:6379/0"),
        (NotFound("Order"), Exit.FAILED, "Order not found"),
        (ExceptionGroup("", [Unavailable("queue_unavailable", "")]), Exit.UNAVAILABLE, "Redis"),
    ],
)
def test_troubles_have_words_and_a_code(error: Exception, code: Exit, words: str) -> None:
    trouble = trouble_of(error)
    assert trouble is not None
    assert trouble.code == code
    assert words in trouble.what


@pytest.mark.parametrize("bug", [KeyError("x"), ExceptionGroup("", [KeyError("x"), NotFound("Order")])])
def test_a_bug_keeps_its_traceback(bug: Exception) -> None:
    assert trouble_of(bug) is None


def test_a_taken_port_is_told_with_the_next_one() -> None:
    port = free_port()
    with listen("127.0.0.1", port) as taken:
        taken.listen()
        with pytest.raises(Trouble, match=f"Port {port} on 127.0.0.1 is taken") as told:
            listen("127.0.0.1", port)
    assert told.value.do.endswith(f"--port {port + 1}")
    assert told.value.code == Exit.TAKEN


def test_a_place_that_is_not_ours_is_told() -> None:
    with pytest.raises(Trouble, match=r"Cannot listen on 203\.0\.113\.1"):
        listen("203.0.113.1", 0)


NOW = datetime(2026, 1, 1, tzinfo=UTC)


def owed(**changes: Any) -> OwedJob:
    job = Job("job_1", changes.pop("kind", JobKind.PROCESS_OPERATION), "op_1", tries=changes.pop("tries", 0))
    fields: dict[str, Any] = {
        "due_at": NOW + timedelta(seconds=90), "leased_until": None, "parked_at": None,
        "last_error": None, "created_at": NOW,
    }  # fmt: skip
    return OwedJob(job, **fields | changes)


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (owed(), ("waiting", "in 90 s")),
        (owed(due_at=NOW - timedelta(hours=3)), ("3 h ago",)),
        (owed(leased_until=NOW + timedelta(seconds=9)), ("held",)),
        (owed(parked_at=NOW, last_error="KeyError: 'x'"), ("parked", "KeyError: 'x'")),
        (
            owed(tries=9, created_at=NOW - timedelta(hours=2)),
            ("the processor has been silent for 2 h",),
        ),
        (owed(kind=JobKind.DELIVER_EVENT, tries=9, created_at=NOW - timedelta(hours=2)), ("",)),
    ],
)
def test_a_job_is_told_as_a_row(job: OwedJob, words: tuple[str, ...]) -> None:
    row = jobs._row(job, NOW)
    assert set(words) <= set(row)
    assert len(row) == len(jobs.COLUMNS)
