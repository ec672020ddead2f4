"""What every process of a site finds around it: a folder, and its environment."""

import os
import secrets
import shutil
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.servers import Machine

PROCESSOR_TIMEOUT_S = 2.0


@contextmanager
def a_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="gateway-faults-"))
    folder.chmod(0o755)  # started by root, the servers are another user
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment(postgres: Machine, valkey: Machine, processor: int, lease_s: float) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    return ours | {
        "GATEWAY_DATABASE_URL": postgres.url,
        "GATEWAY_REDIS_URL": valkey.url,
        "GATEWAY_PEPPER": secrets.token_hex(32),
        "GATEWAY_ENCRYPTION_KEYS": f"faults:{b64encode(secrets.token_bytes(32)).decode()}",
        "GATEWAY_ENVIRONMENT": "development",  # receivers on loopback
        "GATEWAY_RATE_LIMITS": "false",
        "GATEWAY_PROCESSOR": "http",
        "GATEWAY_PROCESSOR_URL": f"http://127.0.0.1:{processor}",
        "GATEWAY_PROCESSOR_TOKEN": secrets.token_hex(16),
        "GATEWAY_PROCESSOR_CALLBACK_SECRET": secrets.token_hex(16),
        "GATEWAY_PROCESSOR_TIMEOUT_S": str(PROCESSOR_TIMEOUT_S),
        "GATEWAY_WEBHOOK_RETRY_DELAYS_S": "0,1,2,4,8",
        "GATEWAY_WEBHOOK_TIMEOUT_S": "2",
        "FAULTS_LEASE_S": str(lease_s),
    }
