"""Measured contribution: an element is compared with its earlier versions and its parents, and figures are proposed.

A unit (a note, half a second, a parameter, a sample) that a parent holds is the parent's; every other is that of the
first version that holds it, divided evenly among those who are named for that version. From these follow

    proposed share of a contributor = their part of allocate(1,000,000, units of each contributor)
    proposed upstream share         = measured_ppm, not less than the terms' least and not more than their most,
                                      where the terms weigh what is measured; else the terms' own share

If everything in an element is its parents', contributors are counted by who brought it in. Figures are a proposal: a
maker may publish others, and whoever is named in them may contest them before the element is on sale.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from ledger import selectors as ledger
from ledger.domain.events import ContributionMeasured, ContributorFigure, ParentFigure, Role
from ledger.domain.ids import uuid7
from ledger.domain.settlement import allocate
from ledger.services import contributions as record
from ledger.services import documents, jobs
from production import limits
from production.errors import (
    NoLicenceError,
    NotAnElementError,
    NotYoursError,
    TooMuchToMeasureError,
    UnknownElementError,
)
from production.models import Element, Version
from production.parsing.apart import MEASURING, run_apart
from production.permissions import may_use
from production.services.working import Work, perform
from production.stores import content

TASK = "production.measure_contribution"
WHOLE_PPM = 1_000_000
UPSTREAM_PPM_DEFAULT = 100_000
"""Where a parent has no terms yet: what a listing asks unless its maker says otherwise."""


@dataclass(frozen=True, slots=True)
class _Parent:
    """A parent in the state that the derivation started from."""

    element_id: UUID
    content_hash: str
    size_bytes: int
    terms: ledger.DerivationTerms | None


def propose(*, element_id: UUID, actor_id: UUID, parent_ids: Sequence[UUID] = ()) -> UUID:
    """Ask for a measurement against the recorded parents and these others; the answer is the job.

    Raises
    ------
    UnknownElementError, NotYoursError
        If there is no such element, or the actor did not make it.
    NoLicenceError
        If the actor may not use one of the parents.
    NotAnElementError, TooMuchToMeasureError
        If the element is its own parent; if there are too many files or bytes.
    """
    _check_maker(element_id, actor_id)
    recorded = [edge.parent_id for edge in ledger.parents_of(element_id)]
    wanted = list(dict.fromkeys([*recorded, *parent_ids]))
    if element_id in wanted:
        raise NotAnElementError("An element is not made from itself.")
    if any(not may_use(actor_id, parent_id) for parent_id in wanted if parent_id not in recorded):
        raise NoLicenceError("You need a licence for every element that yours is made from.")
    versions, parents = _versions(element_id), _parents(element_id, actor_id, wanted)
    _check_size(versions, parents)
    return jobs.request(
        task=TASK,
        arguments={
            "element_id": str(element_id),
            "content_hash": versions[-1].content_hash,
            "parents": [str(parent_id) for parent_id in wanted],
        },
        actor_id=actor_id,
        key=f"contribution:{uuid7()}",
    )


def run(job_id: UUID) -> None:
    """Do the measurement that a job asks for."""
    perform(job_id, _measure, clean_up=lambda work, code, words: None)


def measure(*, element_id: UUID, actor_id: UUID, parent_ids: Sequence[UUID], work: Work | None = None) -> _Measured:
    """Compare, apart; nothing is written.

    Raises
    ------
    RefusedFileError, ParserLimitError, CancelledError, MissingContentError
        See `run_apart` and the store.
    """
    versions, parents = _versions(element_id), _parents(element_id, actor_id, parent_ids)
    _check_size(versions, parents)
    hashes = [*(version.content_hash for version in versions), *(parent.content_hash for parent in parents)]
    files = [content.get(content_hash, verify=True) for content_hash in hashes]
    answer = run_apart(
        "measure",
        b"".join(files),
        arguments={"sizes": [len(data) for data in files], "versions": len(versions)},
        bounds=MEASURING,
        is_cancelled=work.is_over if work else lambda: False,
    )
    return _Measured(element_id=element_id, versions=versions, parents=parents, values=answer.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """What came back, and what it says of whom."""

    element_id: UUID
    versions: Sequence[Version]
    parents: Sequence[_Parent]
    values: dict[str, Any]

    def event(self, contribution_id: UUID) -> ContributionMeasured:
        """The fact; the figures of every bar are kept as a document and bound by hash."""
        newest = self.versions[-1]
        return ContributionMeasured(
            contribution_id=contribution_id,
            element_id=self.element_id,
            version=newest.number,
            content_hash=newest.content_hash,
            unit=self.values["unit"],
            units_total=self.values["units_total"],
            parents=tuple(self._parent_figures()),
            contributors=tuple(self._contributor_figures()),
            detail_hash=documents.keep(self._detail(), media_type="application/json"),
        )

    def _parent_figures(self) -> list[ParentFigure]:
        return [
            ParentFigure(
                element_id=parent.element_id,
                content_hash=parent.content_hash,
                units=found["units"],
                measured_ppm=found["measured_ppm"],
                proposed_upstream_ppm=proposed_upstream_ppm(found["measured_ppm"], parent.terms),
            )
            for parent, found in zip(self.parents, self.values["parents"], strict=True)
        ]

    def _contributor_figures(self) -> list[ContributorFigure]:
        units, roles = self._units()
        weights = list(units.values())
        shares = allocate(WHOLE_PPM, weights if any(weights) else [1] * len(weights))
        return [
            ContributorFigure(party_id=party, role=roles[party], units_milli=milli, proposed_share_ppm=share)
            for (party, milli), share in zip(units.items(), shares, strict=True)
        ]

    def _units(self) -> tuple[dict[UUID, int], dict[UUID, Role]]:
        """Thousandths of a unit by party, in the order in which they came to the element, and their first roles."""
        counts = self.values["own"] if any(self.values["own"]) else self.values["all"]
        units: dict[UUID, int] = {}
        roles: dict[UUID, Role] = {}
        for version, count in zip(self.versions, counts, strict=True):
            parties = _parties_of(version, roles)
            for party, milli in zip(parties, allocate(count * 1000, [1] * len(parties)), strict=True):
                units[party] = units.get(party, 0) + milli
        return units, roles

    def _detail(self) -> bytes:
        """Canonical JSON: equal figures have equal hashes."""
        owners = [
            *({"version": v.number, "parties": [str(p) for p in _parties_of(v, {})]} for v in self.versions),
            *({"parent": str(parent.element_id)} for parent in self.parents),
        ]
        return json.dumps({**self.values["detail"], "owners": owners}, sort_keys=True, separators=(",", ":")).encode()


def proposed_upstream_ppm(measured_ppm: int | None, terms: ledger.DerivationTerms | None) -> int:
    """What flows back by these terms: the measured share within their bounds, or their own where none is weighed."""
    if terms is None:
        return UPSTREAM_PPM_DEFAULT
    if terms.weight != "measured" or measured_ppm is None:
        return terms.upstream_ppm
    return min(max(measured_ppm, terms.upstream_ppm_min), terms.upstream_ppm_max)


def _measure(work: Work) -> None:
    element_id = UUID(str(work.arguments["element_id"]))
    parent_ids = [UUID(str(one)) for one in work.arguments["parents"]]
    work.step(0.1, "Comparing it with what it is made from")
    found = measure(element_id=element_id, actor_id=work.actor_id, parent_ids=parent_ids, work=work)
    work.step(0.9, "Writing down the figures")
    contribution_id = uuid7()
    with transaction.atomic():
        work.hold()
        measured = found.event(contribution_id)
        record.record(measured, actor_id=work.actor_id, key=f"contribution:{work.job_id}:measured")
        work.finish({"element_id": str(element_id), "contribution_id": str(contribution_id)})


def _check_maker(element_id: UUID, actor_id: UUID) -> None:
    element = Element.objects.filter(id=element_id).first()
    if element is None:
        raise UnknownElementError
    if element.creator_id != actor_id:
        raise NotYoursError


def _versions(element_id: UUID) -> list[Version]:
    """Oldest first: the first, which everything may go back to, and the newest ones."""
    found = list(Version.objects.filter(element_id=element_id).order_by("number").prefetch_related("contributors"))
    if not found:
        raise UnknownElementError
    return found[:1] + found[1:][-(limits.MEASURE_VERSIONS_MAX - 1) :]


def _parties_of(version: Version, roles: dict[UUID, Role]) -> list[UUID]:
    """Each party once, in order; the first role that anyone ever had is theirs."""
    for contributor in version.contributors.all():
        roles.setdefault(contributor.party_id, contributor.role)
    return list(dict.fromkeys(one.party_id for one in version.contributors.all()))


def _parents(element_id: UUID, actor_id: UUID, parent_ids: Sequence[UUID]) -> list[_Parent]:
    """Each parent in the version that was its newest when the derivation was recorded, or is so now."""
    edges = {edge.parent_id: edge for edge in ledger.parents_of(element_id)}
    named = ledger.derivation_terms_by_id(edge.terms_id for edge in edges.values() if edge.terms_id)
    sizes = _sizes(parent_ids)
    parents = []
    for parent_id in parent_ids:
        edge = edges.get(parent_id)
        known = [v for v in ledger.versions_of(parent_id) if edge is None or v.position <= edge.position]
        if not known:
            raise UnknownElementError("One of the parents is not known.")
        if edge is None:
            rights = ledger.rights_to_derive(party_id=actor_id, element_id=parent_id, at=timezone.now()).rights
            terms = rights[0].terms if rights else ledger.derivation_terms(parent_id)
        else:
            terms = named.get(edge.terms_id) if edge.terms_id else ledger.derivation_terms(parent_id)
        content_hash = known[-1].content_hash
        parents.append(_Parent(parent_id, content_hash, sizes[parent_id, content_hash], terms))
    return parents


def _sizes(element_ids: Collection[UUID]) -> dict[tuple[UUID, str], int]:
    rows = Version.objects.filter(element_id__in=element_ids).values_list("element_id", "content_hash", "size_bytes")
    return {(element_id, content_hash): size for element_id, content_hash, size in rows}


def _check_size(versions: Sequence[Version], parents: Sequence[_Parent]) -> None:
    total = sum(version.size_bytes for version in versions) + sum(parent.size_bytes for parent in parents)
    if len(parents) > limits.MEASURE_PARENTS_MAX or total > limits.MEASURE_BYTES_MAX:
        raise TooMuchToMeasureError
