"""Plays a score with a SoundFont."""

from engine.timbre.sampler.bank import default_bank
from engine.timbre.sampler.render import render

__all__ = ["default_bank", "render"]
