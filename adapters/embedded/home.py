"""The folder that a server owns, with the account it runs under."""

import os
import pwd
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from adapters.embedded.process import CannotStart


@dataclass(frozen=True)
class Home:
    """The folder a server owns. As root the server runs as the folder's owner, never as root."""

    path: Path
    uid: int | None = None  # None: the account we have already
    gid: int | None = None

    def can_enter(self, folder: Path) -> bool:
        """Whether the server's account may enter this folder, and each one above it."""
        if self.uid is None:
            return os.access(folder, os.X_OK)
        return all(self._may_pass(step) for step in (folder, *folder.parents))

    def _may_pass(self, folder: Path) -> bool:
        about = folder.stat()
        if about.st_uid == self.uid:
            return bool(about.st_mode & stat.S_IXUSR)
        return bool(about.st_mode & (stat.S_IXGRP if about.st_gid == self.gid else stat.S_IXOTH))

    def launch(
        self, command: list[str], log: int, *, stdin: int = subprocess.DEVNULL, detached: bool = True
    ) -> subprocess.Popen[bytes]:
        """Start a program here; detached, the terminal's Ctrl-C reaches us but not the program."""
        # The PG… variables of a developer's shell (PGPORT, PGDATA, …) are meant for other servers.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        try:
            return subprocess.Popen(  # noqa: S603 - only programs found inside our own wheels
                command,
                stdin=stdin,
                stdout=log,
                stderr=log,
                cwd=self.path,
                env=environment,
                start_new_session=detached,
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
            )
        except OSError as error:
            raise CannotStart(f"{command[0]} cannot be run: {error}.") from error


def home_of(data_dir: Path, name: str) -> Home:
    """The server's home below the data dir; made on first use."""
    place = data_dir / name
    if place.is_symlink() and not place.exists():
        place.unlink()  # it led to a temp folder that the system has cleaned away since
    if os.geteuid() != 0:
        place.mkdir(mode=0o700, exist_ok=True)
        if place.stat().st_uid != os.geteuid():
            raise CannotStart(
                f"{place} belongs to another user."
                " Start as that user (or as root), or choose another data dir."
            )
        return Home(place.resolve())
    return _home_for_root(data_dir, place)


def _home_for_root(data_dir: Path, place: Path) -> Home:
    if not place.exists():
        _make_for_nobody(data_dir, place)
    if place.stat().st_uid == 0:
        os.chown(place, *_nobody())
    about = place.stat()
    home = Home(place.resolve(), about.st_uid, about.st_gid)
    if not home.can_enter(home.path):
        raise CannotStart(
            f"The owner of {home.path} cannot reach it: a folder above is closed to others."
            " Open it, start as the owner, or choose another data dir."
        )
    return home


def _make_for_nobody(data_dir: Path, place: Path) -> None:
    """Where `nobody` cannot reach the data dir (below the home of root, say), a link there leads to a temp folder.

    Opening the parents instead would show the rest of a private folder to everyone.
    """
    # /var/tmp first: unlike /tmp, it is kept over a reboot.
    temp = [Path("/var/tmp"), Path(tempfile.gettempdir())]  # noqa: S108 - mkdtemp makes a name nobody can guess
    nobody = Home(place, *_nobody())
    if nobody.can_enter(data_dir.resolve()):
        place.mkdir(mode=0o700)
        return
    for folder in temp:
        if folder.is_dir() and nobody.can_enter(folder.resolve()):
            place.symlink_to(tempfile.mkdtemp(prefix=f"gateway-{place.name}-", dir=folder))
            return
    raise CannotStart(
        f"As root the server runs as `nobody`, who can reach neither {data_dir} nor {temp[0]} nor {temp[1]}."
        " Start as an ordinary user, or choose a data dir that others may enter."
    )


def _nobody() -> tuple[int, int]:
    try:
        account = pwd.getpwnam("nobody")
    except KeyError:
        raise CannotStart(
            "As root the server runs as `nobody`, and this system has no such user."
            " Start as an ordinary user."
        ) from None
    return account.pw_uid, account.pw_gid
