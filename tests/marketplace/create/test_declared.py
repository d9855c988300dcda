"""From the refusal to the payment: a copied passage is declared by one click, it is sold, and its maker is paid."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from ledger import selectors as ledger
from ledger.domain.ids import uuid7
from ledger.services import clock
from marketplace.accounts.permissions import Role
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.errors import UndeclaredError
from marketplace.catalogue.models import Listing
from marketplace.catalogue.originality import check_original, is_copied
from production.services import generation, own
from production.services.wishes import Wishes
from tests.helpers import books
from tests.helpers.shop import Shop, day
from tests.marketplace.create.test_pages import _here, asked, generated_of, revised
from tests.production.test_likeness import tune as wandering

__all__ = ["_here"]
pytestmark = pytest.mark.django_db
ODD = "C | E7 | Fm | Ab | Db7 | F#m | B | G#m | E | Bbm | Eb | Dm | A7 | Gm"
COMMON = " | ".join(["C | G | Am | F"] * 8)


def kept(maker: Any, title: str, data: bytes, kind: str) -> UUID:
    element_id = uuid7()
    wishes = Wishes(title=title, kind=kind)
    own.keep(actor_id=maker.party_id, data=data, wishes=wishes, element_id=element_id, key=f"kept:{title}")
    catalogue.refresh_entry(element_id=element_id)
    return element_id


def test_the_button_declares_the_source_and_a_sale_pays_its_maker(shop: Shop, linked: Any) -> None:
    with clock.at(day("2026-07-01")):
        ana, mira, ben = shop.creator("Ana"), shop.creator("Mira"), shop.person("Ben")
        anna, bela = (shop.person(name, Role.LABEL_STAFF) for name in ("Anna", "Bela"))
        harbour = kept(ana, "Harbour", wandering(1), "melody")
        shop.buy(linked, mira, shop.offer(ana, harbour, 300, licence="remix"))
        made = generated_of(shop, mira)
        revised(mira, made, wandering(1))
        client, address = shop.client(mira), f"/elements/{made}/publish/"
        form = {
            "currency": "EUR",
            "standard": "10.00",
            "upstream": "10",
            "party": "",
            "party_id": str(mira.party_id),
            "role": "arranger",
            "percent": "100",
        }

        refused = client.post(address, form)
        button = re.search(r'form="publish" name="parent" value="([^"]+)"', refused.content.decode())
        assert refused.status_code == 422
        assert "stand in “Harbour”" in refused.content.decode()
        assert button is not None
        offered = client.post(address, form | {"parent": button.group(1)})
        assert offered.status_code == 302, offered.content.decode()
    with clock.at(day("2026-08-01")):
        shop.buy(linked, ben, Listing.objects.get(entry_id=made, status="on_sale"))

    run = books.settle("2026-08", by=anna, released_by=bela)

    assert harbour in [edge.parent_id for edge in ledger.parents_of(made)]
    assert books.royalty(run, ana) > 0
    assert books.royalty(run, mira) > books.royalty(run, ana)


def test_a_telling_progression_must_be_declared_and_a_common_one_is_everybodys(shop: Shop) -> None:
    ana, mira = shop.creator("Ana"), shop.creator("Mira")
    kept(ana, "Odd ways", ODD.encode(), "progression")
    kept(ana, "Four chords", COMMON.encode(), "progression")
    odd, common = (generated_from(shop, mira, name) for name in ("first", "second"))
    revised(mira, odd, up_a_tone(ODD))
    revised(mira, common, up_a_tone(COMMON))

    with pytest.raises(UndeclaredError, match="14 chords in a row, from bar 1, of it stand in “Odd ways”"):
        check_original(odd)
    assert not is_copied(common)
    page = shop.client(mira).get(f"/elements/{common}/publish/").content.decode()
    assert "Was it heard before?" in page
    assert "chords that many use" in page


def up_a_tone(text: str) -> bytes:
    """The chords two semitones higher, each in another position, so that no line of them is anybody's."""
    from fractions import Fraction

    from engine.io import midi_writer, progression
    from engine.score import Note, Score, make_part
    from engine.theory.names import parse_chord

    notes = []
    for place, chord in enumerate(progression.parse(text).chords):
        root, intervals, _ = parse_chord(chord.symbol)
        tones = [60 + (root + 2 + each) % 12 for each in intervals]
        lifted = (place * place + place // 3) % len(tones)
        pitches = [tone + 12 * (index == lifted) for index, tone in enumerate(tones)]
        notes += [Note(onset=Fraction(4 * place), duration=Fraction(4), pitch_midi=pitch) for pitch in pitches]
    return midi_writer.write(Score(parts=(make_part(notes, name="Chords"),)))


def generated_from(shop: Shop, maker: Any, title: str) -> UUID:
    """What a model made of typed chords, kept as an element."""
    answer = shop.client(maker).post(
        "/create/progression/", {"count": "1", "given": "C | F", "seed": "3", "token": title}
    )
    job_id = UUID(answer.headers["Location"].strip("/").split("/")[-1])
    generation.run(job_id)
    return generation.keep(job_id=job_id, variant=0, title=title, actor_id=maker.party_id).element_id


def test_whoever_keeps_a_copy_is_told_at_once(shop: Shop, monkeypatch: Any) -> None:
    mira = shop.creator("Mira")
    client, tune = shop.client(mira), kept(mira, "Tune", wandering(5), "melody")
    job_id = asked(client, element=tune, count="1")
    generation.run(job_id)
    monkeypatch.setattr("marketplace.create.views.is_copied", lambda element_id: True)

    page = client.post(f"/recommendations/{job_id}/keep/", {"variant": "0", "title": "In four"}, follow=True)

    assert "heard before: before it can be sold" in page.content.decode()


def test_what_is_not_on_sale_is_not_named_to_others(shop: Shop) -> None:
    from marketplace.catalogue.originality import neighbours_of

    ana, mira = shop.creator("Ana"), shop.creator("Mira")
    drawer = kept(ana, "In the drawer", wandering(1), "melody")
    copy = kept(mira, "A copy", wandering(1), "melody")

    hidden = neighbours_of(copy, mira.party_id)[0]
    shop.offer(ana, drawer, 300)
    shown = neighbours_of(copy, mira.party_id)[0]

    assert (hidden.name, hidden.url, hidden.is_copy) == ("an element that is not on sale", "", True)
    assert (shown.name, shown.url) == ("In the drawer", f"/elements/{drawer}/")
