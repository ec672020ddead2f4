"""Whatever dies or forgets under `gateway dev` comes back, and every payment finishes."""

import pytest

from tests.integration.development import *
pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")


def test_what_dies_comes_back_and_all_payments_finish() -> None:
    with dev() as running, running.client() as client:
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
        # The servers die, and the one that looks after them does.
        [postmaster] = [pid for pid in running.pids("postgres", "-D")]
        os.kill(postmaster, signal.SIGKILL)
        [valkey] = running.pids("valkey-server")
        os.kill(valkey, signal.SIGKILL)
        [owner] = running.pids("servers")
        os.kill(owner, signal.SIGKILL)
        until(lambda: running.health() == "healthy", RECOVER_S, lambda: running.text)
        succeed(client, [*in_flight, *wiped, pay(client)])
        assert running.stop() == 0
        assert running.pids() == []


