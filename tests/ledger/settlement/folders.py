"""A small folder without a fault, for tests to bend."""

from pathlib import Path

GOOD: dict[str, bytes] = {
    "terms.json": b'{"commission_ppm": 100000, "platform_party": "platform"}',
    "splits.csv": b"element_id,party_id,role,share_ppm\n"
    b"e1,p1,composer,600000\ne2,p2,composer,1000000\ne1,p2,editor,400000\ne3,p1,editor,1000000\n",
    "revenue.csv": b"line_id,element_id,kind,currency,gross_minor,tax_minor,fee_minor,occurred_at\n"
    b"l1,e1,sale,EUR,1000,70,14,2026-10-22T12:00:00Z\n"
    b"l2,e2,sale,EUR,500,0,0,2026-10-24\n"
    b"l3,e3,refund,USD,-100,0,0,2026-10-24T12:00:00.5+02:00\n",
    "derivations.csv": b"child_id,parent_id,upstream_ppm\ne2,e1,250000\n",
    "contracts.csv": b"contract_id,label_id,party_id,element_id,label_ppm\nc1,lab,p1,,200000\n",
    "advances.csv": b"advance_id,label_id,party_id,currency,unrecouped_micro\na1,lab,p1,EUR,5000000\n",
    "reserves.csv": b"party_id,reserve_ppm\np1,100000\n",
    "balances.csv": b"party_id,currency,carried_micro,reserve_due_micro\np1,EUR,-5,7\n",
    "minimums.csv": b"party_id,currency,min_payout_minor\n,EUR,10\n",
    "holds.csv": b"party_id,currency,reason\np2,USD,bank\n",
    "parties.csv": b"party_id,name,withholding_ppm\np1,Ann,150000\n",
}


def write(files: dict[str, bytes], folder: Path) -> Path:
    """Write the files; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder
