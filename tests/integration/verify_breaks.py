"""For every rule a change by hand that breaks it and no other, and returns the id of what is wrong then."""

from ports.verification import Rule

# What the database enforces itself can be broken only without it.
UNBIND = """
DO $$ DECLARE bond record; BEGIN
    FOR bond IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
            WHERE contype IN ('c', 'f') AND coninhcount = 0
                AND connamespace IN ('public'::regnamespace, 'simulator'::regnamespace) LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', bond.place, bond.conname);
    END LOOP;
END $$;
DROP INDEX uq_payments_open, uq_payments_success, simulator.lines_one_charge;
-- Long enough ago for lines to be in the book, and for news of them to have arrived.
UPDATE operations SET settled_at = settled_at - interval '1 hour';
UPDATE simulator.lines SET at = at - interval '1 hour';
"""
SALE = "(SELECT min(id) FROM payments WHERE status = 'success' AND capture = 'automatic' AND amount_refunded = 0)"
HOLD = "(SELECT min(id) FROM payments WHERE status = 'authorized' AND pending_operation IS NULL)"
REFUND = (
    "(SELECT min(id) FROM operations WHERE kind = 'refund' AND cause = 'requested' AND status = 'approved')"
)
UNREFUNDED = (
    "(SELECT min(id) FROM operations WHERE kind = 'refund' AND cause = 'requested' AND status = 'declined')"
)
ASKING = "(SELECT max(id) FROM operations WHERE kind = 'authorize' AND status = 'open')"
STUCK = "(SELECT id FROM payments WHERE reversal = 'open')"
CHALLENGE = (
    "(SELECT operation.id FROM operations operation JOIN payments p ON p.id = payment_id"
    " WHERE kind = 'authorize' AND operation.status = 'action_required' AND p.status = 'success')"
)


def _moved(payment: str) -> str:
    """Another payment of the same kind is moved to its order, as if it had been made there."""
    return f"""
        WITH one AS (SELECT * FROM payments WHERE id = {payment}), other AS (
            SELECT p.* FROM payments p, one WHERE p.id > one.id AND (p.status, p.capture, p.amount, p.amount_captured)
                = (one.status, one.capture, one.amount, one.amount_captured) ORDER BY p.id LIMIT 1
        ), moving AS (UPDATE payments SET order_id = one.order_id FROM one, other WHERE payments.id = other.id
        ), leaving AS (UPDATE orders SET status = 'created', attempts = 0, amount_paid = 0 FROM other
            WHERE orders.id = other.order_id)
        UPDATE orders SET attempts = attempts + 1, amount_paid = amount_paid + one.amount_captured FROM one
        WHERE orders.id = one.order_id RETURNING orders.id
    """


def _job(kind: str, target: str) -> str:
    return f"DELETE FROM jobs WHERE kind = '{kind}' AND target_id = {target} RETURNING target_id"


BREAKS: dict[Rule, str] = {
    Rule.ONE_OPEN: _moved(HOLD),
    Rule.ONE_SUCCESS: _moved(SALE),
    Rule.ORDER_STATUS: f"UPDATE orders SET status = 'expired' FROM payments p WHERE p.id = {SALE}"
        " AND orders.id = p.order_id RETURNING orders.id",
    Rule.ORDER_PAID: f"UPDATE orders SET amount_paid = amount_paid + 1 FROM payments p WHERE p.id = {SALE}"
        " AND orders.id = p.order_id RETURNING orders.id",
    Rule.ORDER_ATTEMPTS: f"UPDATE orders SET attempts = attempts + 1 FROM payments p WHERE p.id = {SALE}"
        " AND orders.id = p.order_id RETURNING orders.id",
    Rule.ORDER_EXPIRY: "DELETE FROM jobs WHERE kind = 'expire_order' RETURNING target_id",
    Rule.PAYMENT_ORDER: f"UPDATE payments SET currency = 'USD' WHERE id = {SALE} RETURNING id",
    Rule.AMOUNTS: f"WITH less AS (UPDATE orders SET amount = 1 FROM payments p WHERE p.id = {SALE}"
        f" AND orders.id = p.order_id) UPDATE payments SET amount = 1 WHERE id = {SALE} RETURNING id",
    Rule.CAPTURED: f"WITH less AS (UPDATE orders SET amount_paid = 1 FROM payments p WHERE p.id = {SALE}"
        f" AND orders.id = p.order_id) UPDATE payments SET amount_captured = 1 WHERE id = {SALE} RETURNING id",
    Rule.REFUNDED: f"UPDATE payments SET amount_refunded = 1 WHERE id = {SALE} RETURNING id",
    Rule.STATUS: f"UPDATE operations SET status = 'declined' WHERE payment_id = {SALE} RETURNING payment_id",
    Rule.PENDING_OPERATION: f"UPDATE payments SET pending_operation = 'capture' WHERE id = {HOLD} RETURNING id",
    Rule.REVERSAL: f"""
        INSERT INTO operations SELECT 'op_' || repeat('z', 16), payment_id, merchant_id, mode, 'void', amount, currency,
            created_at, 'reversal', reason, 'declined', reference, code, description, settled_at, version
        FROM operations WHERE payment_id = {SALE} RETURNING payment_id
    """,
    Rule.EVENTS_NUMBERED: f"UPDATE events SET sequence = 99 WHERE payment_id = {SALE} AND sequence = 2"
        " RETURNING payment_id",
    Rule.EVENTS_NAMED: f"UPDATE events SET name = 'payment.voided' WHERE payment_id = {SALE}"
        " AND name = 'payment.success' RETURNING payment_id",
    Rule.DELIVERIES: f"UPDATE events SET deliveries = 3 WHERE payment_id = {SALE} AND sequence = 1 RETURNING id",
    Rule.DELIVERY_EVENT: "INSERT INTO deliveries SELECT (jsonb_populate_record(d, jsonb_build_object('replayed', true,"
        " 'event_id', 'evt_' || repeat('z', 16), 'id', left(id, 24) || 'ffffffffffff'))).* FROM deliveries d"
        " WHERE status = 'success' LIMIT 1 RETURNING id",
    Rule.ATTEMPT_DELIVERY: "INSERT INTO attempts SELECT (jsonb_populate_record(a, jsonb_build_object('delivery_id',"
        " repeat('f', 36), 'id', left(id, 10) || repeat('z', 10)))).* FROM attempts a LIMIT 1 RETURNING id",
    Rule.OUT_OF_PLACE: "INSERT INTO events (id, merchant_id, mode, name, body, deliveries, created_at, version)"
        " SELECT 'evt_' || repeat('z', 16), merchant_id, mode, 'webhook.test', '{}', 0, now(), 1 FROM events LIMIT 1"
        " RETURNING id",
    Rule.DELIVERY_JOB: _job("deliver_event", "(SELECT min(id) FROM deliveries WHERE status = 'pending')"),
    Rule.OPERATION_JOB: _job("process_operation", ASKING),
    Rule.HOLD_JOB: _job("expire_hold", HOLD),
    Rule.CHALLENGE_JOB: _job("expire_challenge", "(SELECT min(id) FROM payments WHERE status = 'requires_action')"),
    Rule.REVERSAL_JOB: _job("reverse_again", STUCK),
    Rule.LATE_REFUND: f"UPDATE operations SET code = 'late_success_exceeds_captured' WHERE id = {UNREFUNDED}"
        " RETURNING id",
    Rule.JOB_TARGET: "UPDATE jobs SET target_id = 'pay_' || repeat('z', 16) WHERE id = (SELECT min(j.id) FROM jobs j"
        " JOIN payments p ON p.id = j.target_id WHERE kind = 'expire_hold' AND status = 'voided') RETURNING id",
    Rule.JOB_OVERDUE: f"UPDATE jobs SET due_at = now() - interval '6 minutes' WHERE target_id = {ASKING} RETURNING id",
    Rule.JOB_PARKED: f"UPDATE jobs SET parked_at = now() WHERE target_id = {ASKING} RETURNING id",
    Rule.OPERATION_SILENT: "UPDATE operations SET created_at = created_at - interval '2 days'"
        f" WHERE id = {ASKING} RETURNING id",
    Rule.REVERSAL_STUCK: "UPDATE operations SET created_at = created_at - interval '2 days'"
        f" WHERE payment_id = {STUCK} AND kind = 'void' AND cause = 'reversal' RETURNING payment_id",
    Rule.KEY_RESOURCE: "UPDATE idempotency_keys SET resource_id = 'order_' || repeat('z', 16)"
        " WHERE id LIKE '%key-1' RETURNING id",
    Rule.BOOK_LINE: "INSERT INTO simulator.lines SELECT 'op_' || repeat('z', 16), 'other', kind, amount, currency,"
        " takes, outcome, at FROM simulator.lines LIMIT 1 RETURNING key",
    Rule.BOOK_NET: f"WITH lost AS (DELETE FROM simulator.lines WHERE key = {REFUND})"
        f" SELECT payment_id FROM operations WHERE id = {REFUND}",
    # Charged for the AUTHORIZE as well as for the RESUME.
    Rule.BOOK_CHARGES: f"""
        WITH charged AS (UPDATE simulator.lines SET outcome = '{{"answer": "approved", "reference": ""}}'
            WHERE key = {CHALLENGE})
        SELECT payment_id FROM operations WHERE id = {CHALLENGE}
    """,
}  # fmt: skip
# A second charge is a difference of money too.
ALSO = {Rule.BOOK_CHARGES: {Rule.BOOK_NET}}

assert {*BREAKS} == {*Rule}, "every rule is broken once"
