"""The environment of a development gateway: its settings, secrets kept between runs, one owner at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from entrypoints.cli.console import out
from entrypoints.cli.keys import new_secrets
from entrypoints.cli.troubles import Exit, Trouble

SECRETS = "secrets.env"


def development(data_dir: Path, port: int) -> dict[str, str]:
    """What the processes run with. What the developer's own environment says goes first."""
    defaults = {
        "GATEWAY_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "GATEWAY_SIMULATOR_DELAY_MS": "800",
        **kept_secrets(data_dir / SECRETS),
    }
    fixed = {
        "GATEWAY_ENVIRONMENT": "development",
        "GATEWAY_SIMULATOR_BOOK": "true",
        "GATEWAY_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }
    colours = {"FORCE_COLOR": "1"} if out.is_terminal else {}
    return {**defaults, **os.environ, **fixed, **colours}


def kept_secrets(path: Path) -> dict[str, str]:
    """Those of the last run; made on the first. Only their owner may read them."""
    if not path.exists():
        lines = (f"{name}={value}\n" for name, value in new_secrets().items())
        half = path.with_suffix(".half")
        half.unlink(missing_ok=True)
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(["# Secrets of this data folder; without them its keys are lost.\n", *lines])
        half.rename(path)
    pairs = (line.partition("=") for line in path.read_text().splitlines() if not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs if value}


@contextmanager
def owned(data_dir: Path) -> Iterator[None]:
    """Raises Trouble when another `gateway dev` runs on this folder; one that was killed holds nothing."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(data_dir / "dev.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise Trouble(
            f"{data_dir} cannot be used: {error.strerror}.", "Choose another: --data-dir", Exit.TAKEN
        ) from None
    try:
        _lock(handle, data_dir)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, data_dir: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(handle, 20, 0).decode().strip()
        raise Trouble(
            f"A gateway already runs on {data_dir} (process {pid}).",
            "Stop it with Ctrl-C, or choose another folder and port: --data-dir, --port",
            Exit.TAKEN,
        ) from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
