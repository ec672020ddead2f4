"""The whole wiring, on one page."""

from functools import partial
from typing import Any

from dependency_injector import containers, providers

from adapters.embedded import start_postgres, start_valkey
from adapters.http.public_only import PublicOnly, check_url
from adapters.http.webhook_sender import HttpWebhookSender
from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.postgres.audit_chain import PostgresAuditChain
from adapters.postgres.database import Database, database_time
from adapters.postgres.jobs import PostgresJobs
from adapters.postgres.key_uses import PostgresKeyUses
from adapters.postgres.migrate import upgrade
from adapters.postgres.queries import PostgresQueries
from adapters.postgres.retention import PostgresRetention
from adapters.postgres.sealed_rows import PostgresSealedRows
from adapters.postgres.store import PostgresStore
from adapters.postgres.verification.verification import PostgresVerification
from adapters.redis.broker import LaneBroker
from adapters.redis.client import connect
from adapters.redis.coordination import RedisCoordination
from adapters.redis.job_queue import RedisJobQueue
from adapters.redis.rate_limiter import RedisRateLimiter
from adapters.redis.worker import receive
from adapters.simulator.acs import Acs
from adapters.simulator.postgres_book import PostgresBook
from adapters.simulator.tokenizer import SimulatorTokenizer
from adapters.system.chance import SystemChance
from adapters.system.cipher import AesGcmCipher
from adapters.system.clock import CalibratedClock
from adapters.unit_of_work.announcer import BufferedAnnouncer
from adapters.unit_of_work.unit_of_work import OptimisticUnitOfWork
from config.processors import ProcessorFor, acquirer_of, books, callbacks, simulator, tokenizers
from config.settings import Settings
from core.domain.job import JobKind
from core.domain.merchant import Mode
from core.use_cases.audit import Audit
from core.use_cases.create_order import CreateOrder
from core.use_cases.create_payment import CreatePayment
from core.use_cases.deliver_event import DeliverEvent
from core.use_cases.disable_endpoint import DisableEndpoint
from core.use_cases.expire import ExpireChallenge, ExpireHold, ExpireOrder
from core.use_cases.hear_of_operation import HearOfOperation
from core.use_cases.jobs import RelayJobs, RunJobs, WakeScheduled
from core.use_cases.manage_api_keys import CreateKey, RevokeKey, RollKey
from core.use_cases.manage_endpoints import CreateEndpoint, DeleteEndpoint, RotateSecret, UpdateEndpoint
from core.use_cases.manage_merchants import CreateMerchant, UpdateMerchant
from core.use_cases.process_operation import ProcessOperation
from core.use_cases.publish import Publish
from core.use_cases.pulse import Pulse
from core.use_cases.purge import Purge
from core.use_cases.receive_callback import ReceiveCallback
from core.use_cases.replay_delivery import ReplayDelivery
from core.use_cases.replay_events import ReplayEvents, StartReplay
from core.use_cases.request_operation import RequestOperation
from core.use_cases.resume_payment import ResumePayment
from core.use_cases.reverse_again import ReverseAgain
from core.use_cases.rotate_encryption import RotateEncryption
from core.use_cases.seal_audit import SealAudit
from core.use_cases.send_test_event import SendTestEvent
from core.use_cases.settle_operation import SettleOperation
from core.use_cases.turnstile import Turnstile
from core.use_cases.verify import Verify
from core.use_cases.verify_audit import VerifyAudit


def _read_once(setting: Any) -> providers.Singleton[Any]:
    """For what every request asks: settings never change, and to look one up costs 2 µs."""
    return providers.Singleton(lambda value: value, setting)


class Gateway(containers.DeclarativeContainer):
    """Swap a port in one line: `gateway.processor.override(FakeProcessor())`."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    _s = settings.provided

    # The outside. Singletons hold sockets or state; what they open, `opened` opens and closes.
    clock: providers.Provider[Any] = providers.Singleton(CalibratedClock)
    chance: providers.Provider[Any] = providers.Singleton(SystemChance)
    cipher: providers.Provider[Any] = providers.Singleton(
        AesGcmCipher, _s.encryption_key_bytes.call(), _s.pepper_bytes.call()
    )
    database: providers.Provider[Any] = providers.Singleton(Database, _s.database_url)
    database_time: providers.Provider[Any] = providers.Factory(partial, database_time, database)
    store: providers.Provider[Any] = providers.Singleton(PostgresStore, database)
    jobs: providers.Provider[Any] = providers.Singleton(PostgresJobs, database)
    queries: providers.Provider[Any] = providers.Singleton(PostgresQueries, database)
    retention: providers.Provider[Any] = providers.Singleton(PostgresRetention, database)
    key_uses: providers.Provider[Any] = providers.Singleton(PostgresKeyUses, database)
    sealed_rows: providers.Provider[Any] = providers.Singleton(PostgresSealedRows, database)
    audit_chain: providers.Provider[Any] = providers.Singleton(PostgresAuditChain, database)
    verification: providers.Provider[Any] = providers.Singleton(PostgresVerification, _s.database_url)
    redis: providers.Provider[Any] = providers.Singleton(connect, _s.redis_url)
    job_queue: providers.Provider[Any] = providers.Singleton(RedisJobQueue, redis)
    coordination: providers.Provider[Any] = providers.Singleton(RedisCoordination, redis)
    rate_limiter: providers.Provider[Any] = providers.Singleton(
        RedisRateLimiter, redis, providers.Singleton(MemoryRateLimiter, clock)
    )
    network: providers.Provider[Any] = providers.Singleton(
        PublicOnly, allow_loopback=_s.is_development, allowed_ports=_s.webhook_allowed_ports
    )
    check_url = providers.Factory(
        partial, check_url, allow_loopback=_s.is_development, allowed_ports=_s.webhook_allowed_ports
    )
    sender: providers.Provider[Any] = providers.Singleton(
        HttpWebhookSender, clock, network, timeout_s=_s.webhook_timeout_s
    )
    book: providers.Provider[Any] = providers.Singleton(PostgresBook, _s.database_url)
    challenges = providers.Factory(Acs, clock, book)
    announcer: providers.Provider[Any] = providers.Singleton(BufferedAnnouncer, job_queue)
    uow: providers.Provider[Any] = providers.Singleton(OptimisticUnitOfWork, store, announcer, clock, chance)

    # Who moves the money of each mode: the simulator in this process, or a remote acquirer.
    simulator: providers.Provider[Any] = providers.Singleton(simulator, settings, clock, book)
    acquirer: providers.Provider[Any] = providers.Singleton(acquirer_of, settings, Mode.TEST)
    live_acquirer: providers.Provider[Any] = providers.Singleton(acquirer_of, settings, Mode.LIVE)
    processor: providers.Provider[Any] = providers.Selector(
        _read_once(_s.processor), simulator=simulator, http=acquirer
    )
    live_processor: providers.Provider[Any] = providers.Selector(
        _read_once(_s.live_processor), none=providers.Object(None), http=live_acquirer
    )
    tokenizer: providers.Provider[Any] = providers.Selector(
        _s.processor, simulator=providers.Singleton(SimulatorTokenizer), http=acquirer
    )
    processor_for = providers.Factory(ProcessorFor, processor, live_processor)
    tokenizer_for = providers.Factory(tokenizers, settings, tokenizer, live_acquirer)
    book_for = providers.Factory(books, settings, book, acquirer, live_acquirer)
    callbacks = providers.Factory(callbacks, settings, clock)

    # Parts of blocks.
    audit = providers.Factory(Audit, chance)
    publish = providers.Factory(Publish, chance, _read_once(_s.retry_delays_s[0]))
    disable = providers.Factory(DisableEndpoint, publish, audit)
    settle = providers.Factory(SettleOperation, clock, chance, publish, audit, _s.hold_s)

    # What merchants and shoppers ask for.
    create_order = providers.Factory(CreateOrder, uow, clock, chance)
    create_payment = providers.Factory(CreatePayment, uow, clock, chance, publish, processor_for)
    request_operation = providers.Factory(RequestOperation, uow, clock, chance, publish, audit)
    resume_payment = providers.Factory(ResumePayment, uow, clock, chance)
    receive_callback = providers.Factory(ReceiveCallback, uow, callbacks)
    replay_delivery = providers.Factory(ReplayDelivery, uow, clock, audit)
    create_endpoint = providers.Factory(CreateEndpoint, uow, clock, chance, cipher, audit)
    update_endpoint = providers.Factory(UpdateEndpoint, uow, clock, cipher, audit)
    delete_endpoint = providers.Factory(DeleteEndpoint, uow, clock, audit)
    rotate_secret = providers.Factory(
        RotateSecret, uow, clock, chance, cipher, audit, _s.webhook_secret_overlap_s
    )
    send_test_event = providers.Factory(SendTestEvent, uow, clock, publish)
    start_replay = providers.Factory(StartReplay, uow, clock, chance, queries, audit)
    create_merchant = providers.Factory(CreateMerchant, uow, clock, chance, cipher, audit)
    update_merchant = providers.Factory(UpdateMerchant, uow, clock, audit)
    create_key = providers.Factory(CreateKey, uow, clock, chance, cipher, audit)
    roll_key = providers.Factory(RollKey, uow, clock, chance, cipher, audit, _s.api_key_overlap_s)
    revoke_key = providers.Factory(RevokeKey, uow, clock, audit)
    rotate_encryption = providers.Factory(RotateEncryption, sealed_rows, cipher)

    # What we owe ourselves.
    turnstile: providers.Provider[Any] = providers.Singleton(Turnstile, clock, chance, _s.first_retry_s)
    pulse = providers.Singleton(Pulse)
    handlers = providers.Dict({
        JobKind.PROCESS_OPERATION: providers.Factory(
            ProcessOperation, uow, clock, settle, processor_for, _s.processor_key_ttl_s
        ),
        JobKind.FIND_OPERATION: providers.Factory(HearOfOperation, uow, settle, processor_for),
        JobKind.DELIVER_EVENT: providers.Factory(
            DeliverEvent, uow, clock, chance, cipher, sender, turnstile, pulse, disable, _s.retry_delays_s
        ),
        JobKind.REPLAY_EVENTS: providers.Factory(ReplayEvents, uow, clock, chance, queries),
        JobKind.EXPIRE_ORDER: providers.Factory(ExpireOrder, uow, clock),
        JobKind.EXPIRE_HOLD: providers.Factory(ExpireHold, uow, clock, chance, audit),
        JobKind.EXPIRE_CHALLENGE: providers.Factory(ExpireChallenge, uow, clock, publish, settle, processor_for),
        JobKind.REVERSE_AGAIN: providers.Factory(ReverseAgain, uow, clock, settle, processor_for),
    })  # fmt: skip
    run_jobs = providers.Factory(RunJobs, uow, jobs, handlers)
    relay_jobs = providers.Factory(RelayJobs, jobs, job_queue)
    wake_scheduled = providers.Factory(WakeScheduled, job_queue)
    lane_broker = providers.Factory(LaneBroker, _s.redis_url)
    receive: providers.Provider[Any] = providers.Object(receive)

    purge = providers.Factory(Purge, retention, clock, _s.attempt_retention_days, _s.event_retention_days)

    # Whether all of it is as it must be.
    verify = providers.Factory(Verify, verification, book_for, book)
    seal_audit = providers.Factory(SealAudit, audit_chain)
    verify_audit = providers.Factory(VerifyAudit, audit_chain)

    # How processes begin and end.
    migrate = providers.Factory(partial, upgrade, _s.database_url)
    start_postgres = providers.Object(start_postgres)
    start_valkey = providers.Object(start_valkey)
    closers: providers.Provider[Any] = providers.List(
        sender.provided.aclose, acquirer.provided.aclose, live_acquirer.provided.aclose,
        redis.provided.aclose, book.provided.close, verification.provided.close, database.provided.close,
    )  # fmt: skip
