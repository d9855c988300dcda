"""What an audit finds."""

from ledger.domain.errors import LedgerError


class AuditError(LedgerError):
    """Something in the database is not what the log says; `position` is the first wrong one."""

    code = "audit"

    def __init__(self, position: int, told: str) -> None:
        super().__init__(f"position {position}: {told}")
        self.position = position
        self.told = told
