"""Log lines are JSON, whoever writes them, and hold no secret."""

import json
import logging

import pytest
import structlog

from entrypoints.logs import scrub, set_up_logging


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_both_kinds_of_logger_write_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("worker")
    logging.getLogger("core.x").warning("job_waits", extra={"job_id": "job_1"})
    structlog.get_logger("adapters.y").info("queue_lost", lane="money")
    try:
        raise KeyError("4242424242424242")
    except KeyError:
        logging.getLogger("core.x").exception("job_failed")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["job_waits", "queue_lost", "job_failed"]
    assert {line["process"] for line in lines} == {"worker"}
    assert lines[0]["job_id"] == "job_1"
    assert lines[1]["lane"] == "money"
    assert "KeyError" in lines[2]["exception"]
    assert "4242" not in lines[2]["exception"]


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("api", "warning")
    logging.getLogger("core.x").info("quiet")
    structlog.get_logger("adapters.y").info("quiet")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("line", "scrubbed"),
    [
        ("card 4242 4242 4242 4242 declined", "card 0 declined"),
        ("5555-5555-5555-4444", "0"),
        ('{"number": 378282246310005}', '{"number": 0}'),
        ("key secret_live_abcDEF123 and sign_test_xyz", "key secret_live_*** and sign_test_***"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=", "whsec_***"),
        (
            "postgresql+psycopg://gateway:p4ss@db:5432/gateway",
            "postgresql+psycopg://gateway:***@db:5432/gateway",
        ),
        ("redis://:p4ss@cache:6379/0", "redis://:***@cache:6379/0"),
    ],
)
def test_secrets_are_struck_out(line: str, scrubbed: str) -> None:
    assert scrub(line) == scrubbed


@pytest.mark.parametrize(
    "line",
    [
        "pay_3G3e1JULwSsz5aUj of order_3G3hejd9lxAvi2HL",
        "2026-11-23T03:14:12.123456Z",
        "4242424242424241 is no card",
        "0b6c4f0e-4242-4242-4242-424242424242",
        "key_test_abc123",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert scrub(line) == line
