"""The commands for a merchant's developer, before they reach anything."""

import pytest
from typer.testing import CliRunner, Result

from core.domain.event import EVENTS
from entrypoints.cli.app import app
from entrypoints.cli.develop.recipes import IMPOSSIBLE, RECIPES
from entrypoints.cli.troubles import Exit

NOWHERE = "http://127.0.0.1:1"
# To where no webhook goes, so that a test whose refusal does not come ends all the same.
FORWARD = ("listen", "--forward-to", "http://10.0.0.1/hook")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.mark.parametrize("command", [FORWARD, ("trigger", "payment.success")])
@pytest.mark.parametrize(
    ("url", "key", "secret", "says"),
    [
        (NOWHERE, "key_live_abc", "hidden", "This is a live key"),
        ("https://gateway.example", "", "", "An API key and its secret are needed."),
        (NOWHERE, "key_test_abc", "", "An API key and its secret are needed."),
        (NOWHERE, "", "hidden", "An API key and its secret are needed."),
        ("gateway.example", "key_test_abc", "hidden", "--url gateway.example is no address."),
    ],
)
def test_what_no_test_account_is_is_refused(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], url: str, key: str, secret: str, says: str
) -> None:
    by_flags = run(*command, "--url", url, "--api-key", key, "--api-secret", secret)
    for name, value in (("URL", url), ("API_KEY", key), ("API_SECRET", secret)):
        monkeypatch.setenv(f"GATEWAY_{name}", value)
    for ended in (by_flags, run(*command)):
        assert ended.exit_code == Exit.USAGE
        assert ended.stderr.startswith(says)
        assert len(ended.stderr.splitlines()) == 2
        assert "hidden" not in ended.output


def test_a_gateway_that_is_away_is_told_to_who_triggers() -> None:
    ended = run("trigger", "payment.success", "--url", NOWHERE)
    assert ended.exit_code == Exit.UNAVAILABLE
    assert ended.stderr.splitlines() == [
        f"The gateway at {NOWHERE} cannot be reached.", "Start it, or correct --url.",
    ]  # fmt: skip


@pytest.mark.parametrize("secret", ["hidden", "whsec_hidden!", "whsec_aGlkZGVu", "whsec_" + "A" * 100])
@pytest.mark.parametrize("command", [FORWARD, ("endpoints", "check", "http://localhost:1/")])
def test_a_malformed_webhook_secret_is_refused_without_repeating_it(
    command: tuple[str, ...], secret: str
) -> None:
    ended = run(*command, "--secret", secret)
    assert ended.exit_code == Exit.USAGE
    assert ended.stderr.startswith("The webhook secret is not one")
    assert secret not in ended.output


def test_a_pattern_that_fits_no_event_is_refused() -> None:
    ended = run(*FORWARD, "--events", "payment.*,paymnt.success")
    assert ended.exit_code == Exit.USAGE
    assert ended.stderr.startswith("No event is called paymnt.success.")


def test_a_receiver_that_no_webhook_reaches_is_refused() -> None:
    ended = run(*FORWARD)
    assert ended.exit_code == Exit.USAGE
    assert "must begin with https://" in ended.stderr


def test_every_event_can_be_triggered_or_says_why_not() -> None:
    assert {*RECIPES, *IMPOSSIBLE} == {*EVENTS}
    assert not {*RECIPES} & {*IMPOSSIBLE}
    listed = dict(line.split("\t") for line in run("trigger", "--list").output.splitlines()[1:])
    assert list(listed) == list(EVENTS)
    for name, why in IMPOSSIBLE.items():
        assert why in listed[name]
        ended = run("trigger", name)
        assert (ended.exit_code, ended.stderr.splitlines()) == (1, [f"{name} cannot be triggered.", why])


@pytest.mark.parametrize("arguments", [(), ("payment.sucess",)])
def test_an_unknown_event_is_not_triggered(arguments: tuple[str, ...]) -> None:
    ended = run("trigger", *arguments)
    assert ended.exit_code == Exit.USAGE
    assert "gateway trigger --list" in ended.stderr
