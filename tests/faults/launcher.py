"""`gateway <role>` with something planted in its process, as its environment says.

FAULTS_DIE=after_call:5    killed when the processor has answered its fifth call, before that is written down
FAULTS_DIE=announcing:5    killed when its fifth commit is on disk, before anybody is told of it
FAULTS_REPEAT=3            announces everything three times
FAULTS_CLOCK_S=600         its machine's clock is ten minutes fast
FAULTS_LEASE_S=10          leases of ten seconds, and what is derived from them shortened alike
FAULTS_BUG=forgets_keys    a worker that asks the processor again under a new key: what the harness must find
"""

import os
import sys

from tests.faults import planted


def main() -> None:
    if lease_s := os.environ.get("FAULTS_LEASE_S"):
        planted.shorten_leases(float(lease_s))
    if off_s := os.environ.get("FAULTS_CLOCK_S"):
        planted.put_clock_off(float(off_s))
    if times := os.environ.get("FAULTS_REPEAT"):
        planted.plant_announcer(planted.RepeatingAnnouncer, int(times))
    if death := os.environ.get("FAULTS_DIE"):
        moment, _, at = death.partition(":")
        planted.plant_death(moment, int(at))
    if bug := os.environ.get("FAULTS_BUG"):
        planted.plant_bug(bug)
    from entrypoints.cli import main as gateway

    sys.argv[1:1] = ["--attached"]
    gateway()


if __name__ == "__main__":
    main()
