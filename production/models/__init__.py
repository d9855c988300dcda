"""Tables of production. Only this app imports them; others ask `production.selectors`."""

from production.models.elements import Element, ElementKind, Fingerprint, Rendition, Version, VersionContributor
from production.models.generation import Proposal
from production.models.uploads import Upload

__all__ = [
    "Element",
    "ElementKind",
    "Fingerprint",
    "Proposal",
    "Rendition",
    "Upload",
    "Version",
    "VersionContributor",
]
