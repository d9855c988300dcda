"""Noise taken out of recordings: ten classic methods by their names in the field, and a learned one.

METHODS                         names, for a menu or a command line
describe(name)                  what a method is and what it is good for
denoise(signal, ...)            a whole signal -> Denoised(signal, residual)
Denoiser(...)                   the same samples block by block
denoise_file(source, target)    file to file in constant memory
noise_profile(signal, ...)      the noise of a chosen region, for a Denoiser
"""

from engine.denoise.api import Denoised, denoise, noise_profile
from engine.denoise.clicks import remove_clicks
from engine.denoise.clipping import restore_clipping
from engine.denoise.files import denoise_file
from engine.denoise.gate import gate
from engine.denoise.hum import remove_hum
from engine.denoise.methods import ESTIMATORS, METHODS, describe
from engine.denoise.repaired import Repaired
from engine.denoise.rule import About
from engine.denoise.stream import Denoiser

__all__ = [
    "ESTIMATORS",
    "METHODS",
    "About",
    "Denoised",
    "Denoiser",
    "Repaired",
    "denoise",
    "denoise_file",
    "describe",
    "gate",
    "noise_profile",
    "remove_clicks",
    "remove_hum",
    "restore_clipping",
]
