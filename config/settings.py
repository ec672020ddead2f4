"""All that may change from one installation to another, read once from the environment."""

from base64 import b64decode
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

KEY_BYTES = 32
MAX_OVERLAP_S = 7 * 24 * 3600


class Environment(StrEnum):
    """Development opens the test routes, the demo shop and webhooks to loopback. Never the default."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"


class Settings(BaseSettings):
    """Every field is the variable `GATEWAY_<FIELD>`; `.env.example` explains each."""

    model_config = SettingsConfigDict(
        env_prefix="GATEWAY_", extra="ignore", env_ignore_empty=True, frozen=True, populate_by_name=True
    )

    environment: Environment = Environment.PRODUCTION
    database_url: str = "postgresql+psycopg://postgres@127.0.0.1:5432/gateway"
    redis_url: str = "redis://127.0.0.1:6379/0"
    public_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    metrics_port: int | None = None
    metrics_host: str = "127.0.0.1"
    log_level: str = "INFO"

    pepper: SecretStr = SecretStr("")
    encryption_keys: SecretStr = SecretStr("")  # id:base64,id:base64 - the first one seals

    api_key_overlap_s: float = Field(24 * 3600, ge=0, le=MAX_OVERLAP_S)

    # Who moves the money of each mode; `http` is a remote acquirer, which has an address and a token.
    processor: Literal["simulator", "http"] = "simulator"
    processor_url: str = ""
    processor_token: SecretStr = SecretStr("")
    processor_callback_secret: SecretStr = SecretStr("")
    live_processor: Literal["none", "http"] = "none"
    live_processor_url: str = ""
    live_processor_token: SecretStr = SecretStr("")
    live_processor_callback_secret: SecretStr = SecretStr("")
    processor_timeout_s: float = Field(10, gt=0, le=12)  # two calls must fit into the time a job may take
    processor_connect_timeout_s: float = Field(3, gt=0)
    processor_max_connections: int = Field(64, ge=1)
    processor_callback_tolerance_s: float = Field(300, gt=0)
    processor_key_ttl_s: float = 23 * 3600
    simulator_book: bool = False
    simulator_delay_ms: int = 0
    hold_s: float = 7 * 24 * 3600

    webhook_retry_delays_s: Annotated[tuple[float, ...], NoDecode] = (0, 60, 300, 1_800, 7_200)
    webhook_timeout_s: float = 5.0
    webhook_allowed_ports: Annotated[frozenset[int], NoDecode] = frozenset({443, 8443})
    webhook_secret_overlap_s: float = Field(24 * 3600, ge=0, le=7 * 24 * 3600)

    api_seats: int = Field(64, ge=1)
    attempt_retention_days: float = Field(30, gt=0)
    event_retention_days: float = Field(90, gt=0)

    worker_grace_s: float = 20.0
    rate_limits: bool = True
    rate_limit_key_per_s: int = Field(1_000, ge=1)
    rate_limit_address_per_s: int = Field(20, ge=1)
    rate_limit_failures_per_min: int = Field(10, ge=1)
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    relay_interval_s: float = 1.0
    schedule_interval_s: float = 0.1
    audit_seal_interval_s: float = Field(1, gt=0)
    verify_interval_s: float = Field(300, ge=0)
    purge_interval_s: float = Field(600, gt=0)

    # The names that gateways of this family share.
    test_mode: bool = Field(False, validation_alias=AliasChoices("TEST_MODE", "test_mode"))
    test_payment_success: bool = Field(
        True, validation_alias=AliasChoices("TEST_PAYMENT_SUCCESS", "test_payment_success")
    )
    test_processing_delay_ms: int = Field(
        1000, validation_alias=AliasChoices("TEST_PROCESSING_DELAY", "test_processing_delay_ms")
    )
    webhook_retry_intervals_test: bool = Field(
        False, validation_alias=AliasChoices("WEBHOOK_RETRY_INTERVALS_TEST", "webhook_retry_intervals_test")
    )

    @field_validator("webhook_retry_delays_s", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(float(part) for part in value.split(",")) if isinstance(value, str) else value

    @field_validator("webhook_allowed_ports", mode="before")
    @classmethod
    def _split_ports(cls, value: object) -> object:
        return frozenset(value.replace(" ", "").split(",")) if isinstance(value, str) else value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split_networks(cls, value: object) -> object:
        return tuple(filter(None, value.replace(" ", "").split(","))) if isinstance(value, str) else value

    @field_validator("processor_url", "processor_token", "live_processor_url", "live_processor_token")
    @classmethod
    def _is_there(cls, value: str | SecretStr, info: ValidationInfo) -> str | SecretStr:
        """What a remote processor cannot do without is missed at the start, not at the first payment."""
        processor = str(info.field_name).rpartition("_")[0]
        given = value.get_secret_value() if isinstance(value, SecretStr) else value
        if info.data.get(processor) == "http" and not given:
            raise PydanticCustomError("missing", "missing, though the processor is http")
        return value

    @field_validator("processor_url", "live_processor_url")
    @classmethod
    def _is_url(cls, value: str, info: ValidationInfo) -> str:
        """Live money's token does not travel in the clear."""
        may_be_plain = (
            info.field_name == "processor_url" or info.data["environment"] is Environment.DEVELOPMENT
        )
        if value and not value.startswith(("https://", "http://") if may_be_plain else "https://"):
            raise PydanticCustomError("url", "it must begin with https://")
        return value

    @property
    def is_development(self) -> bool:
        return self.environment is Environment.DEVELOPMENT

    @property
    def retry_delays_s(self) -> tuple[float, ...]:
        return (0, 5, 10, 15, 20) if self.webhook_retry_intervals_test else self.webhook_retry_delays_s

    @property
    def first_retry_s(self) -> float:
        return self.retry_delays_s[1] if len(self.retry_delays_s) > 1 else 60.0

    def pepper_bytes(self) -> bytes:
        """Raises SettingsIncomplete."""
        pepper = self.pepper.get_secret_value().encode()
        if len(pepper) < KEY_BYTES:
            raise SettingsIncomplete("GATEWAY_PEPPER", "at least 32 random characters")
        return pepper

    def encryption_key_bytes(self) -> dict[str, bytes]:
        """By key id, the one that seals first. Raises SettingsIncomplete."""
        keys = {}
        for entry in filter(None, self.encryption_keys.get_secret_value().split(",")):
            id, _, key = entry.strip().partition(":")
            keys[id] = b64decode(key)
        if not keys or any(len(key) != KEY_BYTES or not id.isalnum() for id, key in keys.items()):
            raise SettingsIncomplete("GATEWAY_ENCRYPTION_KEYS", "id:key, the key 32 random bytes in base64")
        return keys


class SettingsIncomplete(Exception):
    """A setting without which the gateway must not run."""

    def __init__(self, variable: str, expected: str) -> None:
        super().__init__(
            f"{variable} is missing or malformed; expected {expected}.\n"
            "Run `gateway keys generate` for a fresh pair of secrets, and set them in the environment.\n"
            "For a command beside `gateway dev` take what that runs with: set -a; . .gateway/gateway.env; set +a"
        )
