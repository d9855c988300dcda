"""`manage.py account`: give an account its roles, or open one, from the machine the site runs on."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from marketplace.accounts import services
from marketplace.accounts.models import User
from marketplace.accounts.permissions import ASSIGNABLE, Role


class Command(BaseCommand):
    """Roles are given here or by an operator, never by the account itself."""

    help = "Sets the roles of an account (creator, label_staff, operator) and the label it works for."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, and which."""
        parser.add_argument("email")
        parser.add_argument("--role", action="append", default=[], choices=[role.value for role in ASSIGNABLE])
        parser.add_argument("--label", help="party id of the label this person works for")

    def handle(self, *, email: str, role: list[str], label: str | None, **_options: Any) -> None:
        """Replace the account's roles."""
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError(f"there is no account {email}; sign up first")
        services.set_roles(user=user, roles=tuple(Role(name) for name in role))
        if label:
            services.join_label(user=user, label_id=UUID(label))
        self.stdout.write(f"{user.email}: {', '.join(role) or 'buyer only'}")
