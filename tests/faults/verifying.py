"""`gateway verify` after a fault, as an operator runs it: a process of its own, on the live database."""

import asyncio
import json
import sys
from dataclasses import dataclass, field
from typing import Any

from ports.verification import Rule
from tests.faults.program import ROOT
from tests.faults.site import Site

VERIFY_S = 60.0
CLEAN, DIFFERS = 0, 1  # exit codes
BOOK = "test book"
DOUBLED = {Rule.ONE_SUCCESS, Rule.BOOK_CHARGES, Rule.BOOK_LINE}


@dataclass
class Verified:
    """`rows` were looked at, `lines` of them in the processor's book. Each entry is a sentence with ids."""

    rows: int = 0
    lines: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


async def verify(site: Site) -> Verified:
    """Of all that the site has seen, earlier scenarios included."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "entrypoints.cli", "verify", "--json", cwd=ROOT, env=site.env,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(VERIFY_S):
            said, troubles = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode not in (CLEAN, DIFFERS):
        why = troubles.decode(errors="replace")[-500:]
        return Verified(wrong=[f"gateway verify ended with {process.returncode}: {why}"])
    return _read(json.loads(said), process.returncode)


def _read(document: dict[str, Any], code: int) -> Verified:
    checked = document["checked"]
    verified = Verified(sum(checked.values()), checked.get(BOOK, 0))
    for difference in document["differences"]:
        words = f"verify: {difference['rule']} {' '.join(difference['ids'])}: {difference['how']}"
        if difference["rule"] in DOUBLED:
            verified.doubled.append(words)
        elif difference["invariant"] == 6:
            verified.lost.append(words)
        else:
            verified.wrong.append(words)
    if document["clean"] is not (code == CLEAN) or document["unread"]:
        verified.wrong.append(f"gateway verify ended with {code}, and left unread: {document['unread']}")
    if not (checked["payments"] and verified.lines):
        verified.wrong.append(f"gateway verify looked at nothing: {checked}")
    return verified
