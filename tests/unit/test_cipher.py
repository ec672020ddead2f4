"""What is sealed opens as it was or not at all."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from adapters.system.cipher import AesGcmCipher

SECRET = "whsec_ü"


@pytest.fixture
def cipher() -> AesGcmCipher:
    return AesGcmCipher({"a": b"a" * 32, "b": b"b" * 32}, b"p" * 32)


def test_a_sealed_secret_opens_and_shows_nothing(cipher: AesGcmCipher) -> None:
    first, second = cipher.seal(SECRET), cipher.seal(SECRET)
    assert first != second, "a nonce of its own each time"
    assert cipher.open(first) == cipher.open(second) == SECRET
    assert SECRET not in first


def test_a_text_altered_anywhere_does_not_open(cipher: AesGcmCipher) -> None:
    head, text = cipher.seal(SECRET).rsplit(".", 1)
    data = urlsafe_b64decode(text)
    for place in range(len(data)):
        altered = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises(LookupError):
            cipher.open(f"{head}.{urlsafe_b64encode(altered).decode()}")


def test_a_text_under_the_name_of_another_key_does_not_open(cipher: AesGcmCipher) -> None:
    with pytest.raises(LookupError):
        cipher.open(cipher.seal(SECRET).replace("v1.a.", "v1.b."))
    with pytest.raises(LookupError, match="GATEWAY_ENCRYPTION_KEYS"):
        cipher.open(cipher.seal(SECRET).replace("v1.a.", "v1.c."))
