"""The four sets of Boulanger-Lewandowski, Bengio and Vincent (ICML 2012), with their splits, as frames of 88 keys.

The files are those of the TCN repository (Bai, Kolter and Koltun 2018): one MATLAB file a set, each with the arrays
`traindata`, `validdata` and `testdata` of pieces (steps, 88) of 0 and 1, keys from A0 (MIDI 21). The tonic is C
in nearly every piece, in major as in minor. A step is a quarter note in the chorales and an eighth note elsewhere.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import OutOfRangeError, ShapeError
from engine.recommend.polyphony_frames import KEYS

FILES: Final = {
    "chorale": "JSB_Chorales.mat",
    "folk": "Nottingham.mat",
    "piano": "Piano_midi.mat",
    "orchestral": "MuseData.mat",
}
SPLITS: Final = {"train": "traindata", "valid": "validdata", "test": "testdata"}
Frames = NDArray[np.float32]


def read(folder: Path, style: str) -> dict[str, list[Frames]]:
    """The pieces of one set by split, each (steps, 88) float32 of 0 and 1.

    Raises
    ------
    OutOfRangeError
        If there is no such set, or its file is not in the folder.
    ShapeError
        If a piece is not (steps, 88).
    """
    from scipy.io import loadmat

    if style not in FILES or not (folder / FILES[style]).is_file():
        raise OutOfRangeError(f"{folder} has no set {style!r}; a set is one of the files {', '.join(FILES.values())}")
    arrays = loadmat(folder / FILES[style])
    found = {}
    for split, name in SPLITS.items():
        pieces = [np.asarray(piece, np.float32) for piece in arrays.get(name, np.zeros((1, 0), object))[0]]
        for number, piece in enumerate(pieces):
            if piece.ndim != 2 or piece.shape[1] != KEYS:
                raise ShapeError(f"{FILES[style]}: piece {number} of {name} is {piece.shape}, not (steps, {KEYS})")
        found[split] = pieces
    return found
