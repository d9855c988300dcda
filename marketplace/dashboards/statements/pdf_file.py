"""A statement as PDF: the account, where it came from, and (while there are few) every line.

The same view gives the same bytes: its date is the statement's, its fonts are packages, nothing in it is drawn by
chance. A statement of ten thousand lines prints its sums by element and way; all its lines are in the CSV.
"""

from __future__ import annotations

import io
from typing import Any

from django.conf import settings
from fpdf import FPDF, Align, XPos, YPos

from marketplace.dashboards.statements import fonts, lines, write
from marketplace.dashboards.statements.view import Figure, StatementView

LINES_MAX = 300
"""A statement of more lines prints sums alone."""
SOURCES_MAX = 600
"""More ways than this are told in one row."""

MARGIN_MM = 18.0
WIDTH_MM = 210 - 2 * MARGIN_MM
ROW_MM = 5.6
FOOT_MM = 24.0
INK = (33, 30, 27)
MUTED = (105, 99, 92)
LINE = (206, 199, 190)
FIRST_CJK = 0x2E80


class Paper(FPDF):
    """A page with the statement's head rule and foot."""

    def __init__(self, view: StatementView) -> None:
        super().__init__(format="A4")
        self.view = view
        self.accent = tuple(int(view.brand.colour[at : at + 2], 16) for at in (1, 3, 5))
        self.set_creation_date(view.issued_at)
        self.set_title(f"Statement, {view.period}, {view.payee}")
        self.set_author(view.brand.name)
        self.set_lang("en")
        self.set_margins(MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(True, margin=FOOT_MM + 4)
        self.add_font("sans", "", fonts.sans_path("regular"))
        self.add_font("sans", "B", fonts.sans_path("bold"))
        self._add_other_scripts(_texts(view))
        self.add_page()

    def _add_other_scripts(self, texts: list[str]) -> None:
        """Type for what the sans lacks, and shaping where letters change with their neighbours."""
        scripts = fonts.scripts_of(texts)
        for name in scripts:
            self.add_font(name, "", fonts.script_path(name, "regular"))
            self.add_font(name, "B", fonts.script_path(name, "bold"))
        if any(ord(char) >= FIRST_CJK for text in texts for char in text):
            self.add_font("cjk", "", fonts.cjk_path(), collection_font_number=fonts.TRADITIONAL_CHINESE)
            self.set_fallback_fonts([*scripts, "cjk"], exact_match=False)
        elif scripts:
            self.set_fallback_fonts(scripts, exact_match=False)
        if scripts:
            self.set_text_shaping(True)

    def write_line(self, text: str, size: float = 9.5, *, bold: bool = False, colour: Any = INK) -> None:
        """One paragraph over the whole width."""
        self.set_font("sans", "B" if bold else "", size)
        self.set_text_color(*colour)
        self.multi_cell(WIDTH_MM, size * 0.6, fonts.readable(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT, align=Align.L)

    def row(
        self, cells: list[tuple[str, float, Align]], *, bold: bool = False, size: float = 8.6, muted: bool = False
    ) -> None:
        """One row of a table over a hairline; what is too long ends in an ellipsis."""
        if self.will_page_break(ROW_MM):
            self.add_page()
        self.set_font("sans", "B" if bold else "", size)
        self.set_text_color(*(MUTED if muted else INK))
        for text, width, align in cells:
            self.cell(width, ROW_MM, self._fitted(text, width - 2), align=align)
        self.ln(ROW_MM)
        self.set_draw_color(*LINE)
        self.set_line_width(0.1)
        self.line(MARGIN_MM, self.get_y(), MARGIN_MM + WIDTH_MM, self.get_y())

    def _fitted(self, text: str, width: float) -> str:
        text = fonts.readable(text)
        if self.get_string_width(text) <= width:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.get_string_width(text[:middle] + "…") <= width else (low, middle - 1)
        return text[:low] + "…"

    def footer(self) -> None:
        """Who signed, which statement, which page, how to check."""
        self.set_y(-FOOT_MM)
        self.set_draw_color(*LINE)
        self.set_line_width(0.1)
        for step in range(3):
            self.line(MARGIN_MM, self.get_y() + step * 0.7, MARGIN_MM + WIDTH_MM, self.get_y() + step * 0.7)
        self.ln(2.6)
        view = self.view
        told = " · ".join(part for part in (view.brand.name, view.brand.address, view.brand.footer) if part)
        self.row_plain(told, f"{self.page_no()} / {{nb}}")
        self.row_plain(f"Statement {view.statement_id}, position {view.position} of the ledger", "")
        self.row_plain(
            f"The hash of this file is in the ledger. Drop it on {settings.SITE_URL}/verify/ to check it.", ""
        )

    def row_plain(self, left: str, right: str) -> None:
        """A small line of the foot."""
        self.set_font("sans", "", 7.2)
        self.set_text_color(*MUTED)
        self.cell(WIDTH_MM - 20, 3.6, self._fitted(left, WIDTH_MM - 22))
        self.cell(20, 3.6, right, align=Align.R)
        self.ln(3.6)


def render(view: StatementView) -> bytes:
    """The file."""
    paper = Paper(view)
    _head(paper, view)
    _account(paper, view)
    _sources(paper, view)
    _lines(paper, view)
    return bytes(paper.output())


def _texts(view: StatementView) -> list[str]:
    """Everything on the paper that somebody else wrote."""
    texts = [view.payee, view.brand.name, view.brand.address, view.brand.footer, *view.titles.values()]
    return texts + [words for figure in view.figures for words in (figure.words, figure.note or "")] + [view.why_not]


def _head(paper: Paper, view: StatementView) -> None:
    top = paper.get_y()
    if view.brand.logo:
        paper.image(io.BytesIO(view.brand.logo), x=MARGIN_MM + WIDTH_MM - 32, y=top, w=32, h=16, keep_aspect_ratio=True)
    paper.write_line(view.brand.name, 13, bold=True, colour=paper.accent)
    if view.brand.address:
        paper.write_line(view.brand.address, 8, colour=MUTED)
    paper.set_y(max(paper.get_y(), top + (18 if view.brand.logo else 6)) + 3)
    paper.set_fill_color(*paper.accent)
    paper.rect(MARGIN_MM, paper.get_y(), 14, 0.7, style="F")
    paper.ln(4)
    paper.write_line(view.payee, 18, bold=True)
    issued = write.day(view.issued_at)
    paper.write_line(f"Statement for {view.period}, in {view.currency}. Issued {issued}.", 10.5, colour=MUTED)
    paper.ln(4)


def _account(paper: Paper, view: StatementView) -> None:
    for figure in view.figures:
        _figure(paper, figure, view.currency)
    if view.why_not:
        paper.ln(2)
        paper.write_line(view.why_not, 9, colour=paper.accent)


def _figure(paper: Paper, figure: Figure, currency: str) -> None:
    words = f"{figure.words} ({figure.note})" if figure.note else figure.words
    amount = f"{write.amount(figure.amount_micro, currency)} {currency}"
    paper.row([(words, WIDTH_MM - 50, Align.L), (amount, 50, Align.R)], bold=figure.is_result, size=9.6)


_WHERE = ((50.0, Align.L), (64.0, Align.L), (14.0, Align.L), (12.0, Align.R), (WIDTH_MM - 140, Align.R))


def _sources(paper: Paper, view: StatementView) -> None:
    if not view.sources:
        paper.ln(4)
        paper.write_line("No sales in this period.", 9, colour=MUTED)
        return
    paper.ln(6)
    paper.write_line("Where it came from", 12, bold=True)
    paper.ln(1)
    _row(paper, _WHERE, ["Sold", "How it came to you", "Basis", "Lines", f"Amount {view.currency}"], muted=True)
    for one in view.sources[:SOURCES_MAX]:
        amount = write.amount(one.amount_micro, view.currency)
        _row(paper, _WHERE, [one.title, " → ".join(one.path), one.basis, str(one.lines), amount])
    rest = view.sources[SOURCES_MAX:]
    if rest:
        count, amount_micro = sum(one.lines for one in rest), sum(one.amount_micro for one in rest)
        told = [f"{len(rest)} more ways, all in the CSV", "", "", str(count), write.amount(amount_micro, view.currency)]
        _row(paper, _WHERE, told)
    total = sum(one.amount_micro for one in view.sources)
    _row(paper, _WHERE, ["Royalties", "", "", str(len(view.rows)), write.amount(total, view.currency)], bold=True)


_LINE = ((24.0, Align.L), (44.0, Align.L), (20.0, Align.L), (50.0, Align.L), (WIDTH_MM - 138, Align.R))


def _lines(paper: Paper, view: StatementView) -> None:
    if not view.rows:
        return
    paper.ln(6)
    paper.write_line("Every line", 12, bold=True)
    paper.ln(1)
    if len(view.rows) > LINES_MAX:
        told = f"This statement has {len(view.rows):,} lines; each of them is in its CSV file."
        paper.write_line(told, 9, colour=MUTED)
        return
    _row(paper, _LINE, ["Sold", "What", "Licence", "How it came to you", f"Amount {view.currency}"], muted=True)
    for line in lines.in_words(view.rows, view.titles):
        sold = f"{line.sold_at:%Y-%m-%d}" if line.sold_at else f"credits {line.month}"
        kind = line.licence_kind if line.kind == "sale" else line.kind
        amount = write.amount(line.amount_micro, view.currency)
        title = f"{line.title}, {line.note}" if line.note else line.title
        _row(paper, _LINE, [sold, title, kind, " → ".join(line.path), amount])


def _row(paper: Paper, columns: Any, texts: list[str], *, bold: bool = False, muted: bool = False) -> None:
    cells = [(text, width, align) for text, (width, align) in zip(texts, columns, strict=True)]
    paper.row(cells, bold=bold, muted=muted, size=8)
