"""AES-GCM for what we must read back, HMAC for what we need only recognise."""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = "v1"
_NONCE_BYTES = 12


class AesGcmCipher:
    """See `ports.cipher.Cipher`. Sealed texts name their key (`v1.<key id>.<base64>`), so keys can be rotated:
    the first key seals, all of them open."""

    def __init__(self, keys: Mapping[str, bytes], pepper: bytes) -> None:
        assert keys and pepper
        self._keys = {id: AESGCM(key) for id, key in keys.items()}
        self._current = next(iter(keys))
        # Begun once: copying what has taken the key in is quicker than taking it in again.
        self._begun = hmac.new(pepper, digestmod="sha256")

    def seal(self, secret: str) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._keys[self._current].encrypt(nonce, secret.encode(), self._current.encode())
        return f"{_VERSION}.{self._current}.{urlsafe_b64encode(nonce + sealed).decode()}"

    def key_ids(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def key_of(self, sealed: str) -> str:
        version, _, rest = sealed.partition(".")
        key_id, dot, _ = rest.partition(".")
        if version != _VERSION or not dot:
            raise LookupError("This was never sealed.")
        return key_id

    def open(self, sealed: str) -> str:
        key_id, text = self.key_of(sealed), sealed.rpartition(".")[2]
        if key_id not in self._keys:
            raise LookupError(f"No encryption key {key_id!r} in GATEWAY_ENCRYPTION_KEYS; add it back.")
        data = urlsafe_b64decode(text)
        try:
            plain = self._keys[key_id].decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], key_id.encode())
        except InvalidTag:
            raise LookupError(f"The encryption key {key_id!r} is not the one that sealed this.") from None
        return plain.decode()

    def digest(self, text: str) -> str:
        keyed = self._begun.copy()
        keyed.update(text.encode())
        return keyed.hexdigest()
