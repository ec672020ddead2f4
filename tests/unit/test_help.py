"""Every tool that the Makefile and the documentation name says what it does, and with which options."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"python -m ((?:benchmarks|tests)\.[a-z_.]+[a-z_])")
TEXTS = [ROOT / "Makefile", *sorted((ROOT / "docs").glob("*.md"))]
TOOLS = sorted({tool for text in TEXTS for tool in NAMED.findall(text.read_text())})


def test_there_are_tools() -> None:
    assert {"benchmarks.bench", "benchmarks.soak", "tests.simulation", "tests.faults"} <= {*TOOLS}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_explains_itself(tool: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", tool, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "usage" in ran.stdout.lower()
    assert len(ran.stdout.splitlines()) > 3
