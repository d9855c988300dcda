"""What is made, by whom, out of what: people, elements, splits, measured contribution, packs."""

from __future__ import annotations

from uuid import UUID

from ledger.domain import events as ev
from tests.ledger.stories.drawn import Drawn, hash_of


class Works(Drawn):
    """Scenes of a story."""

    def people(self):
        for n in range(5):
            self.parties.append(self.id())
            yield (ev.PartyRegistered(party_id=self.parties[-1], party_kind="person", claimed=n != 3),)
        yield (
            ev.PartyClaimed(party_id=self.parties[3], escrow=(ev.Amount(currency="EUR", amount_micro=self.amount()),)),
        )

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
        yield (
            ev.ModelRegistered(
                model="harmony",
                weights_hash=hash_of("w"),
                card_hash=hash_of("card"),
                trainer_id=self.parties[0],
                data=(ev.TrainingData(name="Chorales", licence="public domain"),),
                share_ppm=0,
            ),
        )
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
