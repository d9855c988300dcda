"""Plays a score with a SoundFont."""

from engine.timbre.sampler.bank import default_bank
from engine.timbre.sampler.render import render
from engine.timbre.sampler.stems import part_names, stem

__all__ = ["default_bank", "part_names", "render", "stem"]
