"""The real wiring of one process, with every port led through the faults."""

import hmac
from typing import TYPE_CHECKING, Any

from dependency_injector import providers

from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.memory.retention import MemoryRetention
from config.container import Gateway
from config.settings import Environment, Settings
from tests.simulation.database import Connection
from tests.simulation.port import JobsPort, Mail, Port, Wire
from tests.simulation.redis import LaneEnd, receive_lane
from tests.simulation.watched_turnstile import WatchedTurnstile

OVERRIDDEN = (
    "settings", "clock", "chance", "cipher", "database_time", "closers", "store", "jobs", "queries",
    "key_uses", "audit_chain", "retention", "turnstile", "job_queue",
    "coordination", "rate_limiter", "processor", "sender", "lane_broker", "receive",
)  # fmt: skip
_IDLE: list[Gateway] = []

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
        relay_interval_s=1.0, schedule_interval_s=0.5, audit_seal_interval_s=20.0,
        simulator_book=True,
        purge_interval_s=1e9,  # keys that are gone could not be held against what was answered under them
    )  # fmt: skip


def wire(process: "Process", settings: Settings) -> Gateway:
    gateway = _IDLE.pop() if _IDLE else Gateway(settings=settings)
    process.gateway = gateway
    process.world.gateways.append(gateway)
    gateway.override_providers(settings=providers.Object(settings), **_ports(process))
    return gateway


def unwire(gateways: list[Gateway]) -> None:
    """Keep them for another history: a container is costly to make, and nothing of its process is left in it."""
    for gateway in gateways:
        gateway.reset_singletons()
        for name in OVERRIDDEN:
            getattr(gateway, name).reset_override()
    _IDLE.extend(gateways)


def _ports(process: "Process") -> dict[str, Any]:
    world, faults = process.world, process.world.faults
    database, redis = world.database, world.redis
    made = {
        "clock": process.clock,
        "chance": process.chance,
        "cipher": GlassCipher(),
        "database_time": None,
        "closers": [],
        "store": Connection(process, database, lambda: database.store, faults.on_store_call),
        "jobs": JobsPort(process, database, lambda: database.jobs, faults.on_call),
        "queries": Port(process, database, lambda: database.queries, faults.on_call),
        "audit_chain": Port(process, database, lambda: database.audit_chain, faults.on_call),
        "key_uses": Port(process, database, lambda: database.key_uses, faults.on_call),
        "job_queue": Wire(process, redis, lambda: redis.queue, faults.on_message),
        "coordination": Port(process, redis, lambda: redis.coordination, faults.on_call),
        "rate_limiter": MemoryRateLimiter(process.clock),
        "processor": Port(process, world.bank, lambda: world.processor, faults.on_processor_call),
        "sender": Mail(process, world.shops, lambda: world.shops, faults.on_call),
        "receive": receive_lane,
        "retention": Port(process, database, lambda: MemoryRetention(database.store), faults.on_call),
        "turnstile": WatchedTurnstile(
            process.clock, process.chance, world.settings.first_retry_s, process.name, world.tell
        ),
    }
    assert {*made, "settings", "lane_broker"} == set(OVERRIDDEN)
    ports: dict[str, Any] = {name: providers.Object(port) for name, port in made.items()}
    return ports | {"lane_broker": providers.Factory(LaneEnd, process)}
