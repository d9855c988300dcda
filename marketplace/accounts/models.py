"""Accounts: who signs in. What a person owns and earns hangs on their party in the ledger, not on this row."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from ledger.domain.ids import uuid7


class UserManager(BaseUserManager["User"]):
    """Finds accounts by e-mail, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new account with a hashed password (None: cannot sign in until one is set)."""
        if not email:
            raise ValueError("an account needs an e-mail address")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """E-mail addresses are compared without case, so `Ana@` and `ana@` are one person."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """One person with a sign-in; roles are Django groups of the names in `permissions.Role`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField("e-mail", unique=True)
    display_name = models.CharField(max_length=80)
    party_id = models.UUIDField(unique=True, default=uuid7, help_text="this person in the ledger")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]
    objects = UserManager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_ci")]

    def __str__(self) -> str:
        return self.display_name


class LabelMembership(models.Model):
    """A person who works for a label; the label itself is a party in the ledger."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    label_id = models.UUIDField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "label_id"], name="accounts_membership_once")]

    def __str__(self) -> str:
        return f"{self.user} at {self.label_id}"
