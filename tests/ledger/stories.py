"""A seeded story of a small marketplace: a legal log with every kind of event, for property tests."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Iterator
from uuid import UUID

from ledger.domain import events as ev

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CURRENCIES = ("EUR", "USD", "JPY")
ACTOR = UUID(int=7)


def hash_of(value: object) -> str:
    return hashlib.sha256(str(value).encode()).hexdigest()


def statement_issued(*, party_id: UUID, royalty_micro: int = 10_000_000, escrowed: bool = False, **more):
    """A statement whose numbers add up."""
    values = {
        "statement_id": more.pop("statement_id", UUID(int=random.Random(royalty_micro).getrandbits(128))),
        "run_id": UUID(int=1),
        "currency": "EUR",
        "opening_micro": 0,
        "recouped_micro": 0,
        "recoupment_received_micro": 0,
        "reserve_held_micro": 0,
        "reserve_released_micro": 0,
        "payable_micro": royalty_micro,
        "gross_payout_minor": 0,
        "withheld_minor": 0,
        "payout_minor": 0,
        "carried_micro": royalty_micro,
        "lines_hash": hash_of("lines"),
    }
    values.update(more)
    return ev.StatementIssued(party_id=party_id, royalty_micro=royalty_micro, escrowed=escrowed, **values)


class Story:
    """Events of a marketplace, drawn by one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.parties: list[UUID] = []
        self.elements: list[UUID] = []
        self.troubles = -1
        self.pack: UUID | None = None

    def id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128))

    def commands(self) -> Iterator[tuple[ev.Event, ...]]:
        """Commands in a legal order: each tuple belongs together."""
        yield from self.people()
        yield from self.works()
        yield from self.packs()
        for _ in range(6):
            self.currency = self.random.choice(CURRENCIES)
            yield from self.sale()
        yield from self.plan()
        yield from self.trial()
        yield from self.roles()
        yield from self.agreements()
        yield from self.run()
        yield from self.rights()
        yield from self.others()
        yield from self.sold_elsewhere()

    def people(self):
        for n in range(5):
            self.parties.append(self.id())
            yield (ev.PartyRegistered(party_id=self.parties[-1], party_kind="person", claimed=n != 3),)
        yield (
            ev.PartyClaimed(party_id=self.parties[3], escrow=(ev.Amount(currency="EUR", amount_micro=self.amount()),)),
        )

    def amount(self) -> int:
        return self.random.randint(1, 10**9)

    def works(self):
        for n in range(6):
            element, party = self.id(), self.random.choice(self.parties)
            contributors = (ev.Contribution(party_id=party, role="producer"),)
            created = ev.ElementCreated(
                element_id=element,
                element_kind="melody",
                content_hash=hash_of(element),
                media_type="audio/midi",
                contributors=contributors,
            )
            derived = ev.ElementDerived(
                element_id=element,
                author_id=party,
                parents=tuple(
                    ev.Parent(element_id=parent, upstream_ppm=self.random.randint(0, 300_000))
                    for parent in self.random.sample(self.elements, min(n, 2))
                ),
            )
            yield (created, derived) if self.elements else (created,)
            self.elements.append(element)
            yield from self.split(element)
            if self.random.random() < 0.5:
                yield (
                    ev.ElementEdited(
                        element_id=element,
                        version=2,
                        content_hash=hash_of((element, 2)),
                        previous_hash=hash_of(element),
                        contributors=contributors,
                    ),
                )
        yield from self.contribution(self.elements[-1], self.elements[0])
        yield (ev.ModelRegistered(model="harmony", weights_hash=hash_of("w"), card_hash=hash_of("card")),)
        yield (
            ev.ElementGenerated(
                element_id=self.elements[-1],
                job_id=self.id(),
                model="harmony",
                weights_hash=hash_of("w"),
                seed=self.random.getrandbits(52),
                parameters={"variants": 3, "names": ["Müller", "𝄞", "\u20ac"], "nested": {"deep": None, "b": True}},
                runtime={"torch": "2.13.0"},
                inputs=tuple(self.elements[:2]),
                content_hash=hash_of("g"),
            ),
        )
        yield from self.processed(self.elements[0])

    def processed(self, element: UUID):
        """A take is cleaned: its maker's next version, and how it came to be."""
        made = {"element_id": element, "version": 3, "content_hash": hash_of((element, 3))}
        maker = ev.Contribution(party_id=self.parties[0], role="audio_engineer")
        yield (
            ev.ElementEdited(previous_hash=hash_of(element), contributors=(maker,), **made),
            ev.ElementProcessed(
                job_id=self.id(),
                process="noise.wiener",
                parameters={"strength": "0.8", "noise": ["0.0", "0.5"], "learned": False},
                inputs=(ev.ProcessInput(element_id=element, content_hash=hash_of(element)),),
                weights={"denoise-1": hash_of("w")},
                runtime={"engine": "0.1.0"},
                **made,
            ),
        )

    def contribution(self, element: UUID, parent: UUID):
        measured, maker, other = self.id(), *self.parties[:2]
        named = {"contribution_id": measured, "element_id": element}
        figures = {
            "parents": (ev.UpstreamFigure(element_id=parent, upstream_ppm=self.random.randint(0, 300_000)),),
            "contributors": (ev.Share(party_id=maker, role="producer", share_ppm=1_000_000),),
        }
        yield (
            ev.ContributionMeasured(
                version=1,
                content_hash=hash_of(element),
                unit="notes",
                units_total=500,
                parents=(
                    ev.ParentFigure(
                        element_id=parent,
                        content_hash=hash_of(parent),
                        units=88,
                        measured_ppm=self.random.choice((None, 176_000)),
                        proposed_upstream_ppm=176_000,
                    ),
                ),
                contributors=(
                    ev.ContributorFigure(
                        party_id=maker, role="producer", units_milli=412_000, proposed_share_ppm=1_000_000
                    ),
                ),
                detail_hash=hash_of("detail"),
                **named,
            ),
        )
        for outcome in ("agreed", "decided", "withdrawn"):
            contest = self.id()
            yield (ev.ContributionContested(contest_id=contest, party_id=other, words_hash=hash_of("words"), **named),)
            yield (ev.ContributionOffered(contest_id=contest, **named, **figures),)
            reason = hash_of("why") if outcome == "decided" else None
            yield (ev.ContributionSettled(contest_id=contest, outcome=outcome, reason_hash=reason, **named, **figures),)

    def split(self, element: UUID):
        first, second = self.random.sample(self.parties, 2)
        part = self.random.randint(1, 999_999)
        shares = (
            ev.Share(party_id=first, role="producer", share_ppm=part),
            ev.Share(party_id=second, role="singer", share_ppm=1_000_000 - part),
        )
        for outcome in self.random.choice((("yes",), ("no", "yes"), ("open", "yes"))):
            proposal = self.id()
            yield (ev.SplitProposed(proposal_id=proposal, element_id=element, shares=shares),)
            if outcome == "open":
                continue
            yield (ev.SplitAccepted(proposal_id=proposal, element_id=element, party_id=first),)
            if outcome == "no":
                yield (ev.SplitRefused(proposal_id=proposal, element_id=element, party_id=second),)
                continue
            yield (
                ev.SplitAccepted(proposal_id=proposal, element_id=element, party_id=second),
                ev.SplitTookEffect(proposal_id=proposal, element_id=element, shares=shares),
            )

    def sale(self):
        order, buyer, listing = self.id(), self.random.choice(self.parties), self.id()
        element = self.random.choice(self.elements)
        yield (
            ev.ListingPublished(
                listing_id=listing,
                element_id=element,
                content_hash=hash_of(element),
                licence_kind="standard",
                terms_hash=hash_of("terms"),
                currency=self.currency,
                price_minor=self.amount(),
            ),
        )
        if self.random.random() < 0.3:
            yield (ev.ListingRepriced(listing_id=listing, currency=self.currency, price_minor=self.amount()),)
            yield (ev.ListingWithdrawn(listing_id=listing, reason="sold"),)
        lines = tuple(
            ev.OrderLine(
                line_id=self.id(),
                listing_id=listing,
                element_id=element,
                licence_kind="standard",
                terms_hash=hash_of("terms"),
                gross_minor=gross,
                tax_minor=gross // 6,
                pack_id=pack,
            )
            for gross, pack in ((self.amount(), None), (self.amount(), self.pack))
        )
        yield (ev.OrderPlaced(order_id=order, buyer_id=buyer, currency=self.currency, lines=lines),)
        if self.random.random() < 0.2:
            yield (ev.OrderLapsed(order_id=order, reason="declined"),)
            return
        licence = self.id()
        yield (
            ev.OrderPaid(order_id=order, buyer_id=buyer, currency=self.currency, lines=lines),
            ev.LicenceGranted(
                licence_id=licence,
                element_id=element,
                content_hash=hash_of(element),
                holder_id=buyer,
                licence_kind="standard",
                terms_hash=hash_of("terms"),
                order_id=order,
                line_id=lines[0].line_id,
            ),
        )
        yield (
            ev.ChargeSettled(order_id=order, currency=self.currency, lines=tuple(amounts(lines, fee=30, money=False))),
        )
        yield from self.trouble(order, licence, lines)

    def trouble(self, order: UUID, licence: UUID, lines):
        self.troubles += 1  # in turn, so that every story has each of them
        match self.troubles % 4:
            case 0:
                yield (
                    ev.OrderRefunded(
                        refund_id=self.id(),
                        order_id=order,
                        currency=self.currency,
                        lines=tuple(amounts(lines[:1], fee=0)),
                        reason="changed mind",
                    ),
                    ev.LicenceRevoked(licence_id=licence, reason="refunded"),
                )
            case 1 | 2 as outcome:
                dispute = self.id()
                yield (
                    ev.DisputeOpened(
                        dispute_id=dispute,
                        order_id=order,
                        currency=self.currency,
                        lines=tuple(amounts(lines, fee=1500)),
                    ),
                )
                if outcome == 1:
                    yield (ev.DisputeLost(dispute_id=dispute, order_id=order),)
                else:
                    yield (
                        ev.DisputeWon(
                            dispute_id=dispute,
                            order_id=order,
                            currency=self.currency,
                            lines=tuple(amounts(lines, fee=0)),
                        ),
                    )

    def plan(self):
        subscription, subscriber, lot = self.id(), self.random.choice(self.parties), self.id()
        yield (
            ev.SubscriptionStarted(
                subscription_id=subscription, subscriber_id=subscriber, plan="basic", policy="user_centric"
            ),
            ev.CreditsGranted(
                lot_id=lot,
                subscription_id=subscription,
                subscriber_id=subscriber,
                credits=10,
                currency="EUR",
                gross_minor=999,
                tax_minor=159,
                fee_minor=40,
                expires_at=START + dt.timedelta(days=60),
            ),
        )
        yield (ev.SubscriptionRenewed(subscription_id=subscription),)
        spent = {"lot_id": lot, "subscriber_id": subscriber, "currency": "EUR"}
        yield (ev.CreditsSpent(element_id=self.elements[0], credits=3, released_minor=240, **spent),)
        yield (ev.CreditsExpired(credits=7, released_minor=560, **spent),)
        yield (ev.SubscriptionEnded(subscription_id=subscription),)

    def packs(self):
        self.pack, owners = self.id(), tuple(self.parties[:2])
        revision = {"pack_id": self.pack, "revision": 1}
        offered = {
            "licence_kind": "standard",
            "members": tuple(ev.PackMember(element_id=one, listing_id=self.id()) for one in self.elements[:2]),
            "prices": (ev.Price(currency="EUR", price_minor=self.amount()),),
            "words_hash": hash_of("a name and a text"),
        }
        yield (
            ev.PackProposed(**revision, **offered, needs=owners),
            ev.PackAgreed(**revision, party_id=owners[0]),
        )
        yield (ev.PackAgreed(**revision, party_id=owners[1]), ev.PackPublished(**revision, **offered))
        yield (ev.PackRepriced(pack_id=self.pack, currency="EUR", price_minor=self.amount()),)
        again = {"pack_id": self.pack, "revision": 2}
        yield (ev.PackProposed(**again, **offered, needs=owners),)
        yield (ev.PackRefused(**again, party_id=owners[1]),)
        yield (ev.PackWithdrawn(pack_id=self.pack, party_id=owners[0]),)

    def trial(self):
        subscription, subscriber, lot = self.id(), self.random.choice(self.parties), self.id()
        ends_at = START + dt.timedelta(days=14)
        yield (
            ev.TrialStarted(
                subscription_id=subscription,
                subscriber_id=subscriber,
                plan="basic",
                currency="EUR",
                credit_pays_minor=40,
                ends_at=ends_at,
            ),
            ev.CreditsGranted(
                lot_id=lot,
                subscription_id=subscription,
                subscriber_id=subscriber,
                credits=5,
                currency="EUR",
                gross_minor=0,
                tax_minor=0,
                fee_minor=0,
                expires_at=ends_at,
            ),
        )
        spent = {"lot_id": lot, "subscriber_id": subscriber, "currency": "EUR", "released_minor": 0}
        yield (ev.CreditsSpent(element_id=self.elements[1], credits=2, **spent),)
        yield (ev.CreditsExpired(credits=3, **spent),)
        yield (ev.TrialEnded(subscription_id=subscription, outcome=self.random.choice(("paid", "cancelled"))),)

    def roles(self):
        element, needs = self.elements[0], (self.parties[0], self.parties[1])
        changed = {
            "element_id": element,
            "added": (ev.Contribution(party_id=needs[0], role="singer"),),
            "removed": tuple(ev.Contribution(party_id=one, role="producer") for one in self.parties[:2]),
        }
        one, other = self.id(), self.id()
        yield (ev.RoleProposed(proposal_id=one, needs=needs, **changed),)
        yield (ev.RoleAccepted(proposal_id=one, element_id=element, party_id=needs[0]),)
        yield (
            ev.RoleAccepted(proposal_id=one, element_id=element, party_id=needs[1]),
            ev.RoleCorrected(proposal_id=one, **changed),
        )
        yield (ev.RoleProposed(proposal_id=other, needs=needs, **changed),)
        yield (ev.RoleRefused(proposal_id=other, element_id=element, party_id=needs[1]),)

    def agreements(self):
        label, payee = self.parties[0], self.parties[1]
        self.advance = self.id()
        group, contract, condition = self.id(), self.id(), self.id()
        agreed = {"label_id": label, "party_id": payee}
        yield (ev.ContractSigned(contract_id=contract, element_id=None, label_ppm=200_000, **agreed),)
        yield (
            ev.CatalogueGroupCreated(
                group_id=group, label_id=label, name_hash=hash_of("hits"), element_ids=tuple(self.elements[:2])
            ),
        )
        yield (
            ev.ContractSigned(
                contract_id=self.id(),
                element_id=None,
                group_id=group,
                label_ppm=100_000,
                escalations=(ev.Escalation(units_from=2, label_ppm=150_000),),
                **agreed,
            ),
            ev.ContractEnded(contract_id=contract),
        )
        yield (ev.CatalogueGroupChanged(group_id=group, added=(self.elements[2],), removed=(self.elements[0],)),)
        yield (
            ev.AdvancePaid(advance_id=self.advance, label_id=label, party_id=payee, currency="EUR", amount_micro=10**9),
        )
        cost = {"label_id": label, "currency": "EUR", "amount_micro": self.amount(), "party_ids": (payee, label)}
        yield (ev.CostRecorded(cost_id=self.id(), mode="full", invoice_hash=hash_of("invoice"), **cost),)
        yield (
            ev.CostRecorded(cost_id=self.id(), mode="pro_rated", weights=(2, 1), element_id=self.elements[0], **cost),
        )
        for minimum in (0, 1000):
            yield (
                ev.PayeeTermsSet(
                    party_id=payee,
                    reserve_ppm=50_000,
                    reserve_releases=(1, 1, 2),
                    withholding_ppm=0,
                    minimum_payout_minor=minimum,
                    currency="EUR",
                ),
            )
        yield (
            ev.PaymentConditionSet(
                condition_id=condition,
                label_id=label,
                party_id=payee,
                needs_party_ids=(label,),
                ignoring_advances=True,
            ),
        )
        yield (ev.PaymentConditionLifted(condition_id=condition),)

    def run(self):
        run, statement, payout, payee = self.id(), self.id(), self.id(), self.parties[1]
        yield (
            ev.SettlementCalculated(
                run_id=run,
                period="2026-01",
                from_position=0,
                cutoff_position=50,
                commission_ppm=150_000,
                inputs_hash=hash_of("in"),
                outputs_hash=hash_of("out"),
                totals=(ev.Amount(currency="EUR", amount_micro=self.amount()),),
            ),
        )
        yield (
            ev.SettlementReviewed(
                run_id=run, outputs_hash=hash_of("out"), findings_hash=hash_of("findings"), findings=2
            ),
        )
        yield (ev.SettlementApproved(run_id=run, outputs_hash=hash_of("out")),)
        royalty = self.amount()
        payable = royalty - royalty // 3 + 17 - royalty // 10 + 5
        yield (
            ev.SettlementReleased(run_id=run, outputs_hash=hash_of("out")),
            statement_issued(
                statement_id=statement,
                run_id=run,
                party_id=payee,
                royalty_micro=royalty,
                recouped_micro=royalty // 3,
                recoupment_received_micro=17,
                reserve_held_micro=royalty // 10,
                reserve_released_micro=5,
                payable_micro=payable,
                gross_payout_minor=100,
                withheld_minor=10,
                payout_minor=90,
                carried_micro=payable - 100_000_000,
            ),
            ev.AdvanceRecouped(
                run_id=run,
                advance_id=self.advance,
                currency="EUR",
                amount_micro=royalty // 3,
                unrecouped_micro=10**9 - royalty // 3,
            ),
            ev.PayoutRequested(
                payout_id=payout,
                run_id=run,
                statement_id=statement,
                party_id=payee,
                currency="EUR",
                gross_minor=100,
                withheld_minor=10,
                payout_minor=90,
            ),
        )
        yield (
            ev.StatementPublished(
                statement_id=statement, party_id=payee, csv_hash=hash_of("csv"), pdf_hash=hash_of("pdf")
            ),
        )
        yield (ev.PayoutFailed(payout_id=payout, party_id=payee, code="account_closed"),)
        paid = {"payout_id": payout, "party_id": payee, "currency": "EUR"}
        yield (ev.PayoutPaid(gross_minor=100, withheld_minor=10, payout_minor=90, **paid),)
        if self.random.random() < 0.5:
            yield (ev.PayoutReversed(gross_minor=100, withheld_minor=10, payout_minor=90, **paid),)
        yield (ev.SettlementClosed(run_id=run),)
        other = self.id()
        yield (
            ev.SettlementCalculated(
                run_id=other,
                period="2026-02",
                from_position=51,
                cutoff_position=60,
                commission_ppm=150_000,
                inputs_hash=hash_of("in"),
                outputs_hash=hash_of("out"),
                totals=(),
            ),
        )
        yield (ev.SettlementDiscarded(run_id=other, reason="late refund"),)

    def rights(self):
        element, child, first, holder = self.elements[0], self.id(), self.parties[0], self.parties[1]
        terms, licence, proposal = self.id(), self.id(), self.id()
        named = {"element_id": element, "upstream_ppm_min": 50_000, "upstream_ppm": 100_000}
        for terms_id, most, days in ((self.id(), 100_000, None), (terms, 300_000, 365)):
            yield (
                ev.DerivationTermsPublished(
                    terms_id=terms_id,
                    upstream_ppm_max=most,
                    weight="measured",
                    allowed_uses=("derive", "own_music", "sell_derivative"),
                    expires_after_days=days,
                    **named,
                ),
            )
        yield (
            ev.LicenceGranted(
                licence_id=licence,
                element_id=element,
                content_hash=hash_of(element),
                holder_id=holder,
                licence_kind="remix",
                terms_hash=hash_of("remix"),
                order_id=None,
                line_id=None,
                allows=("derive", "sell_derivative"),
                derivation_terms_id=terms,
                expires_at=START + dt.timedelta(days=365),
            ),
        )
        parent = ev.Parent(element_id=element, upstream_ppm=200_000, licence_id=licence, terms_id=terms)
        yield (ev.ElementDerived(element_id=child, author_id=holder, parents=(parent,)),)
        shares = (ev.Share(party_id=first, role="producer", share_ppm=1_000_000),)
        yield (ev.SplitProposed(proposal_id=proposal, element_id=element, shares=shares),)
        yield (ev.SplitWithdrawn(proposal_id=proposal, element_id=element),)
        yield (ev.EscrowReminded(party_id=first, expires_at=START + dt.timedelta(days=1095)),)
        yield (
            ev.EscrowExpired(
                expiry_id=self.id(),
                party_id=first,
                amounts=(ev.Amount(currency="EUR", amount_micro=self.amount()),),
                statement_ids=(self.id(), self.id()),
            ),
        )

    def others(self):
        claim, hold, job, other_job, party = self.id(), self.id(), self.id(), self.id(), self.parties[2]
        yield (
            ev.ClaimOpened(
                claim_id=claim,
                element_id=self.elements[0],
                resembles_id=self.elements[1],
                disputed_ppm=400_000,
                reason="near match",
            ),
        )
        yield (ev.ClaimStated(claim_id=claim, party_id=party, statement_hash=hash_of("mine")),)
        upheld = self.random.random() < 0.5
        yield (
            ev.ClaimDecided(
                claim_id=claim, element_id=self.elements[0], upheld=upheld, reason_hash=hash_of("the same notes")
            ),
        )
        for held in ({"party_id": party, "element_id": None}, {"party_id": None, "element_id": self.elements[1]}):
            yield (ev.HoldPlaced(hold_id=hold, currency=None, reason_hash=hash_of("why"), **held),)
            yield (ev.HoldLifted(hold_id=hold, **held),)
            hold = self.id()
        for line_id, order in (("a line", None), (None, self.id())):
            deferral = self.id()
            yield (
                ev.LineDeferred(
                    deferral_id=deferral, line_id=line_id, order_id=order, until=START, reason_hash=hash_of("wait")
                ),
            )
            if order:
                yield (ev.LineResumed(deferral_id=deferral, order_id=order),)
        yield (
            ev.AdjustmentPosted(
                adjustment_id=self.id(),
                element_id=self.elements[0],
                currency="EUR",
                gross_minor=-250,
                reason_hash=hash_of("why"),
            ),
        )
        yield (
            ev.BalanceAdjusted(
                adjustment_id=self.id(),
                party_id=party,
                currency="EUR",
                amount_micro=self.amount(),
                basis="agreement",
                cause_id=self.id(),
                escrowed=False,
            ),
        )
        yield from self.corrections(party)
        yield (ev.ProjectShared(project_id=self.id(), party_ids=tuple(self.parties)),)
        yield (ev.TakeRecorded(take_id=self.id(), project_id=self.id(), content_hash=hash_of("take"), contributors=()),)
        for job_id in (job, other_job, self.id()):
            yield (ev.JobRequested(job_id=job_id, task="test.work", arguments={"n": 1, "of": ["a", None]}),)
        yield (ev.JobFinished(job_id=job, result={"element_id": str(self.elements[0])}),)
        yield (ev.JobCancelled(job_id=job),)
        yield (ev.JobFailed(job_id=other_job, code="broken"),)
        last = self.id()
        yield (ev.JobRequested(job_id=last, task="test.work", arguments={}), ev.JobCancelled(job_id=last))

    def corrections(self, party: UUID):
        run = self.id()
        for outcome in ("posted", "discarded"):
            correction, calculated = self.id(), hash_of("corrected")
            yield (
                ev.CorrectionCalculated(
                    correction_id=correction,
                    run_id=run,
                    changes_hash=hash_of("changes"),
                    reason_hash=hash_of("why"),
                    base_inputs_hash=hash_of("in"),
                    base_outputs_hash=hash_of("out"),
                    inputs_hash=hash_of("in 2"),
                    outputs_hash=calculated,
                    totals=(ev.Amount(currency="EUR", amount_micro=250),),
                ),
            )
            if outcome == "discarded":
                yield (ev.CorrectionDiscarded(correction_id=correction, run_id=run),)
                continue
            yield (
                ev.CorrectionPosted(correction_id=correction, run_id=run, outputs_hash=calculated),
                ev.BalanceAdjusted(
                    adjustment_id=self.id(),
                    party_id=party,
                    currency="EUR",
                    amount_micro=250,
                    basis="correction",
                    cause_id=correction,
                    escrowed=False,
                ),
                ev.AdvanceCorrected(
                    correction_id=correction,
                    advance_id=self.advance,
                    currency="EUR",
                    amount_micro=-17,
                    unrecouped_micro=10**9,
                ),
            )
            met = f"{self.id()}/{self.id()}"
            yield (
                ev.CorrectionMet(
                    run_id=self.id(),
                    line_id=met,
                    sale_id=met.rpartition("/")[2],
                    currency="EUR",
                    gross_minor=250,
                    tax_minor=40,
                    fee_minor=0,
                ),
            )

    def sold_elsewhere(self):
        element = self.elements[0]
        names = {"element_id": element, "scheme": "isrc", "value": "DEA122400001"}
        yield (ev.ElementIdentified(**names),)
        yield (ev.ElementIdentifierWithdrawn(**names),)
        yield (ev.ElementIdentified(element_id=element, scheme="iswc", value="T0345246801"),)
        for is_mistake in (False, True):
            report, line, found, lost = (self.id() for _ in range(4))
            said = {"report_id": report, "currency": "EUR"}
            yield (
                ev.ReportBooked(
                    **said,
                    period="2026-02",
                    control_total_minor=1000,
                    reported_currency="EUR",
                    reported_micro=1_000_000_123,
                    difference="rounding",
                    document_hash=hash_of("a file"),
                    template_hash=hash_of("a mapping"),
                    lines=7,
                    sales=1,
                    waiting=2,
                ),
                ev.ExternalSaleRecorded(**said, line_id=line, element_id=element, gross_minor=600, reverses_id=None),
                ev.ExternalMoneyWaiting(**said, group_id=found, amount_minor=500),
                ev.ExternalMoneyWaiting(**said, group_id=lost, amount_minor=-100),
            )
            yield (ev.ExternalMoneyMatched(**said, group_id=found, element_id=element, amount_minor=500),)
            if is_mistake:
                mirrors = [(line, -600), (found, -500)]
                yield (
                    ev.ReportReversed(**said, control_total_minor=1000, reason_hash=hash_of("twice")),
                    *(
                        ev.ExternalSaleRecorded(
                            **said, line_id=self.id(), element_id=element, gross_minor=gross, reverses_id=mirrored
                        )
                        for mirrored, gross in mirrors
                    ),
                    ev.ExternalMoneyReturned(**said, group_id=lost, amount_minor=-100),
                )


def amounts(lines, *, fee: int, money: bool = True) -> Iterator[ev.LineAmount]:
    for line in lines:
        yield ev.LineAmount(
            line_id=line.line_id,
            element_id=line.element_id,
            gross_minor=line.gross_minor if money else 0,
            tax_minor=line.tax_minor if money else 0,
            fee_minor=fee,
        )


def tell(seed: int, *, actor_id: UUID = ACTOR) -> int:
    """Append a whole story in the caller's transaction; how many events."""
    from ledger.services import append

    count = 0
    for number, events in enumerate(Story(seed).commands()):
        count += len(append(*events, actor_id=actor_id, key=f"story {seed} {number}"))
    return count
