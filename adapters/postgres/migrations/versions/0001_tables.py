"""The first tables."""

from alembic import op

revision = "0001"
down_revision = None

# One statement after the other, with an empty line between them.
STATEMENTS = """
CREATE TABLE merchants (
    id text COLLATE "C" NOT NULL, name text NOT NULL, email text NOT NULL,
    test_signing_secret text NOT NULL, live_signing_secret text NOT NULL, created_at timestamptz NOT NULL,
    checkout_origins jsonb NOT NULL, return_urls jsonb NOT NULL, theme jsonb NOT NULL, version bigint NOT NULL,
    CONSTRAINT pk_merchants PRIMARY KEY (id),
    CONSTRAINT uq_merchants_email UNIQUE (email)
)

CREATE TABLE api_keys (
    id text COLLATE "C" NOT NULL, merchant_id text COLLATE "C" NOT NULL, mode text NOT NULL,
    secret_hash text NOT NULL, created_at timestamptz NOT NULL, revoked_at timestamptz, version bigint NOT NULL,
    CONSTRAINT pk_api_keys PRIMARY KEY (id),
    CONSTRAINT ck_api_keys_mode CHECK (mode IN ('live', 'test'))
)

CREATE INDEX ix_api_keys_merchant_id ON api_keys (merchant_id)

CREATE TABLE endpoints (
    id text COLLATE "C" NOT NULL, merchant_id text COLLATE "C" NOT NULL, mode text NOT NULL,
    url text NOT NULL, events jsonb NOT NULL, description text, secret text NOT NULL,
    created_at timestamptz NOT NULL, enabled boolean NOT NULL,
    old_secret text, old_secret_until timestamptz, deleted_at timestamptz, version bigint NOT NULL,
    CONSTRAINT pk_endpoints PRIMARY KEY (id),
    CONSTRAINT ck_endpoints_mode CHECK (mode IN ('live', 'test'))
)

CREATE INDEX ix_endpoints_merchant_id_mode_id ON endpoints (merchant_id, mode, id)

CREATE TABLE orders (
    id text COLLATE "C" NOT NULL, merchant_id text COLLATE "C" NOT NULL, mode text NOT NULL,
    amount bigint NOT NULL, currency text NOT NULL, receipt text, notes jsonb NOT NULL, capture text NOT NULL,
    expires_at timestamptz, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
    status text NOT NULL, amount_paid bigint NOT NULL, attempts bigint NOT NULL, version bigint NOT NULL,
    CONSTRAINT pk_orders PRIMARY KEY (id),
    CONSTRAINT ck_orders_mode CHECK (mode IN ('live', 'test')),
    CONSTRAINT ck_orders_capture CHECK (capture IN ('automatic', 'manual')),
    CONSTRAINT ck_orders_status CHECK (status IN ('attempted', 'created', 'expired', 'paid')),
    CONSTRAINT ck_orders_amounts
        CHECK (0 <= amount_paid AND amount_paid <= amount AND amount BETWEEN 1 AND 99999999999),
    CONSTRAINT ck_orders_paid CHECK ((status = 'paid') = (amount_paid > 0)),
    CONSTRAINT ck_orders_attempts CHECK (attempts BETWEEN 0 AND 10)
) WITH (fillfactor = 80)

CREATE INDEX ix_orders_merchant_id_mode_id ON orders (merchant_id, mode, id)

CREATE TABLE payments (
    id text COLLATE "C" NOT NULL, order_id text COLLATE "C" NOT NULL,
    merchant_id text COLLATE "C" NOT NULL, mode text NOT NULL,
    amount bigint NOT NULL, currency text NOT NULL, capture text NOT NULL, method text NOT NULL,
    token text NOT NULL, vpa text, card_network text, card_last4 text,
    created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
    status text NOT NULL, pending_operation text,
    amount_captured bigint NOT NULL, amount_refunded bigint NOT NULL, refund_reserved bigint NOT NULL,
    reference text NOT NULL, error_code text, error_description text, decline_code text,
    next_action_url text, next_action_expires_at timestamptz, authorization_expires_at timestamptz,
    reversal text, sequence bigint NOT NULL, version bigint NOT NULL,
    CONSTRAINT pk_payments PRIMARY KEY (id),
    CONSTRAINT fk_payments_order_id FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT ck_payments_mode CHECK (mode IN ('live', 'test')),
    CONSTRAINT ck_payments_capture CHECK (capture IN ('automatic', 'manual')),
    CONSTRAINT ck_payments_method CHECK (method IN ('card', 'upi')),
    CONSTRAINT ck_payments_status CHECK (
        status IN ('authorized', 'failed', 'pending', 'requires_action', 'success', 'voided')),
    CONSTRAINT ck_payments_pending_operation CHECK (
        pending_operation IN ('authorize', 'capture', 'refund', 'resume', 'void')),
    CONSTRAINT ck_payments_reversal CHECK (reversal IN ('done', 'open')),
    CONSTRAINT ck_payments_amounts CHECK (
        0 <= amount_refunded AND 0 <= refund_reserved AND amount_refunded + refund_reserved <= amount_captured
        AND amount_captured <= amount AND amount BETWEEN 1 AND 99999999999),
    CONSTRAINT ck_payments_sequence CHECK (sequence >= 0)
) WITH (fillfactor = 80)

CREATE INDEX ix_payments_order_id ON payments (order_id)

CREATE INDEX ix_payments_merchant_id_mode_id ON payments (merchant_id, mode, id)

CREATE INDEX ix_payments_merchant_id_mode_status_id ON payments (merchant_id, mode, status, id)

CREATE INDEX ix_payments_merchant_id_mode_created_at ON payments (merchant_id, mode, created_at)

CREATE UNIQUE INDEX uq_payments_open ON payments (order_id)
    WHERE status IN ('authorized', 'pending', 'requires_action')

CREATE UNIQUE INDEX uq_payments_success ON payments (order_id) WHERE status = 'success'

CREATE TABLE operations (
    id text COLLATE "C" NOT NULL, payment_id text COLLATE "C" NOT NULL,
    merchant_id text COLLATE "C" NOT NULL, mode text NOT NULL,
    kind text NOT NULL, amount bigint NOT NULL, currency text NOT NULL, created_at timestamptz NOT NULL,
    cause text NOT NULL, reason text, status text NOT NULL, reference text NOT NULL,
    code text, description text, settled_at timestamptz, version bigint NOT NULL,
    CONSTRAINT pk_operations PRIMARY KEY (id),
    CONSTRAINT fk_operations_payment_id FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT ck_operations_mode CHECK (mode IN ('live', 'test')),
    CONSTRAINT ck_operations_kind CHECK (kind IN ('authorize', 'capture', 'refund', 'resume', 'void')),
    CONSTRAINT ck_operations_cause CHECK (cause IN ('expired', 'requested', 'reversal')),
    CONSTRAINT ck_operations_status CHECK (status IN ('action_required', 'approved', 'declined', 'open')),
    CONSTRAINT ck_operations_amount CHECK (amount BETWEEN 0 AND 99999999999)
) WITH (fillfactor = 80)

CREATE INDEX ix_operations_payment_id ON operations (payment_id)

CREATE INDEX ix_operations_settled_at ON operations USING brin (settled_at)

CREATE TABLE events (
    id text COLLATE "C" NOT NULL, merchant_id text COLLATE "C" NOT NULL, mode text NOT NULL,
    name text NOT NULL, payment_id text COLLATE "C", sequence bigint, body text NOT NULL,
    deliveries bigint NOT NULL, created_at timestamptz NOT NULL, version bigint NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT pk_events PRIMARY KEY (id),
    CONSTRAINT uq_events_payment_id_sequence UNIQUE (payment_id, sequence),
    CONSTRAINT ck_events_mode CHECK (mode IN ('live', 'test'))
)

CREATE INDEX ix_events_merchant_id_mode_xid_id ON events (merchant_id, mode, xid, id)

CREATE TABLE deliveries (
    id text COLLATE "C" NOT NULL, merchant_id text COLLATE "C" NOT NULL, mode text NOT NULL,
    event_id text COLLATE "C" NOT NULL, endpoint_id text COLLATE "C" NOT NULL, event text NOT NULL,
    created_at timestamptz NOT NULL, status text NOT NULL, attempts bigint NOT NULL, replayed boolean NOT NULL,
    last_attempt_at timestamptz, next_retry_at timestamptz, response_code bigint, version bigint NOT NULL,
    CONSTRAINT pk_deliveries PRIMARY KEY (id),
    CONSTRAINT fk_deliveries_event_id FOREIGN KEY (event_id) REFERENCES events (id),
    CONSTRAINT ck_deliveries_mode CHECK (mode IN ('live', 'test')),
    CONSTRAINT ck_deliveries_status CHECK (status IN ('failed', 'pending', 'success')),
    CONSTRAINT ck_deliveries_attempts CHECK (attempts >= 0)
) WITH (fillfactor = 80)

CREATE INDEX ix_deliveries_event_id ON deliveries (event_id)

CREATE UNIQUE INDEX uq_deliveries_owed ON deliveries (event_id, endpoint_id) WHERE NOT replayed

CREATE INDEX ix_deliveries_merchant_id_mode_created_at_id ON deliveries (merchant_id, mode, created_at, id)

CREATE INDEX ix_deliveries_last_attempt_at ON deliveries USING brin (last_attempt_at)

CREATE TABLE attempts (
    id text COLLATE "C" NOT NULL, delivery_id text COLLATE "C" NOT NULL, number bigint NOT NULL,
    created_at timestamptz NOT NULL, duration_ms bigint NOT NULL, response_code bigint,
    response_body text NOT NULL, error text, version bigint NOT NULL,
    CONSTRAINT pk_attempts PRIMARY KEY (id),
    CONSTRAINT fk_attempts_delivery_id FOREIGN KEY (delivery_id) REFERENCES deliveries (id)
)

CREATE INDEX ix_attempts_delivery_id ON attempts (delivery_id)

CREATE TABLE audit_entries (
    id text COLLATE "C" NOT NULL, merchant_id text COLLATE "C" NOT NULL, mode text NOT NULL,
    actor text NOT NULL, action text NOT NULL, target_id text COLLATE "C" NOT NULL,
    before jsonb NOT NULL, after jsonb NOT NULL, created_at timestamptz NOT NULL, version bigint NOT NULL,
    CONSTRAINT pk_audit_entries PRIMARY KEY (id),
    CONSTRAINT ck_audit_entries_mode CHECK (mode IN ('live', 'test'))
)

CREATE INDEX ix_audit_entries_target_id ON audit_entries (target_id)

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TABLE idempotency_keys (
    id text COLLATE "C" NOT NULL, scope text NOT NULL, fingerprint text NOT NULL, status bigint NOT NULL,
    body text NOT NULL, resource_id text COLLATE "C" NOT NULL, created_at timestamptz NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (id)
)

CREATE TABLE jobs (
    id text COLLATE "C" NOT NULL, kind text NOT NULL, lane text NOT NULL, target_id text COLLATE "C" NOT NULL,
    due_at timestamptz NOT NULL, lease bigint NOT NULL, leased_until timestamptz, claimed_at timestamptz,
    owed_again boolean NOT NULL,
    tries bigint NOT NULL, failures bigint NOT NULL, parked_at timestamptz, last_error text,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_jobs PRIMARY KEY (id),
    CONSTRAINT uq_jobs_kind_target_id UNIQUE (kind, target_id),
    CONSTRAINT ck_jobs_kind CHECK (kind IN ('deliver_event', 'expire_challenge', 'expire_hold',
        'expire_order', 'find_operation', 'process_operation', 'reverse_again')),
    CONSTRAINT ck_jobs_lane CHECK (lane IN ('deliveries', 'money'))
) WITH (fillfactor = 80)

CREATE INDEX ix_jobs_due ON jobs (due_at) WHERE parked_at IS NULL
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split("\n\n"):
        op.execute(statement)
