"""Embedded services of their own for every test that asks, in a folder that the service account can reach."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.config.services import places, supervisor
from marketplace.config.services.places import Desk


@pytest.fixture(autouse=True, scope="package")
def _not_durable() -> Iterator[None]:
    """These servers die by signals, never with the machine; waiting for the disk would be most of the tests' time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEDGERLINE_SERVICES_DURABLE", "no")
        yield


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A short path that everybody may pass through, unlike pytest's own temporary folders."""
    folder = Path(tempfile.mkdtemp(prefix="ll-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    _throw_away(Desk(folder / "var"))
    shutil.rmtree(folder)


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder that only this user may enter, as root's home is."""
    folder = Path(tempfile.mkdtemp(prefix="ll-", dir="/tmp"))
    yield folder
    _throw_away(Desk(folder / "var"))
    shutil.rmtree(folder)


@pytest.fixture
def desk(open_folder: Path) -> Desk:
    """A supervisor's desk that nobody has sat at yet."""
    return Desk(open_folder / "var")


@pytest.fixture(scope="session")
def _kept_var() -> Iterator[Path]:
    """The var/ of services that ran once and stopped: making a cluster is most of a first start."""
    folder = Path(tempfile.mkdtemp(prefix="ll-", dir="/tmp"))
    folder.chmod(0o755)
    with supervisor.session(Desk(folder / "var")):
        pass
    yield folder / "var"
    shutil.rmtree(folder)


@pytest.fixture
def used_desk(open_folder: Path, _kept_var: Path) -> Desk:
    """A desk whose services ran before, for tests that are not about the first start."""
    subprocess.run(["cp", "-a", str(_kept_var), str(open_folder / "var")], check=True)
    return Desk(open_folder / "var")


@pytest.fixture(scope="module")
def running_desk() -> Iterator[Desk]:
    """Services that run for all the tests of a module that only look at them."""
    folder = Path(tempfile.mkdtemp(prefix="ll-", dir="/tmp"))
    folder.chmod(0o755)
    desk = Desk(folder / "var")
    with supervisor.session(desk):
        yield desk
    _throw_away(desk)
    shutil.rmtree(folder)


@pytest.fixture
def only_root() -> None:
    """Skips what only root can set up."""
    if os.geteuid() != 0:
        pytest.skip("needs root: the services change their account only then")


def _throw_away(desk: Desk) -> None:
    if desk.folder.exists():
        supervisor.stop(desk, force=True)
    places.remove_outside(desk)
