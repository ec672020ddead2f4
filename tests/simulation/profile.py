"""How rough a history is: every seed has its own mixture, so that rare faults meet quiet surroundings too."""

from dataclasses import dataclass
from random import Random

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


@dataclass(frozen=True)
class Profile:
    """Rates are per call of a port unless they say otherwise; 0 switches a kind of fault off."""

    crash: float
    error: float
    late: float
    latency_s: float
    slow: float
    message_lost: float
    message_twice: float
    answer_lost: float
    conflict: float
    broken_connection: float
    skew_s: float
    weathers: int
    sessions: int
    workers: int
    key_ttl_s: float
    hold_s: float
    is_simulator: bool
    moody: float
    silent: float
    receivers_moody: float

    @classmethod
    def draw(cls, chance: Random) -> "Profile":
        rough = chance.choice((0.2, 1.0, 1.0, 2.0))

        def rate(*choices: float) -> float:
            return rough * chance.choice((0.0, *choices))

        return cls(
            crash=rate(0.001, 0.003, 0.006),
            error=rate(0.005, 0.02, 0.05),
            late=rate(0.01, 0.05),
            latency_s=chance.choice((0.0, 0.003, 0.02, 0.1)),
            slow=rate(0.002, 0.01),
            message_lost=rate(0.02, 0.2),
            message_twice=rate(0.05, 0.3),
            answer_lost=rate(0.01, 0.05),
            conflict=rate(0.01, 0.05),
            broken_connection=rate(0.02, 0.1),
            skew_s=chance.choice((0.0, 0.0, 2.0, 600.0)),
            weathers=chance.choice((0, 3, 8)),
            sessions=chance.randint(5, 10),
            workers=chance.choice((2, 3)),
            key_ttl_s=chance.choice((2 * HOUR, 23 * HOUR)),
            hold_s=chance.choice((10 * MINUTE, HOUR, 7 * DAY)),
            is_simulator=chance.random() < 0.2,
            moody=chance.choice((0.0, 0.5, 1.0, 2.0)),
            silent=chance.choice((0.0, 0.1, 0.3)),
            receivers_moody=chance.choice((0.0, 0.3, 0.7)),
        )  # fmt: skip


CALM = Profile(
    crash=0, error=0, late=0, latency_s=0, slow=0, message_lost=0, message_twice=0, answer_lost=0, conflict=0,
    broken_connection=0, skew_s=0, weathers=0, sessions=6, workers=2, key_ttl_s=23 * HOUR, hold_s=7 * DAY,
    is_simulator=False, moody=0, silent=0, receivers_moody=0,
)  # fmt: skip
