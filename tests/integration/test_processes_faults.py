"""Whatever dies or forgets under `gateway dev` comes back by itself, and every payment finishes."""

import os
import signal
import time

from tests.integration.development import (
    RECOVER_S,
    START_S,
    a_folder,
    dev,
    needs_proc,
    pay,
    status,
    succeed,
    until,
)

pytestmark = needs_proc


def test_what_dies_comes_back_and_all_payments_finish() -> None:
    with a_folder() as folder, dev(folder / "data") as running, running.client() as client:
        # A worker that is told to stop finishes what it holds: nobody waits for a lease to run out.
        held = [pay(client) for _ in range(5)]
        time.sleep(0.3)
        [worker] = running.pids("worker")
        os.kill(worker, signal.SIGTERM)
        succeed(client, held, within_s=10)
        until(lambda: running.pids("worker") not in ([], [worker]), START_S)
        # A worker dies in the middle of a call to the processor: the lease runs out, another takes over.
        in_flight = [pay(client) for _ in range(5)]
        time.sleep(0.3)
        [worker] = running.pids("worker")
        os.kill(worker, signal.SIGKILL)
        assert {status(client, id) for id in in_flight} == {"pending"}
        until(lambda: running.pids("worker") not in ([], [worker]), START_S)
        # Redis forgets everything, with payments announced and under way.
        wiped = [pay(client) for _ in range(20)]
        running.redis().flushall()
        wiped += [pay(client) for _ in range(20)]
        running.redis().flushall()
        # The servers die, and so does the process that looks after them.
        for words in (("postgres", "-D"), ("valkey-server",), ("servers",)):
            [victim] = running.pids(*words)
            os.kill(victim, signal.SIGKILL)
        until(lambda: running.health() == "healthy", RECOVER_S, lambda: running.text)
        succeed(client, [*in_flight, *wiped, pay(client)])
        assert running.stop() == 0
        assert running.pids() == []
