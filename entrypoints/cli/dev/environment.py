"""The environment of a development gateway: its settings, secrets kept between runs, one owner at a time."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

from entrypoints.cli.console import out
from entrypoints.cli.keys import new_secrets
from entrypoints.cli.troubles import Exit, Trouble

SECRETS, WHOLE = "secrets.env", "gateway.env"


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
        _write(path, ["# Secrets of this data folder; without them its keys are lost.\n", *lines])
    pairs = (line.partition("=") for line in path.read_text().splitlines() if not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs if value}


def tell_environment(data_dir: Path) -> None:
    """Write down what this gateway runs with, for commands beside it."""
    ours = sorted(name for name in os.environ if name.startswith("GATEWAY_"))
    lines = (f"{name}={quote(os.environ[name])}\n" for name in ours)
    _write(
        data_dir / WHOLE, ["# For commands beside this gateway: set -a; . ./gateway.env; set +a\n", *lines]
    )


def _write(path: Path, lines: Iterable[str]) -> None:
    """Whole or not at all, and only for its owner."""
    half = path.with_suffix(".half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(lines)
    half.rename(path)


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
