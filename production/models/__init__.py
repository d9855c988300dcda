"""Tables of production. Only this app imports them; others ask `production.selectors`."""

from production.models.credentials import Mark
from production.models.elements import Element, ElementKind, Fingerprint, Rendition, Version, VersionContributor
from production.models.generation import Proposal
from production.models.motifs import NoteKeys
from production.models.uploads import Upload
from production.models.vectors import SoundPrint
from production.models.workbench import Audition, Draft

__all__ = [
    "Audition",
    "Draft",
    "Element",
    "ElementKind",
    "Fingerprint",
    "Mark",
    "NoteKeys",
    "Proposal",
    "Rendition",
    "SoundPrint",
    "Upload",
    "Version",
    "VersionContributor",
]
