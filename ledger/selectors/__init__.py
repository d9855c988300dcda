"""Questions to the ledger; every answer is a frozen dataclass."""

from ledger.selectors.jobs import Job, job, jobs_of

__all__ = ["Job", "job", "jobs_of"]
