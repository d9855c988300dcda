"""The methods and estimators by name."""

from collections.abc import Callable
from typing import Final

from engine.denoise.boll import Boll
from engine.denoise.cross_correlation import CrossCorrelation
from engine.denoise.ess import Extended
from engine.denoise.iss import Iterative
from engine.denoise.learned import Learned
from engine.denoise.mbss import MultiBand
from engine.denoise.mcra import Imcra, Mcra
from engine.denoise.minimum_statistics import MinimumStatistics
from engine.denoise.noise_estimate import LeadingSilence, NoiseEstimator
from engine.denoise.nss import Nonlinear
from engine.denoise.pss import Parametric
from engine.denoise.rule import About, Rule, Spec
from engine.denoise.sos import OverSubtraction
from engine.denoise.spp_mmse import SppMmse
from engine.denoise.sspp import Perceptual
from engine.denoise.wiener import Wiener
from engine.errors import OutOfRangeError

RULES: Final[dict[str, type[Rule]]] = {
    "boll": Boll,
    "sos": OverSubtraction,
    "pss": Parametric,
    "cross_correlation": CrossCorrelation,
    "nss": Nonlinear,
    "mbss": MultiBand,
    "wiener": Wiener,
    "iss": Iterative,
    "ess": Extended,
    "sspp": Perceptual,
    "learned": Learned,
}
METHODS: Final[tuple[str, ...]] = tuple(RULES)

_ESTIMATORS: Final[dict[str, Callable[[Spec], NoiseEstimator]]] = {
    "leading_silence": LeadingSilence,
    "minimum_statistics": MinimumStatistics,
    "mcra": Mcra,
    "imcra": Imcra,
    "mmse_spp": SppMmse,
}
ESTIMATORS: Final[tuple[str, ...]] = tuple(_ESTIMATORS)
DEFAULT_ESTIMATOR: Final = "mmse_spp"


def describe(name: str) -> About:
    """Title, source and use of a method.

    Raises
    ------
    OutOfRangeError
        If there is no such method.
    """
    return rule_named(name).about


def rule_named(name: str) -> type[Rule]:
    """The method's rule; errors as `describe`."""
    if name not in RULES:
        raise OutOfRangeError(f"there is no method {name!r}: choose one of {', '.join(METHODS)}")
    return RULES[name]


def estimator_named(name: str, spec: Spec) -> NoiseEstimator:
    """A fresh estimator.

    Raises
    ------
    OutOfRangeError
        If there is no such estimator.
    """
    if name not in _ESTIMATORS:
        raise OutOfRangeError(f"there is no noise estimator {name!r}: choose one of {', '.join(ESTIMATORS)}")
    return _ESTIMATORS[name](spec)
