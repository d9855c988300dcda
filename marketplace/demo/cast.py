"""Who takes part in the demo: people with accounts, a label, and someone who was only invited."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password

from ledger.services import parties
from marketplace.accounts import services as accounts
from marketplace.accounts.models import User
from marketplace.accounts.permissions import Role
from marketplace.demo.till import Till
from marketplace.labels import members

PASSWORD = "ledger line demo"  # noqa: S105  # printed beside the addresses: it opens nothing but the demo
DOMAIN = "demo.ledgerline.local"
LABEL_NAME = "Meridian Row Records"
NOBODY = UUID(int=0)
INVITED = f"tomas@{DOMAIN}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One account to be: what it is called, and what to look at when signed in as it."""

    name: str
    mail: str
    role: str
    tip: str = ""
    payouts: str = "ready"  # of creators: ready, begun (account not complete), none

    @property
    def email(self) -> str:
        """Their address."""
        return f"{self.mail}@{DOMAIN}"


CREATORS = tuple(
    Person(name=name, mail=mail, role="creator", tip=tip, payouts=payouts)
    for name, mail, payouts, tip in (
        ("Mira Sandoval", "mira", "ready", "Earnings, a split that waits for a yes, a claim on a look-alike"),
        ("Jonas Weber", "jonas", "ready", "Signed to the label (20 %), an advance being recouped"),
        ("Aiko Tanaka", "aiko", "ready", "Bands made of other people's tunes, paid along every path"),
        ("Lwazi Dube", "lwazi", "ready", "Signed to the label; a tenth is held in reserve"),
        ("Chen Yu-ting", "yuting", "ready", "Sells in dollars"),
        ("Rosa Lindqvist", "rosa", "ready", "A part of her payouts is withheld for tax"),
        ("Omar Haddad", "omar", "none", "Never opened a payout account: the dry run says so"),
        ("Niamh Byrne", "niamh", "begun", "Payout account not complete; one upload resembles Mira's"),
    )
)
STAFF = (
    Person(
        name="Petra Novak", mail="petra", role="label staff", tip="Settlements: prepared and approved last month's run"
    ),
    Person(
        name="Idris Cole", mail="idris", role="label staff", tip="Settlements: can release the run that Petra approved"
    ),
)
LABEL_PERSON = Person(
    name="Rhea Anand", mail="rhea", role="label", tip="Works for the label: its contracts, costs and part of every run"
)
OPERATOR = Person(name="Sam Ito", mail="sam", role="operator", tip="Status, the design catalogue")
BUYERS = tuple(
    Person(name=name, mail=mail, role="buyer", tip=tip)
    for name, mail, tip in (
        ("Ada Moreau", "ada", "Library, orders, a plan with credits left"),
        ("Bruno Costa", "bruno", "Owns an exclusive licence"),
        ("Carys Evans", "carys", "A refunded order"),
        ("Dmitri Volkov", "dmitri", "A disputed order"),
        ("Elif Kaya", "elif", "A plan that was ended; its licences stay"),
        ("Farah Aziz", "farah", ""),
        ("Goran Ilić", "goran", ""),
        ("Hana Kim", "hana", ""),
        ("Isaac Mensah", "isaac", ""),
        ("Júlia Prado", "julia", ""),
        ("Kofi Boateng", "kofi", ""),
        ("Lin Yi-chun", "yichun", ""),
    )
)
EVERYBODY = (*CREATORS, *STAFF, LABEL_PERSON, OPERATOR, *BUYERS)


@dataclass(slots=True)
class Cast:
    """Everybody, signed up: party ids by mail name."""

    party: dict[str, UUID] = field(default_factory=dict)
    label_id: UUID = NOBODY
    invited_id: UUID = NOBODY

    @property
    def creators(self) -> list[UUID]:
        """The creators' parties in order."""
        return [self.party[person.mail] for person in CREATORS]

    @property
    def buyers(self) -> list[UUID]:
        """The buyers' parties in order."""
        return [self.party[person.mail] for person in BUYERS]


def has_come() -> bool:
    """Whether the demo's people are here already."""
    return User.objects.filter(email=CREATORS[0].email).exists()


def sign_up_all() -> Cast:
    """Open every account; register the platform and the label."""
    cast = Cast()
    parties.register(
        party_id=settings.PLATFORM_PARTY_ID,
        display_name="Ledgerline",
        party_kind="platform",
        key="party.registered:platform",
    )
    cast.label_id = parties.register(
        display_name=LABEL_NAME, party_kind="company", email=f"label@{DOMAIN}", key="party.registered:demo-label"
    )
    roles = {"creator": (Role.CREATOR,), "label staff": (Role.LABEL_STAFF,), "operator": (Role.OPERATOR,)}
    for person in EVERYBODY:
        user = accounts.sign_up(
            email=person.email, password=None, display_name=person.name, roles=roles.get(person.role, ())
        )
        cast.party[person.mail] = user.party_id
        if person.role == "label staff":
            accounts.join_label(user=user, label_id=cast.label_id)
        if person.role == "label":
            members.add(user=user, label_id=cast.label_id)
    # Hashed once for all: two dozen slow hashes of one printed password protect nothing.
    User.objects.filter(party_id__in=cast.party.values()).update(password=make_password(PASSWORD))
    cast.invited_id = accounts.party_for(email=INVITED, invited_by=cast.party["mira"])
    parties.rename(cast.invited_id, display_name="Tomás Rey (invited)", email=INVITED)
    return cast


def open_payout_accounts(cast: Cast, till: Till) -> None:
    """Where creators and the label are paid: one has no account, one has not finished opening it."""
    for person in CREATORS:
        if person.payouts != "none":
            till.connect(cast.party[person.mail], person.email, complete=person.payouts == "ready")
    till.connect(cast.label_id, f"label@{DOMAIN}", complete=True)


def logins() -> str:
    """The table that the command prints, and `make run` repeats."""
    people = [person for person in EVERYBODY if person.tip]
    widths = [max(len(getattr(one, name)) for one in people) for name in ("role", "name", "email")]
    rows = [
        f"{one.role:<{widths[0]}}  {one.name:<{widths[1]}}  {one.email:<{widths[2]}}  {one.tip}".rstrip()
        for one in people
    ]
    return "\n".join([f"Demo accounts (password for all: {PASSWORD})", *rows]) + "\n"
