"""Questions to the ledger; every answer is a frozen dataclass. Each module says in `__all__` what it answers."""

from ledger.selectors.contracts import *
from ledger.selectors.contributions import *
from ledger.selectors.corrections import *
from ledger.selectors.credited import *
from ledger.selectors.derivations import *
from ledger.selectors.elements import *
from ledger.selectors.escrow import *
from ledger.selectors.jobs import *
from ledger.selectors.log import *
from ledger.selectors.models import *
from ledger.selectors.money import *
from ledger.selectors.parties import *
from ledger.selectors.reports import *
from ledger.selectors.rights import *
from ledger.selectors.sales import *
from ledger.selectors.splits import *
from ledger.selectors.statements import *
from ledger.selectors.waiting import *
