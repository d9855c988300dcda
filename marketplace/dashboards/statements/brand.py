"""Whose name stands on a statement: the label a payee is signed to, else the platform."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from ledger import selectors as ledger
from marketplace.accounts.models import LabelMembership, User
from marketplace.accounts.permissions import may
from marketplace.dashboards.models import LabelBrand

LOGO_BYTES_MAX = 512 * 1024
LOGO_SIDE_MAX = 2000
LOGO_SIDE_KEPT = 600
COLOUR = re.compile(r"#[0-9a-f]{6}")
DEFAULT_COLOUR = "#9b2d1f"
CONTRAST_MIN = 4.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """How a statement is signed."""

    label_id: UUID | None
    name: str
    address: str = ""
    footer: str = ""
    colour: str = DEFAULT_COLOUR
    logo: bytes | None = None


PLATFORM = Brand(label_id=None, name="Ledgerline", footer="Make music together, and see every cent arrive.")


def brand_of(statement: ledger.Statement) -> Brand:
    """A label's own brand on its own statement and on those of whoever is signed to it alone; else the platform's."""
    own = LabelBrand.objects.filter(label_id=statement.party_id).first()
    if own is None:
        signed = ledger.labels_signed_by(statement.party_id, upto=statement.position)
        own = LabelBrand.objects.filter(label_id__in=signed).first() if len(signed) == 1 else None
    return as_brand(own) if own is not None else PLATFORM


def as_brand(row: LabelBrand) -> Brand:
    """The brand in this row."""
    return Brand(
        label_id=row.label_id,
        name=row.name,
        address=row.address,
        footer=row.footer,
        colour=row.colour,
        logo=bytes(row.logo) if row.logo else None,
    )


def may_edit(user: User, label_id: UUID) -> bool:
    """Those who work for the label, and the platform's staff."""
    party = ledger.party(label_id)
    if party is None or party.party_kind != "company":
        return False
    return may(user, "settlement.read") or LabelMembership.objects.filter(user=user, label_id=label_id).exists()


def save(*, label_id: UUID, name: str, address: str, footer: str, colour: str, logo: UploadedFile | None) -> None:
    """Change a label's brand; statements that were published keep the one they have.

    Raises
    ------
    ValidationError
        If the name is missing, the colour cannot be read on white, or the logo is no small picture.
    """
    name, colour = " ".join(name.split())[:80], colour.strip().lower()
    if not name:
        raise ValidationError(_("Give the name that statements are signed with."))
    if not COLOUR.fullmatch(colour):
        raise ValidationError(_("Write the colour as #rrggbb."))
    if contrast_on_white(colour) < CONTRAST_MIN:
        raise ValidationError(_("This colour is too pale to be read on white paper; choose a darker one."))
    values = {"name": name, "address": address.strip()[:200], "footer": footer.strip()[:300], "colour": colour}
    if logo is not None:
        values["logo"] = clean_logo(logo)
    LabelBrand.objects.update_or_create(label_id=label_id, defaults=values)


def clean_logo(upload: UploadedFile) -> bytes:
    """The uploaded picture, drawn anew as a PNG of pixels and nothing else.

    Raises
    ------
    ValidationError
        If it is too large, or no PNG or JPEG.
    """
    if not upload.size or upload.size > LOGO_BYTES_MAX:
        raise ValidationError(_("A logo is a PNG or JPEG of at most 512 KiB."))
    try:
        with Image.open(io.BytesIO(upload.read()), formats=("PNG", "JPEG")) as picture:
            if max(picture.size) > LOGO_SIDE_MAX:
                raise ValidationError(_("A logo is at most 2,000 pixels wide and high."))
            drawn = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValidationError(_("This is no PNG or JPEG picture.")) from error
    drawn.thumbnail((LOGO_SIDE_KEPT, LOGO_SIDE_KEPT))
    clean = Image.new("RGBA", drawn.size)
    clean.paste(drawn)
    data = io.BytesIO()
    clean.save(data, format="PNG")
    return data.getvalue()


def contrast_on_white(colour: str) -> float:
    """The contrast of a colour with white paper: 1 to 21 (WCAG 2.2)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
