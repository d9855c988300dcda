"""Questions about production: frozen answers for the pages above."""

from production.permissions import made_by, may_use
from production.selectors.contributions import contribution_detail
from production.selectors.elements import (
    Contributor,
    ElementView,
    VersionView,
    download_url,
    element,
    elements,
    my_elements,
    newest_version_ids,
    peaks,
    preview_url,
    roll,
    stores,
    versions,
)
from production.selectors.provenance import Family, Relative, provenance
from production.selectors.theory import chord_curve, tuner
from production.selectors.tuning import TuningTables, tuning_tables
from production.selectors.work import (
    JobProgress,
    ProposalView,
    UploadView,
    job_progress,
    open_uploads,
    proposals,
    upload,
    upload_names,
)

__all__ = [
    "Contributor",
    "ElementView",
    "Family",
    "JobProgress",
    "ProposalView",
    "Relative",
    "TuningTables",
    "UploadView",
    "VersionView",
    "chord_curve",
    "contribution_detail",
    "download_url",
    "element",
    "elements",
    "job_progress",
    "made_by",
    "may_use",
    "my_elements",
    "newest_version_ids",
    "open_uploads",
    "peaks",
    "preview_url",
    "proposals",
    "provenance",
    "roll",
    "stores",
    "tuner",
    "tuning_tables",
    "upload",
    "upload_names",
    "versions",
]
