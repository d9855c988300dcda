"""Automatic mastering: to a reference, to a genre, to a loudness; always as an editable chain."""

from engine.mastering.aim import Aim, Amounts, Distance, distance
from engine.mastering.master import Master, Recording, master, recording
from engine.mastering.profile import Profile, analyse

__all__ = ["Aim", "Amounts", "Distance", "Master", "Profile", "Recording", "analyse", "distance", "master", "recording"]
