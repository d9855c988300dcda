"""The forms of sign-up and account pages."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User


class SignUpForm(forms.Form):
    """E-mail, the name that credits show, and a password; optionally the wish to sell."""

    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    display_name = forms.CharField(
        label=_("Name shown in credits"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. A sentence is easier to remember than a puzzle."),
    )
    creator = forms.BooleanField(label=_("I want to sell what I make"), required=False)

    def clean_email(self) -> str:
        """One account for each address."""
        email: str = self.cleaned_data["email"]
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("There is an account with this e-mail. Sign in, or ask for a new password."))
        return email

    def clean(self) -> dict[str, Any]:
        """The password rules need the person, so that a name is no password."""
        data = super().clean() or {}
        if password := data.get("password"):
            person = User(email=data.get("email", ""), display_name=data.get("display_name", ""))
            try:
                password_validation.validate_password(password, person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a person may change about themselves."""

    class Meta:
        model = User
        fields: ClassVar = ["display_name"]
        labels: ClassVar = {"display_name": _("Name shown in credits")}
