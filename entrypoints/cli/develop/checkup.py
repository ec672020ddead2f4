"""What is right and what is wrong with a webhook receiver."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

from config.receivers import Handshake, Receivers
from core.domain.signing import new_webhook_secret
from entrypoints.cli.develop.findings import Finding, Mark, accepts, refuses, repeats
from entrypoints.cli.develop.probes import SECRET_BYTES, Probes

GOOD, WRONG, NOTE = Mark.GOOD, Mark.WRONG, Mark.NOTE
RENEW_WITHIN = timedelta(days=14)
SLOW = 0.5  # of the time that an answer may take

FORGED = "Anybody can send it events: verify the signature before anything else."
UNSIGNED = "It takes events without any signature: refuse what has none."
OLD = (
    "Who has recorded an event can send it again: verify webhook-signature, which covers webhook-timestamp,"
    " and refuse what is older than five minutes."
)


@dataclass
class Checkup:
    """Findings in the order of what happens to a webhook; no more of them where it goes no further.

    Without the receiver's secret only what it refuses can be seen.
    """

    receivers: Receivers
    url: str
    secret: str = field(default="", repr=False)

    async def __call__(self) -> AsyncIterator[Finding]:
        inspection = self.receivers.inspection
        if objection := inspection.objection(self.url):
            yield Finding(WRONG, "URL", f"{objection}.")
            return
        addresses = await inspection.addresses(self.url)
        place = self._place(addresses)
        yield place
        if place.mark is WRONG:
            return
        secret = self.secret or new_webhook_secret(self.receivers.chance.bytes(SECRET_BYTES))
        probes = Probes(self.receivers, self.url, secret)
        handshake = await inspection.connect(self.url)
        if handshake is None:
            why = (await probes.genuine()).error
            yield Finding(WRONG, "Connection", f"{why or 'It could be made at the second try only'}.")
            return
        yield self._connection(handshake)
        if handshake.certificate_ends_at is not None:
            yield self._certificate(handshake)
        async for finding in self._answers(probes):
            yield finding

    async def _answers(self, probes: Probes) -> AsyncIterator[Finding]:
        proves = True
        if self.secret:
            first = await probes.genuine()
            accepted = accepts("Genuine event", first)
            yield accepted
            if first.status is None:
                return  # every other probe would wait as long
            proves = accepted.mark is GOOD
            if proves:
                yield repeats("Same event again", first, await probes.repeat())
        else:
            yield Finding(NOTE, "Genuine event", "Not sent: give the endpoint's secret with --secret.")
        yield refuses("Forged signature", await probes.forged(), FORGED, proves=proves)
        if probes.responses[-1].status is None:
            return
        yield refuses("No signature", await probes.unsigned(), UNSIGNED, proves=proves)
        if self.secret:
            yield refuses("Ten minutes old", await probes.old(), OLD, proves=proves)
        yield self._time(probes)
        yield self._length(probes)

    def _place(self, addresses: list[str]) -> Finding:
        inspection, named = self.receivers.inspection, ", ".join(addresses)
        if not addresses:
            return Finding(WRONG, "Address", "The host name could not be resolved.")
        if refused := inspection.refused(addresses):
            says = f"{', '.join(refused)} is not on the public internet; nothing is delivered there."
            return Finding(WRONG, "Address", says)
        if inspection.local(addresses):
            says = f"{named} is this machine: only a gateway in development delivers there."
            return Finding(NOTE, "Address", says)
        return Finding(GOOD, "Address", f"{named}, on the public internet.")

    def _connection(self, handshake: Handshake) -> Finding:
        says = f"Made in {handshake.duration_ms} ms, {handshake.protocol or 'without TLS'}."
        is_slow = handshake.duration_ms > SLOW * 1000 * self.receivers.timeout_s
        return Finding(NOTE if is_slow else GOOD, "Connection", says)

    def _certificate(self, handshake: Handshake) -> Finding:
        assert handshake.certificate_ends_at is not None
        left = handshake.certificate_ends_at - self.receivers.clock()
        says = f"Valid for {left.days} more days, until {handshake.certificate_ends_at:%Y-%m-%d}."
        return Finding(NOTE if left < RENEW_WITHIN else GOOD, "Certificate", says)

    def _time(self, probes: Probes) -> Finding:
        slowest_ms = max(response.duration_ms for response in probes.responses)
        limit_s = self.receivers.timeout_s
        says = f"The slowest answer took {slowest_ms} ms; the limit is {limit_s:g} s."
        if slowest_ms <= SLOW * 1000 * limit_s:
            return Finding(GOOD, "Time", says)
        return Finding(NOTE, "Time", f"{says} Answer first, and work afterwards.")

    def _length(self, probes: Probes) -> Finding:
        read = self.receivers.inspection.answer_bytes
        if all(len(response.body.encode()) < read for response in probes.responses):
            return Finding(GOOD, "Length", f"Every answer is shorter than the {read} bytes that are read.")
        says = f"An answer has {read} bytes or more, of which no more are read. The status says it all."
        return Finding(NOTE, "Length", says)
