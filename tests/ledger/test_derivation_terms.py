"""Terms of building on an element: versions that stay as they are, licences bound to them, refusals at the link."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from ledger import selectors
from ledger.domain.errors import BadTermsError, NoRightToDeriveError, NotAllowedError, ShareOutsideTermsError
from ledger.domain.events import REGISTRY, ClaimOpened, ElementDerived, LicenceGranted, LicenceRevoked, Parent
from ledger.domain.ids import uuid7
from ledger.domain.upcasts import upcast
from ledger.services import append, clock, rights
from ledger.services.rights import TermsWanted
from tests.ledger.test_rights import element, party, split

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
MEASURED = TermsWanted(upstream_ppm_min=50_000, upstream_ppm=100_000, upstream_ppm_max=300_000, weight="measured")


def licence(holder: UUID, song: UUID, *, allows=("derive", "sell_derivative"), days: int | None = None) -> UUID:
    """A grant on the terms of the moment."""
    terms, licence_id = selectors.derivation_terms(song), uuid7()
    append(
        LicenceGranted(
            licence_id=licence_id,
            element_id=song,
            content_hash="0" * 64,
            holder_id=holder,
            licence_kind="remix",
            terms_hash="1" * 64,
            order_id=None,
            line_id=None,
            allows=allows,
            derivation_terms_id=terms.terms_id if terms else None,
            expires_at=NOW + dt.timedelta(days=days) if days is not None else None,
        ),
        actor_id=holder,
        key=f"grant {licence_id}",
    )
    return licence_id


def derive(child: UUID, author: UUID, parent: UUID, ppm: int, **more) -> None:
    rights.record_derivation(
        element_id=child,
        parents=[Parent(element_id=parent, upstream_ppm=ppm, **more)],
        author_id=author,
        key=f"derive {uuid7()}",
    )


def publish(song: UUID, maker: UUID, wanted: TermsWanted) -> UUID:
    return rights.publish_terms(element_id=song, wanted=wanted, actor_id=maker)


def test_new_terms_are_a_new_version_and_a_licence_keeps_those_it_was_granted_on():
    ann, ben = party("Ann"), party("Ben")
    song, child = element(ann), element(ben)
    first = publish(song, ann, TermsWanted.fixed(100_000))
    held = licence(ben, song)

    again = publish(song, ann, TermsWanted.fixed(100_000))
    second = publish(song, ann, TermsWanted.fixed(250_000))
    derive(child, ben, song, 100_000)

    assert again == first != second
    assert [(one.version, one.upstream_ppm) for one in selectors.derivation_terms_versions(song)] == [
        (2, 250_000),
        (1, 100_000),
    ]
    (edge,) = selectors.parents_of(child)
    assert (edge.licence_id, edge.terms_id, edge.upstream_ppm) == (held, first, 100_000)


@pytest.mark.parametrize(
    ("allows", "days", "missing"),
    [(None, None, "none"), (("own_music", "sync"), None, "use"), (("derive",), -1, "expired")],
)
def test_building_without_a_licence_that_allows_it_is_refused(allows, days, missing):
    ann, ben = party("Ann"), party("Ben")
    song, child = element(ann), element(ben)
    publish(song, ann, TermsWanted.fixed(100_000))
    if allows:
        licence(ben, song, allows=allows, days=days)

    with clock.at(NOW), pytest.raises(NoRightToDeriveError) as refused:
        derive(child, ben, song, 100_000)

    assert (refused.value.element_id, refused.value.missing) == (song, missing)
    assert selectors.parents_of(child) == []


def test_the_last_day_is_the_end_of_building_not_of_what_was_built():
    ann, ben = party("Ann"), party("Ben")
    song, early, late = element(ann), element(ben), element(ben)
    publish(song, ann, TermsWanted.fixed(100_000, expires_after_days=10))
    licence(ben, song, days=10)

    with clock.at(NOW + dt.timedelta(days=9)):
        derive(early, ben, song, 100_000)
    with clock.at(NOW + dt.timedelta(days=10)), pytest.raises(NoRightToDeriveError):
        derive(late, ben, song, 100_000)

    assert len(selectors.parents_of(early)) == 1
    assert selectors.parents_not_sellable(early) == []


@pytest.mark.parametrize(("ppm", "fits"), [(49_999, False), (50_000, True), (300_000, True), (300_001, False)])
def test_a_share_lies_within_the_least_and_the_most(ppm, fits):
    ann, ben = party("Ann"), party("Ben")
    song, child = element(ann), element(ben)
    publish(song, ann, MEASURED)
    licence(ben, song)

    if fits:
        derive(child, ben, song, ppm)
    else:
        with pytest.raises(ShareOutsideTermsError, match="at least 50,000 and at most 300,000"):
            derive(child, ben, song, ppm)

    assert len(selectors.parents_of(child)) == fits


def test_of_two_licences_the_one_that_permits_the_share_is_taken_or_the_one_that_is_named():
    ann, ben = party("Ann"), party("Ben")
    song, child, other = element(ann), element(ben), element(ben)
    publish(song, ann, TermsWanted.fixed(100_000))
    old = licence(ben, song)
    publish(song, ann, TermsWanted.fixed(200_000))
    new = licence(ben, song)

    derive(child, ben, song, 100_000)
    with pytest.raises(ShareOutsideTermsError):
        derive(other, ben, song, 100_000, licence_id=new)

    assert selectors.parents_of(child)[0].licence_id == old


def test_owners_need_no_licence_but_one_among_several_keeps_to_the_terms():
    ann, ben = party("Ann"), party("Ben")
    song, hers, his = element(ann), element(ann), element(ben)
    publish(song, ann, MEASURED)
    derive(hers, ann, song, 1)
    proposal = rights.propose_split(
        element_id=song, shares=split((ann, 900_000), (ben, 100_000)), actor_id=ann, key="p"
    )
    rights.accept_split(proposal, party_id=ben)

    with pytest.raises(ShareOutsideTermsError):
        derive(his, ben, song, 1)
    derive(his, ben, song, 60_000)

    (edge,) = selectors.parents_of(his)
    assert edge.licence_id is None
    assert edge.terms_id == selectors.derivation_terms(song).terms_id


def test_what_was_built_on_a_licence_that_is_gone_stays_but_does_not_go_on_sale_anew():
    ann, ben = party("Ann"), party("Ben")
    song, child = element(ann), element(ben)
    publish(song, ann, TermsWanted.fixed(100_000))
    held = licence(ben, song)
    derive(child, ben, song, 100_000)

    append(LicenceRevoked(licence_id=held, reason="refund"), actor_id=ben, key="revoke")

    assert len(selectors.parents_of(child)) == 1
    assert selectors.parents_not_sellable(child) == [song]


def test_terms_that_contradict_themselves_or_come_from_others_are_refused():
    ann, eve = party("Ann"), party("Eve")
    song = element(ann)

    for wrong in (
        TermsWanted(upstream_ppm_min=2, upstream_ppm=1, upstream_ppm_max=3, weight="measured"),
        TermsWanted(upstream_ppm_min=1, upstream_ppm=1, upstream_ppm_max=3),
        TermsWanted.fixed(1_000_001),
        TermsWanted.fixed(1, expires_after_days=0),
        TermsWanted.fixed(1, allowed_uses=("sell_derivative",)),
    ):
        with pytest.raises(BadTermsError):
            publish(song, ann, wrong)
    with pytest.raises(NotAllowedError):
        publish(song, eve, TermsWanted.fixed(1))

    assert selectors.derivation_terms(song) is None


def test_the_first_versions_of_the_events_are_read_as_they_were_meant():
    ids = {name: str(uuid7()) for name in ("licence_id", "element_id", "holder_id", "author_id")}
    grant = {
        **{name: ids[name] for name in ("licence_id", "element_id", "holder_id")},
        "content_hash": "0" * 64, "licence_kind": "standard", "terms_hash": "1" * 64, "order_id": None, "line_id": None,
    }  # fmt: skip
    parents = [{"element_id": ids["element_id"], "upstream_ppm": 7}]

    kind, body = upcast("licence.granted.v1", grant)
    granted = REGISTRY[kind].from_body(body)
    kind, body = upcast(
        "element.derived.v1", {"element_id": ids["element_id"], "author_id": ids["author_id"], "parents": parents}
    )
    derived = REGISTRY[kind].from_body(body)

    assert isinstance(granted, LicenceGranted)
    assert isinstance(derived, ElementDerived)
    assert (set(granted.allows), granted.expires_at) == ({"own_music", "derive", "sell_derivative", "sync"}, None)
    assert (derived.parents[0].upstream_ppm, derived.parents[0].licence_id) == (7, None)


def test_naming_what_an_element_resembles_as_its_source_ends_the_claim_and_no_other():
    ann, ben, cleo = party("Ann"), party("Ben"), party("Cleo")
    song, tune, other, child = element(ann), element(ann), element(cleo), element(ben)
    derive(tune, ann, song, 0)
    publish(song, ann, TermsWanted.fixed(100_000))
    licence(ben, song)
    claims = {}
    for resembled in (tune, other):
        claims[resembled] = uuid7()
        append(
            ClaimOpened(
                claim_id=claims[resembled],
                element_id=child,
                resembles_id=resembled,
                disputed_ppm=400_000,
                reason="near_match",
            ),
            actor_id=ben,
            key=f"claim {resembled}",
        )

    derive(child, ben, song, 100_000)

    assert selectors.claim(claims[tune]).state == "dismissed"
    assert "named what it resembles" in selectors.document(selectors.claim(claims[tune]).reason_hash).decode()
    assert selectors.claim(claims[other]).state == "open"
