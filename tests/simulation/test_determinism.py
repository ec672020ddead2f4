"""One seed is one history, byte for byte, in any process on any machine."""

import os
import subprocess
import sys
from pathlib import Path

SEEDS = 10
ROOT = Path(__file__).parents[2]
PROGRAM = f"""
from tests.simulation.simulate import simulate
for seed in range({SEEDS}):
    outcome = simulate(seed)
    print(seed, outcome.digest, outcome.figures.steps)
"""


def digests(hash_seed: str, zone: str) -> str:
    surroundings = os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": zone}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=surroundings,
        check=True,
        capture_output=True,
        text=True,
    )
    return ran.stdout


def test_other_hashes_and_another_time_zone_change_nothing():
    here = digests("1", "UTC")
    assert len(here.splitlines()) == SEEDS
    assert len({line.split()[1] for line in here.splitlines()}) == SEEDS
    assert here == digests("4242", "Asia/Kolkata")
