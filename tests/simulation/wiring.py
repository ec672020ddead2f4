"""The real wiring of one process, with every port led through the faults."""

import hmac
from typing import TYPE_CHECKING

from dependency_injector import providers

from adapters.memory.rate_limiter import MemoryRateLimiter
from config.container import Gateway
from config.settings import Environment, Settings
from tests.simulation.database import Connection
from tests.simulation.port import JobsPort, Mail, Port, Wire
from tests.simulation.redis import LaneEnd, receive_lane

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.profile import Profile


class GlassCipher:
    """See `ports.cipher.Cipher`. It hides nothing, and gives the same text every time."""

    def seal(self, secret: str) -> str:
        return f"sealed:{secret}"

    def open(self, sealed: str) -> str:
        return sealed.removeprefix("sealed:")

    def digest(self, text: str) -> str:
        return hmac.digest(b"pepper", text.encode(), "sha256").hex()


def settings_of(profile: "Profile") -> Settings:
    """Loops a little slower than in production, so that an hour does not cost a minute."""
    return Settings(
        environment=Environment.PRODUCTION, processor_key_ttl_s=profile.key_ttl_s, hold_s=profile.hold_s,
        relay_interval_s=1.0, schedule_interval_s=0.5, simulator_book=True,
    )  # fmt: skip


def wire(process: "Process", settings: Settings) -> Gateway:
    world, faults = process.world, process.world.faults
    database, redis = world.database, world.redis
    gateway = Gateway(settings=settings)
    gateway.override_providers(
        clock=providers.Object(process.clock),
        chance=providers.Object(process.chance),
        cipher=providers.Object(GlassCipher()),
        database_time=providers.Object(None),
        closers=providers.Object([]),
        store=providers.Object(Connection(process, database, lambda: database.store, faults.on_store_call)),
        jobs=providers.Object(JobsPort(process, database, lambda: database.jobs, faults.on_call)),
        queries=providers.Object(Port(process, database, lambda: database.queries, faults.on_call)),
        job_queue=providers.Object(Wire(process, redis, lambda: redis.queue, faults.on_message)),
        coordination=providers.Object(Port(process, redis, lambda: redis.coordination, faults.on_call)),
        rate_limiter=providers.Object(MemoryRateLimiter(process.clock)),
        processor=providers.Object(
            Port(process, world.bank, lambda: world.processor, faults.on_processor_call)
        ),
        sender=providers.Object(Mail(process, world.shops, lambda: world.shops, faults.on_call)),
        lane_broker=providers.Factory(LaneEnd, process),
        receive=providers.Object(receive_lane),
    )
    return gateway
