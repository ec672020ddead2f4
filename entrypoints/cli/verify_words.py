"""What each broken rule means to an operator, and what to do about it."""

from ports.verification import Rule

_CORRECT = "Read the payment's timeline, find out who changed the row, and correct it by hand."
_OWED = "Nothing will happen by itself. Report it as a bug, and put the job into the table by hand."
_TELL = "Merchants who count on webhooks have missed something. Read the timeline, and tell them."
_LOST = "Rows are lost, or were deleted by hand. Report it as a bug if they were not."
_REFUND = "Look the payment up at the processor. Give back there what was taken too much."

# What it means, and what to do.
WORDS: dict[Rule, tuple[str, str]] = {
    Rule.ONE_OPEN: ("An order has several payments under way and may be paid twice.", _CORRECT),
    Rule.ONE_SUCCESS: ("An order was paid more than once.", "Refund all of the payments but one."),
    Rule.ORDER_STATUS: ("An order's status is not what its payments say.", _CORRECT),
    Rule.ORDER_PAID: ("An order's amount_paid is not what its payment captured.", _CORRECT),
    Rule.ORDER_ATTEMPTS: ("An order counts other attempts than it has payments.", _CORRECT),
    Rule.ORDER_EXPIRY: ("An order should expire, and no job will do it.", _OWED),
    Rule.PAYMENT_ORDER: ("A payment is of another amount, currency or owner than its order.", _CORRECT),
    Rule.AMOUNTS: ("A payment's amounts contradict each other.", _CORRECT),
    Rule.CAPTURED: ("A payment's amount_captured is not what its operations took.", _CORRECT),
    Rule.REFUNDED: ("A payment's refunds do not add up to what its row says.", _CORRECT),
    Rule.STATUS: ("A payment's status is not where its operations have led.", _CORRECT),
    Rule.PENDING_OPERATION: ("A payment waits for an operation that is not open, or the reverse.", _CORRECT),
    Rule.REVERSAL: ("Money was taken for a payment that has ended, and it is not being given back.", _REFUND),
    Rule.EVENTS_NUMBERED: ("A payment's events have a gap or a repeat in their numbers.", _TELL),
    Rule.EVENTS_NAMED: ("A payment's events are not those of what happened to it.", _TELL),
    Rule.DELIVERIES: ("An event is owed to more or fewer endpoints than listened.", _TELL),
    Rule.DELIVERY_EVENT: ("A delivery is of an event that is not there.", _LOST),
    Rule.ATTEMPT_DELIVERY: ("An attempt is logged for a delivery that is not there.", _LOST),
    Rule.OUT_OF_PLACE: (
        "The partition of these days is missing. Nothing is lost, but what is old cannot be dropped as a whole.",
        "Is a scheduler running? It makes partitions ahead, every GATEWAY_PURGE_INTERVAL_S; see its log.",
    ),
    Rule.DELIVERY_JOB: (
        "A delivery is pending, and no job will do it.",
        "Set it going: POST /api/v1/webhooks/ID/retry. Report it as a bug.",
    ),
    Rule.OPERATION_JOB: ("An operation is open, and no job will ask the processor.", _OWED),
    Rule.HOLD_JOB: ("Money is held, and no job will let it go at its expiry.", _OWED),
    Rule.CHALLENGE_JOB: ("A challenge is unanswered, and no job will end it.", _OWED),
    Rule.REVERSAL_JOB: ("A charge must be given back, and no job will do it.", _OWED),
    Rule.LATE_REFUND: (
        "A refund thought declined was made after all, and more is given back than was captured.",
        "Settle it with the merchant; the processor has given the money back.",
    ),
    Rule.JOB_TARGET: (
        "A job is owed about something that is not there or has been done.",
        "It will be parked by itself; then remove it. Report it as a bug.",
    ),
    Rule.JOB_OVERDUE: (
        "A job should have been done minutes ago.",
        "Are workers and a scheduler running, and is Redis there? See GET /health and gateway jobs.",
    ),
    Rule.JOB_PARKED: (
        "A job has failed ten times and was given up.",
        "Read its error, mend the cause, then: gateway jobs replay ID",
    ),
    Rule.OPERATION_SILENT: (
        "The processor has said nothing about an operation for more than a day.",
        "Ask the processor; the gateway goes on asking by itself.",
    ),
    Rule.REVERSAL_STUCK: (
        "The processor has refused for more than a day to take a charge back.",
        "Ask the processor to give it back; the gateway tries again every day.",
    ),
    Rule.KEY_RESOURCE: (
        "An idempotency key was answered with something that does not exist.",
        "Rows are lost. Restore them before merchants repeat their requests.",
    ),
    Rule.BOOK_LINE: (
        "The processor has moved money of which we know nothing.",
        "Look the key up at the processor: rows are lost here, or it is not ours.",
    ),
    Rule.BOOK_NET: ("The processor's money for a payment is not what we say.", _REFUND),
    Rule.BOOK_CHARGES: ("A payment was charged more than once.", _REFUND),
}
assert {*WORDS} == {*Rule}, "every rule has its words"
