"""What the pages need to have something to show: run inside a site's own shell, it prints addresses as JSON."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings

from ledger import selectors as ledger
from ledger.domain.corrections import ShareRow, SplitCorrected
from ledger.domain.events import Contribution, Escalation, Parent, Share
from ledger.services import clock, contracts, parties, roles
from ledger.services.settlements import corrections, findings, periods, reviews, runs
from marketplace.accounts import services as accounts
from marketplace.accounts.models import User
from marketplace.accounts.permissions import Role
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Listing
from marketplace.checkout import gateway, purchases, reversals
from marketplace.checkout import services as checkout
from marketplace.checkout.orders import Order
from marketplace.dashboards.corrections import keep
from marketplace.demo.till import Till
from marketplace.labels import members
from marketplace.labels.forms import PAPERS
from marketplace.packs import services as packs
from marketplace.subscriptions import services as plans
from marketplace.subscriptions import trials
from production import selectors as production
from production.parsing.apart import run_here
from production.parsing.processing import lossless
from production.parsing.work import look
from production.services import contributions, elements, generation, previews, processing
from production.services.asking import Asked
from production.services.wishes import Wishes
from tests.helpers import made_music, music_files

PASSWORD = "five lines and a short one"
CARD = "4000000000000077"
LABEL_PAGES = ("groups", "money", "payees", "conditions", "runs")
KINDS = {"melody": "midi", "wave": "wav", "sound": "sf2", "progression": "progression", "mix_setting": "mix_setting"}


def seed() -> None:
    """People, one element of every kind, a child of one of them, sales, a refund, a split that waits, a settled run."""
    parties.register(
        party_id=settings.PLATFORM_PARTY_ID,
        display_name="Ledgerline",
        party_kind="platform",
        key="party.registered:platform",
    )
    mira, tomas, buyer = _person("Mira", Role.CREATOR), _person("Tomás"), _person("Ngozi")
    anna, bela = _person("Anna", Role.LABEL_STAFF), _person("Béla", Role.LABEL_STAFF)
    _person("Sam", Role.OPERATOR)
    files = music_files.one_of_each()
    made = {kind: _element(mira, kind, files[media]) for kind, media in KINDS.items()}
    parent = Parent(element_id=made["melody"], upstream_ppm=200_000)
    made["midi"] = _element(mira, "midi", files["musicxml"], parents=(parent,))
    for place, element_id in enumerate(made.values()):
        _offer(mira, element_id, 1200 + 100 * place, (mira, 1_000_000))
    label_id = _label(anna, _person("Rhea"), mira, made["melody"])
    made["waiting"] = _element(mira, "wave", files["flac"])
    _offer(mira, made["waiting"], 900, (mira, 600_000), (tomas, 400_000))
    pack_id, asked_id = _packs(mira, tomas, made)
    _trial(tomas)
    contributions.run(contributions.propose(element_id=made["midi"], actor_id=mira.party_id))
    paid = _buy(buyer, made["midi"])
    back = _buy(buyer, made["wave"])
    reversals.refund(order_id=back.id, actor_id=anna.party_id, reason="bought twice by mistake")
    open_order = checkout.place(buyer_id=buyer.party_id, listing_ids=[_listing(made["sound"])])
    time.sleep(1.1)  # periods end on whole seconds
    run_id = runs.calculate(period=periods.until(clock.now()), actor_id=anna.party_id)
    reviews.review(run_id=run_id, acknowledged=findings.KINDS, actor_id=anna.party_id)
    runs.approve(run_id=run_id, actor_id=anna.party_id)
    runs.release(run_id=run_id, actor_id=bela.party_id)
    changes = [
        SplitCorrected(element_id=str(made["midi"]), shares=(ShareRow(str(tomas.party_id), "singer", 1_000_000),))
    ]
    correction_id = corrections.calculate(
        run_id=run_id, changes=changes, reason="It was all his.", actor_id=anna.party_id, key="seed:correction"
    )
    crafts = _crafts(mira, made["waiting"])
    bench = _workbench(mira, files["ogg"], made["midi"])
    licences = {one.standing: one.licence_id for one in ledger.licences_of(buyer.party_id)}
    print(
        "SEED",
        json.dumps(
            {
                **{f"element_{kind}": f"/elements/{element_id}/" for kind, element_id in made.items()},
                "provenance": f"/elements/{made['midi']}/provenance/",
                "publish": f"/elements/{made['waiting']}/publish/",
                "element_splits": f"/elements/{made['melody']}/splits/",
                "contribution": f"/elements/{made['midi']}/contribution/",
                "recommend": f"/elements/{made['melody']}/recommend/",
                "creator": f"/creators/{mira.party_id}/",
                **bench,
                **crafts,
                "pack": f"/packs/{pack_id}/",
                "pack_change": f"/packs/{pack_id}/change/",
                "pack_asked": f"/packs/{asked_id}/",
                "element_credits": f"/elements/{made['melody']}/credits/",
                "order_paid": f"/orders/{paid.id}/",
                "order_refunded": f"/orders/{back.id}/",
                "order_open": f"/orders/{open_order.id}/cancelled/",
                "certificate": f"/certificates/{licences[True]}/",
                "certificate_revoked": f"/certificates/{licences[False]}/",
                "statement": f"/statements/{ledger.statements_of(mira.party_id)[0].statement_id}/",
                **{
                    f"trace_{name}": f"/statements/{ledger.statements_of(mira.party_id)[0].statement_id}/trace/{end}"
                    for name, end in (("figures", ""), ("line", "1/"))
                },
                "trace_order": f"/orders/{paid.id}/trace/",
                "settlement": f"/settlements/{run_id}/",
                "reconciliation": f"/settlements/{run_id}/reconciliation/",
                "what_if": f"/settlements/{run_id}/correct/?element={made['midi']}&changes={keep(changes)}",
                "correction": f"/settlements/corrections/{correction_id}/",
                "label": f"/label/{label_id}/",
                **{f"label_{name}": f"/label/{label_id}/{name}/" for name in LABEL_PAGES},
                **{f"label_new_{what}": f"/label/{label_id}/new/{what}/" for what in PAPERS},
                "label_new_terms": f"/label/{label_id}/new/terms/?party={mira.party_id}",
                "label_payee": f"/label/{label_id}/payees/{mira.party_id}/",
            }
        ),
    )


def _workbench(maker: User, recording: bytes, notes_id: UUID) -> dict[str, str]:
    """A take with two versions and notes under review; the pages of its workbench by name."""
    take = _element(maker, "wave", recording)
    mine: Any = {"element_id": take, "actor_id": maker.party_id}
    _worked(processing.request(process="noise", parameters={"method": "wiener"}, **mine), maker)
    heard = _worked(processing.request(process="notes.heard", parameters={"texture": "mono"}, **mine), maker)
    names = ("noise", "repair.gate", "effects", "loudness.measured", "notes.heard", "pitch.moved")
    return {
        "workbench": f"/elements/{take}/workbench/",
        **{f"workbench_{name}": f"/elements/{take}/workbench/{name}/" for name in names},
        "workbench_compare": f"/elements/{take}/workbench/compare/1/",
        "workbench_of_notes": f"/elements/{notes_id}/workbench/",
        "workbench_convert": f"/elements/{notes_id}/workbench/notes.converted/",
        "workbench_edit": f"/elements/{notes_id}/workbench/notes.edited/",
        "workbench_play": f"/elements/{notes_id}/workbench/notes.played/",
        "workbench_draft": f"/drafts/{heard['draft_id']}/",
    }


def _crafts(maker: User, take: UUID) -> dict[str, str]:
    """A master and a mix with a change by hand, proposed and kept; their pages by name."""
    sounds = made_music.stems(2.0)
    stems = [_element(maker, "wave", lossless(sound, made_music.RATE_HZ)) for sound in sounds.values()]
    pages = {}
    for name, chosen in (("mastering", (take,)), ("mixing", tuple(stems))):
        job_id = generation.recommend(Asked(capability=name, count=2, sounds=chosen), actor_id=maker.party_id)
        _proposed(job_id, maker)
        pages["mastered" if name == "mastering" else "mixed"] = f"/recommendations/{job_id}/"
    setting = dict(production.proposals(job_id, maker.party_id)[0].setting)
    setting["master"] = {"gain_db": -3.0}
    _proposed(generation.change(job_id=job_id, variant=0, setting=setting, actor_id=maker.party_id), maker)
    kept = generation.keep(job_id=job_id, variant=1, title="Night ferry, mix", actor_id=maker.party_id)
    setting_id = production.setting_beside(kept.element_id)
    assert setting_id is not None
    for one in (kept.element_id, setting_id):
        catalogue.refresh_entry(element_id=one)
    return {**pages, "element_setting": f"/elements/{setting_id}/"}


def _proposed(job_id: UUID, maker: User) -> None:
    """The site's own worker may be quicker."""
    for _ in range(600):
        generation.run(job_id)
        job = production.job_progress(job_id, maker.party_id)
        if job.state == "finished":
            return
        assert job.state == "requested", job
        time.sleep(0.1)
    raise AssertionError(job_id)


def _worked(job_id: UUID, maker: User) -> Any:
    """The job's result; the site's own worker may be quicker."""
    for _ in range(600):
        processing.run(job_id)
        job = production.job_progress(job_id, maker.party_id)
        if job.result is not None:
            return job.result
        assert job.state == "requested", job
        time.sleep(0.1)
    raise AssertionError(job_id)


def _label(staff: User, own: User, artist: User, element_id: UUID) -> UUID:
    """A label with one of everything that its pages list."""
    label_id = parties.register(display_name="Meridian", party_kind="company", key="party.registered:label")
    members.add(user=own, label_id=label_id)
    agreed: Any = {"label_id": label_id, "actor_id": staff.party_id}
    group_id = contracts.create_group(name="Late piano", element_ids=[element_id], **agreed)
    steps = [Escalation(units_from=1000, label_ppm=250_000)]
    for group in (None, group_id):
        contracts.sign_contract(
            party_id=artist.party_id, label_ppm=200_000, group_id=group, escalations=steps if group else (), **agreed
        )
    contracts.record_advance(party_id=artist.party_id, currency="EUR", amount_micro=100_000_000, **agreed)
    cost: Any = {"currency": "EUR", "amount_micro": 50_000_000, "party_ids": [artist.party_id]}
    contracts.record_cost(mode="full", element_id=element_id, invoice=b"invoice", **cost, **agreed)
    contracts.set_condition(party_id=artist.party_id, needs_party_ids=[own.party_id], ignoring_advances=True, **agreed)
    return label_id


def _person(name: str, *roles: Role) -> User:
    plain = name.lower().replace("á", "a").replace("é", "e")
    return accounts.sign_up(email=f"{plain}@example.org", password=PASSWORD, display_name=name, roles=roles)


def _element(maker: User, kind: str, data: bytes, *, parents: tuple[Parent, ...] = ()) -> UUID:
    made = elements.create_element(
        actor_id=maker.party_id,
        wishes=Wishes(title=f"Night ferry, {kind.replace('_', ' ')}", kind=kind, tags=("night",), parents=parents),
        body=elements.Body(data=data, examined=look(data)),
        key=f"seed:{uuid4()}",
    )
    previews.make(made.version_id, run=run_here)
    return made.element_id


def _offer(maker: User, element_id: UUID, price_minor: int, *shares: tuple[User, int]) -> None:
    catalogue.publish(
        element_id=element_id,
        actor_id=maker.party_id,
        offers=[catalogue.Offer(licence_kind="standard", currency="EUR", price_minor=price_minor)],
        shares=[Share(party_id=who.party_id, role="producer", share_ppm=ppm) for who, ppm in shares],
    )


def _packs(mira: User, tomas: User, made: dict[str, UUID]) -> tuple[UUID, UUID]:
    """One pack on sale, and one that waits for its second owner; a credit that somebody else has to agree to."""
    chosen = tuple(made[kind] for kind in ("melody", "progression", "mix_setting"))
    words = packs.Wanted(title="A night on the water", description="Three that belong together.", **_priced(chosen))
    pack = packs.offer(actor_id=mira.party_id, wanted=words)
    own = _element(tomas, "melody", music_files.one_of_each()["midi"] + b"\x00")
    _offer(tomas, own, 800, (tomas, 1_000_000))
    both = packs.Wanted(title="Two shores", **_priced((made["melody"], own)))
    asked = packs.offer(actor_id=mira.party_id, wanted=both)
    singer = Contribution(party_id=tomas.party_id, role="singer")
    roles.propose(element_id=made["melody"], added=[singer], actor_id=mira.party_id)
    return pack.id, asked.id


def _priced(element_ids: tuple[UUID, ...]) -> dict[str, Any]:
    listed = Listing.objects.filter(entry_id__in=element_ids, licence_kind="standard")
    total = sum(listed.values_list("price_minor", flat=True))
    return {"element_ids": element_ids, "prices": {"EUR": total * 3 // 4}}


def _trial(who: User) -> None:
    row = plans.subscribe(subscriber_id=who.party_id, plan_name="stave-1", with_trial=True)
    session = Till().pull("pay", session=row.session_id, card=CARD)
    invoice = gateway.retrieve_paid_invoice(session["invoice"])
    assert invoice.trial_ends_at is not None, invoice
    trials.began(
        subscription_id=row.id,
        stripe_id=invoice.stripe_subscription_id,
        invoice_id=invoice.invoice_id,
        ends_at=invoice.trial_ends_at,
    )


def _listing(element_id: UUID) -> UUID:
    return Listing.objects.get(entry_id=element_id, licence_kind="standard").id


def _buy(buyer: User, element_id: UUID) -> Order:
    order = checkout.place(buyer_id=buyer.party_id, listing_ids=[_listing(element_id)])
    Till().pull("pay", session=order.session_id, card=CARD)
    order = checkout.confirm_from_processor(order_id=order.id)
    purchases.settle_charge(order_id=order.id)
    return order
