"""What a report's columns probably mean, from their names in the languages such reports come in."""

from __future__ import annotations

import contextlib
import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from marketplace.reports.reading import table
from marketplace.reports.reading.amounts import UnreadableError, date
from marketplace.reports.reading.template import DATE_FORMATS, FIELDS, Template

# In order of preference: the first name found wins. Net before gross: what is divided is what was received.
NAMES: dict[str, tuple[str, ...]] = {
    "our_id": ("elementid", "ourid", "yourid", "ledgerlineid", "vendoridentifier", "sku", "partnerreference"),
    "isrc": ("isrc", "isrccode", "trackisrc", "isrcnummer", "codeisrc", "國際標準錄音碼"),
    "iswc": ("iswc", "iswccode", "codeiswc", "workiswc"),
    "title": (
        *("tracktitle", "songtitle", "trackname", "songname", "title", "track", "song", "assettitle", "releasetitle"),
        *("titel", "songtitel", "tracktitel", "werktitel", "titre", "titredupiste", "morceau", "titulo", "cancion"),
        *("pista", "titolo", "brano", "nazwautworu", "tytul", "曲名", "歌曲名稱", "曲目", "タイトル", "楽曲名"),
    ),
    "artist": (
        *("trackartist", "artist", "artistname", "performer", "artists", "interpret", "kuenstler", "kunstler"),
        *("artiste", "artista", "interprete", "wykonawca", "アーティスト", "藝人", "歌手"),
    ),
    "amount": (
        *("netrevenue", "netamount", "netroyalty", "netearnings", "netpayable", "royaltypayable", "netshare"),
        *(
            "net",
            "neteur",
            "netusd",
            "partnershare",
            "extendedpartnershare",
            "earnings",
            "royalty",
            "royalties",
            "revenue",
            "payable",
            "amount",
        ),
        *("netto", "nettobetrag", "nettoerlos", "nettoerloes", "erlos", "erloes", "betrag", "vergutung", "verguetung"),
        *("montantnet", "revenunet", "redevances", "montant", "importeneto", "ingresosnetos", "regalias", "importe"),
        *("importonetto", "ricavonetto", "importo", "kwotanetto", "kwota", "淨收入", "金額", "収益", "total"),
    ),
    "currency": (
        *("currency", "currencycode", "partnersharecurrency", "royaltycurrency", "wahrung", "waehrung", "devise"),
        *("moneda", "divisa", "valuta", "waluta", "幣別", "通貨"),
    ),
    "quantity": (
        *("quantity", "units", "streams", "plays", "qty", "count", "unitssold", "anzahl", "menge", "abrufe"),
        *(
            "quantite",
            "unites",
            "ecoutes",
            "cantidad",
            "unidades",
            "reproducciones",
            "quantita",
            "ilosc",
            "數量",
            "再生数",
        ),
    ),
    "date": (
        *("saledate", "transactiondate", "salesperiod", "reportingperiod", "period", "date", "month", "salesmonth"),
        *(
            "datum",
            "verkaufsdatum",
            "zeitraum",
            "monat",
            "datedevente",
            "mois",
            "fecha",
            "periodo",
            "mes",
            "data",
            "日期",
        ),
    ),
    "store": (
        *("store", "dsp", "service", "retailer", "storename", "platform", "source", "shop", "handler", "anbieter"),
        *(
            "plattform",
            "magasin",
            "boutique",
            "tienda",
            "plataforma",
            "negozio",
            "piattaforma",
            "sklep",
            "平台",
            "ストア",
        ),
    ),
    "kind": ("salesorreturn", "salereturn", "transactiontype", "salestype", "saletype", "type", "vorgang", "art"),
}
NEGATIVE_WORDS = ("return", "returned", "refund", "r", "rückgabe", "retoure", "storno", "retour", "devolución", "reso")


def folded(name: str) -> str:
    """A name without accents, case, spaces and signs, for comparison."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return re.sub(r"[\W_]", "", "".join(c for c in plain if not unicodedata.combining(c)))


def columns(header: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Field -> the column that probably holds it; a column is taken once."""
    by_name: dict[str, str] = {}
    for name in header:
        by_name.setdefault(folded(name), name)
    found: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for field in FIELDS:
        # A bare name, or one with its currency behind it: “Net revenue (EUR)”.
        wanted = (by_name.get(known) or _begins(by_name, known) for known in NAMES[field])
        column = next((one for one in wanted if one and one not in taken), None)
        if column is not None:
            found[field] = (column,)
            taken.add(column)
    return found


def _begins(by_name: dict[str, str], known: str) -> str | None:
    """A column whose name is the known one followed by a currency code."""
    return next((name for key, name in by_name.items() if len(key) == len(known) + 3 and key.startswith(known)), None)


def template(path: Path) -> Template:
    """The mapping this file probably needs."""
    encoding = table.guess_encoding(path)
    delimiter = table.guess_delimiter(path, encoding)
    skip_rows = table.guess_header(path, encoding, delimiter)
    header, sample = head(path, encoding=encoding, delimiter=delimiter, skip_rows=skip_rows, count=200)
    found = columns(header)
    cells = {field: _cells(sample, header, name[0]) for field, name in found.items()}
    decimal_mark, thousands_mark = marks(cells.get("amount", ()))
    kinds = {cell.strip() for cell in cells.get("kind", ())}
    return Template(
        columns=found,
        encoding=encoding,
        delimiter=delimiter,
        skip_rows=skip_rows,
        decimal_mark=decimal_mark,
        thousands_mark=thousands_mark,
        date_format=date_format(cells.get("date", ())),
        negative_kinds=tuple(sorted(kind for kind in kinds if kind.casefold() in NEGATIVE_WORDS)),
    )


def head(path: Path, *, encoding: str, delimiter: str, skip_rows: int, count: int) -> tuple[list[str], list[table.Row]]:
    """The columns' names and the first rows; what can be read of them where the file breaks off."""
    names: list[str] = []
    found: list[table.Row] = []
    with contextlib.suppress(table.BrokenTableError):
        header, rows = table.body(path, encoding=encoding, delimiter=delimiter, skip_rows=skip_rows, skip_last=0)
        names = table.names(header)
        for row in itertools.islice(rows, count):
            found.append(row)  # what came before the break is shown
    return names, found


def _cells(rows: Iterable[table.Row], header: Sequence[str], column: str) -> list[str]:
    place = header.index(column)
    return [row.cells[place] for row in rows if place < len(row.cells) and row.cells[place].strip()]


def marks(cells: Iterable[str]) -> tuple[str, str]:
    """Decimal and thousands marks that fit most of these amounts."""
    votes = {".": 0, ",": 0}
    thousands = dict.fromkeys(("", ",", ".", " ", "'"), 0)
    for cell in cells:
        body = cell.strip().strip("-+()€$£ ")
        last = max(body.rfind("."), body.rfind(","))
        if last < 0:
            continue
        mark = body[last]
        is_grouping = body.count(mark) > 1 or (len(body) - last - 1 == 3 and not body.startswith("0"))
        if is_grouping and not any(other in body for other in ".,".replace(mark, "")):
            thousands[mark] += 1
            continue
        votes[mark] += 1
        for group in set(body[:last]) & {",", ".", " ", "'"} - {mark}:
            thousands[group] += 1
    decimal = "," if votes[","] > votes["."] or (votes["."] == votes[","] == 0 and thousands["."]) else "."
    thousands.pop(decimal, None)
    grouping = max(thousands, key=lambda mark: thousands[mark])
    return decimal, grouping if thousands[grouping] else ""


def date_format(cells: Sequence[str]) -> str:
    """The first way of writing dates that fits most cells."""

    def fits(form: str) -> int:
        count = 0
        for cell in cells[:50]:
            try:
                date(cell, date_format=form)
            except UnreadableError:
                continue
            count += 1
        return count

    return max(DATE_FORMATS, key=fits)
