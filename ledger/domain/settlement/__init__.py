"""Settlement: who is paid what for one period, to the last unit, by one kernel for folders and for the site."""

from ledger.domain.settlement.allocate import allocate
from ledger.domain.settlement.faults import BadInputError, Fault
from ledger.domain.settlement.inputs import SettlementInputs
from ledger.domain.settlement.read import read_folder
from ledger.domain.settlement.result import SettlementResult
from ledger.domain.settlement.run import ConservationError, settle
from ledger.domain.settlement.stream import read_folder_streamed
from ledger.domain.settlement.write import write_result

__all__ = [
    "BadInputError",
    "ConservationError",
    "Fault",
    "SettlementInputs",
    "SettlementResult",
    "allocate",
    "read_folder",
    "read_folder_streamed",
    "settle",
    "write_result",
]
