"""Scopes, expiry and last uses of API keys; the order of audit entries, and their seals."""

from alembic import op

revision = "0002"
down_revision = "0001"

# One statement after the other, with an empty line between them. The defaults of the columns are no expressions
# of the row, so that no table is written anew.
STATEMENTS = """
ALTER TABLE api_keys
    ADD COLUMN scope text NOT NULL DEFAULT 'full',
    ADD COLUMN description text,
    ADD COLUMN secret_prefix text,
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN replaced_by text,
    ADD CONSTRAINT ck_api_keys_scope CHECK (scope IN ('checkout', 'full', 'read_only'))

CREATE TABLE key_uses (
    id text COLLATE "C" NOT NULL, last_used_at timestamptz NOT NULL,
    CONSTRAINT pk_key_uses PRIMARY KEY (id)
) WITH (fillfactor = 80)

ALTER TABLE audit_entries ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()

CREATE INDEX ix_audit_entries_xid_id ON audit_entries (xid, id)

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()

CREATE TABLE audit_seals (
    number bigint NOT NULL, entry_id text COLLATE "C" NOT NULL, hash text NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_audit_seals PRIMARY KEY (number),
    CONSTRAINT uq_audit_seals_entry_id UNIQUE (entry_id),
    CONSTRAINT fk_audit_seals_entry_id FOREIGN KEY (entry_id) REFERENCES audit_entries (id)
)

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_seals
    FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON audit_seals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split("\n\n"):
        op.execute(statement)
