"""How `gateway verify` speaks, and with which exit code it ends."""

import json
import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from core.use_cases.verdict import Verdict
from entrypoints.cli import console, verify
from entrypoints.cli.app import app
from entrypoints.cli.troubles import Exit, Trouble
from entrypoints.cli.verify_words import WORDS
from ports.verification import Difference, Rule

CHECKED = {"orders": 1_000, "test book": 7}
DIFFERENCES = [
    Difference(Rule.AMOUNTS, ("pay_1",), "refunded 7, reserved 0, captured 5, amount 5"),
    Difference(Rule.JOB_PARKED, ("job_1", "op_1"), "process_operation, failed 10 times: [KeyError]"),
]
CLEAN = Verdict([], [], CHECKED, [])
BROKEN = Verdict(DIFFERENCES, [Rule.AMOUNTS], CHECKED, [])
UNREAD = Verdict([], [], CHECKED, ["live book: The processor did not answer."])


def run(monkeypatch: pytest.MonkeyPatch, verdict: Verdict, *arguments: str) -> Result:
    monkeypatch.setattr(verify, "once", lambda task: verdict)
    return CliRunner().invoke(app, ["verify", *arguments])


def test_a_clean_verdict_is_one_line(monkeypatch: pytest.MonkeyPatch):
    ended = run(monkeypatch, CLEAN)
    assert ended.exit_code == 0
    assert re.fullmatch(r"Nothing differs\. Checked in [\d.]+ s: 1,000 orders, 7 test book\.\n", ended.stdout)


def test_differences_are_lines_for_programs_of_the_shell(monkeypatch: pytest.MonkeyPatch):
    ended = run(monkeypatch, BROKEN)
    assert ended.exit_code == Exit.FAILED
    head, *rows, last = ended.stdout.splitlines()
    assert head.split("\t") == list(verify.COLUMNS)
    for row, difference in zip(rows, DIFFERENCES, strict=True):
        cells = (difference.rule, " ".join(difference.ids), difference.how, *WORDS[difference.rule])
        assert row.split("\t") == list(cells)
    assert last == "amounts: there are more."


def test_a_document_says_it_all(monkeypatch: pytest.MonkeyPatch):
    ended = run(monkeypatch, BROKEN, "--json")
    assert ended.exit_code == Exit.FAILED
    document = json.loads(ended.stdout)
    assert {name: document[name] for name in ("clean", "checked", "unread", "more")} == {
        "clean": False, "checked": CHECKED, "unread": [], "more": ["amounts"],
    }  # fmt: skip
    assert document["differences"][0] == {
        "rule": "amounts", "invariant": 1, "ids": ["pay_1"], "how": DIFFERENCES[0].how,
        "means": WORDS[Rule.AMOUNTS][0], "do": WORDS[Rule.AMOUNTS][1],
    }  # fmt: skip
    assert json.loads(run(monkeypatch, CLEAN, "--json").stdout)["clean"] is True


def test_a_person_sees_a_table_for_each_rule(monkeypatch: pytest.MonkeyPatch):
    seen = StringIO()
    for module in (console, verify):
        monkeypatch.setattr(
            module, "out", Console(file=seen, force_terminal=True, width=100, highlight=False)
        )
    run(monkeypatch, BROKEN)
    text = re.sub(r"\x1b\[[\d;]*m", "", seen.getvalue())
    for words in (
        *WORDS[Rule.AMOUNTS],
        *WORDS[Rule.JOB_PARKED],
        "pay_1",
        "op_1",
        "[KeyError]",
        "there are more",
    ):
        assert words in text


def test_a_book_that_cannot_be_read_is_complained_about(monkeypatch: pytest.MonkeyPatch):
    ended = run(monkeypatch, UNREAD)
    assert (ended.exit_code, ended.stderr.splitlines()) == (
        Exit.UNAVAILABLE,
        ["The live book: The processor did not answer.", "Nothing else differs. Without books: --no-book"],
    )
    both = run(monkeypatch, Verdict(DIFFERENCES, [], CHECKED, UNREAD.unread))
    assert both.exit_code == Exit.FAILED
    assert "live book" in both.stderr


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
        ("2030-01-31", datetime(2030, 1, 31, tzinfo=UTC)),
        ("2030-01-31T09:00+01:00", datetime(2030, 1, 31, 8, tzinfo=UTC)),
    ],
)
def test_since_is_a_span_or_a_time(text: str, when: timedelta | datetime):
    assert verify._when(text) == when


@pytest.mark.parametrize("text", ["", "soon", "5", "5w", "-5m", "999999d"])
def test_since_is_nothing_else(text: str):
    with pytest.raises(Trouble) as trouble:
        verify._when(text)
    assert trouble.value.code == Exit.USAGE
