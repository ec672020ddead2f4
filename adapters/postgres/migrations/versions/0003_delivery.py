"""Endpoints with headers of their own, health and replays; attempts with headers and timings; a lane of repeats."""

from alembic import op

revision = "0003"
down_revision = "0002"

# One statement after the other, with an empty line between them.
STATEMENTS = """
ALTER TABLE endpoints
    ADD COLUMN header_names jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN sealed_headers text,
    ADD COLUMN disabled_reason text,
    ADD COLUMN disabled_at timestamptz,
    ADD CONSTRAINT ck_endpoints_disabled_reason CHECK (disabled_reason IN ('failing', 'gone', 'merchant'))

ALTER TABLE endpoints ALTER COLUMN header_names DROP DEFAULT

UPDATE endpoints SET disabled_reason = 'merchant', disabled_at = now() WHERE NOT enabled

CREATE TABLE endpoint_health (
    id text COLLATE "C" NOT NULL, succeeded_at timestamptz, failing_since timestamptz, version bigint NOT NULL,
    CONSTRAINT pk_endpoint_health PRIMARY KEY (id)
) WITH (fillfactor = 80)

INSERT INTO endpoint_health (id, version) SELECT id, 1 FROM endpoints

CREATE TABLE replays (
    id text COLLATE "C" NOT NULL, merchant_id text COLLATE "C" NOT NULL, mode text NOT NULL,
    endpoint_id text COLLATE "C" NOT NULL, scope text NOT NULL,
    since timestamptz NOT NULL, until timestamptz NOT NULL, per_second bigint NOT NULL,
    created_at timestamptz NOT NULL, cursor text NOT NULL, replayed bigint NOT NULL, finished_at timestamptz,
    version bigint NOT NULL,
    CONSTRAINT pk_replays PRIMARY KEY (id),
    CONSTRAINT ck_replays_mode CHECK (mode IN ('live', 'test')),
    CONSTRAINT ck_replays_scope CHECK (scope IN ('all', 'failed', 'undelivered')),
    CONSTRAINT ck_replays_per_second CHECK (per_second BETWEEN 1 AND 1000)
)

CREATE INDEX ix_replays_endpoint_id ON replays (endpoint_id)

ALTER TABLE attempts
    ADD COLUMN request_headers jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN response_headers jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN timings jsonb NOT NULL DEFAULT '{}'

ALTER TABLE attempts
    ALTER COLUMN request_headers DROP DEFAULT,
    ALTER COLUMN response_headers DROP DEFAULT,
    ALTER COLUMN timings DROP DEFAULT

CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys USING brin (created_at)

ALTER TABLE jobs
    DROP CONSTRAINT ck_jobs_kind,
    DROP CONSTRAINT ck_jobs_lane,
    ADD CONSTRAINT ck_jobs_kind CHECK (kind IN ('deliver_event', 'expire_challenge', 'expire_hold',
        'expire_order', 'find_operation', 'process_operation', 'replay_events', 'reverse_again')),
    ADD CONSTRAINT ck_jobs_lane CHECK (lane IN ('deliveries', 'money', 'retries'))

UPDATE jobs SET lane = 'retries' WHERE kind = 'deliver_event' AND tries > 0
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split("\n\n"):
        op.execute(statement)
