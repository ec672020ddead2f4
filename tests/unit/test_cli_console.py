"""How the command line speaks to programs."""

import io

import pytest
from rich.console import Console

from entrypoints.cli import console


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a program reads, which is no terminal."""
    file = io.StringIO()
    monkeypatch.setattr(console, "out", Console(file=file, highlight=False, width=40))
    return file


def test_cells_are_apart_by_tabs(said: io.StringIO) -> None:
    console.show(("Key", "State"), [("key_test_1", "active"), ("a\tb\nc", "")])
    assert said.getvalue() == "Key\tState\nkey_test_1\tactive\na b c\t\n"


def test_a_line_is_said_exactly_as_it_is(said: io.StringIO) -> None:
    line = "[bold]" + "x" * 100 + " :smile: 12"
    console.say(line)
    assert said.getvalue() == line + "\n"
