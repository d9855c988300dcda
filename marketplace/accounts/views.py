"""Doors to accounts: sign up, sign in, a new password, one's own page, and the mail of a machine of one's own."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts import mail, selectors, services
from marketplace.accounts.forms import ProfileForm, SignUpForm
from marketplace.accounts.permissions import Role, may, requires
from marketplace.accounts.throttle import throttled


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@requires("account.sign_up")
@throttled("sign_up", per_hour=60)
def sign_up(request: HttpRequest) -> HttpResponse:
    """Open an account; an invitation link fills in the e-mail and brings the invited party along."""
    token = request.GET.get("invitation", "")
    invited_party, invited_email = None, ""
    if token:
        try:
            invited_party, invited_email = services.read_invitation(token)
        except signing.BadSignature:
            messages.error(request, _("This invitation link is damaged or too old. Ask for a new one."))
            return redirect("sign_up")
    form = SignUpForm(request.POST or None, initial={"email": invited_email})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if invited_party and data["email"].casefold() != invited_email.casefold():
            form.add_error("email", _("The invitation was sent to another address."))
        elif invited_party is None and selectors.invited(data["email"]):
            mail.send_invitation(data["email"])
            form.add_error("email", _("An invitation waits for this address. We sent its link again: open it to join."))
        else:
            roles = (Role.CREATOR,) if data["creator"] or invited_party else ()
            user = services.sign_up(
                email=data["email"],
                password=data["password"],
                display_name=data["display_name"],
                roles=roles,
                invited_party=invited_party,
            )
            login(request, user)
            messages.success(request, _("Welcome, %(name)s.") % {"name": user.display_name})
            return redirect("escrow" if invited_party else "account")
    status = 422 if form.errors else 200
    return render(request, "accounts/sign_up.html", {"form": form, "invited": bool(invited_party)}, status=status)


class SignInView(auth_views.LoginView):
    """Sign in with e-mail and password."""

    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True


# Many people may sit behind one address; nobody mistypes one account's password thirty times.
sign_in = requires("account.sign_up")(
    throttled("sign_in", per_hour=600)(
        throttled("sign_in_to", per_hour=30, field="username")(SignInView.as_view()),
    )
)
sign_out = requires("account.manage")(auth_views.LogoutView.as_view())
password_reset = requires("account.sign_up")(
    throttled("password_reset", per_hour=60)(
        auth_views.PasswordResetView.as_view(
            template_name="accounts/password_reset.html",
            email_template_name="accounts/password_reset.txt",
            subject_template_name="accounts/password_reset_subject.txt",
            success_url="/password/sent/",
        )
    )
)
password_reset_sent = requires("account.sign_up")(
    auth_views.PasswordResetDoneView.as_view(template_name="accounts/password_reset_sent.html")
)
password_reset_confirm = requires("account.sign_up")(
    auth_views.PasswordResetConfirmView.as_view(
        template_name="accounts/password_reset_confirm.html", success_url="/sign-in/"
    )
)
password_change = requires("account.manage")(
    auth_views.PasswordChangeView.as_view(template_name="accounts/password_change.html", success_url="/account/")
)


@require_http_methods(["GET", "POST"])
@requires("account.manage")
def account(request: HttpRequest) -> HttpResponse:
    """One's own page: name, roles, payout account."""
    user = selectors.signed_in(request)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        services.rename(user=user, display_name=form.cleaned_data["display_name"])
        messages.success(request, _("Saved."))
        return redirect("account")
    context = {"form": form, "payee": selectors.payee(user), "labels": selectors.labels_of(user)}
    context["may_upload"] = may(user, "element.upload")
    return render(request, "accounts/account.html", context, status=422 if form.errors else 200)


@require_POST
@requires("account.manage")
def become_creator(request: HttpRequest) -> HttpResponse:
    """Start to sell."""
    services.become_creator(user=selectors.signed_in(request))
    messages.success(request, _("You can upload and publish now."))
    return redirect("account")


@require_POST
@requires("account.manage")
@throttled("payout_account", per_hour=60)
def connect_payouts(request: HttpRequest) -> HttpResponse:
    """Open (or go on with) the payout account at the payment processor."""
    return redirect(services.onboarding_link(user=selectors.signed_in(request)))


@require_safe
@requires("account.manage")
def payouts_returned(request: HttpRequest) -> HttpResponse:
    """Back from the processor: coming back is no proof, so the account itself is asked."""
    ready = services.refresh_payout_account(user=selectors.signed_in(request))
    if ready:
        messages.success(request, _("Payouts can reach you now."))
    else:
        messages.warning(request, _("The processor still needs something from you before it can pay you."))
    return redirect("account")


@require_safe
@requires("mail.read")
def outgoing_mail(request: HttpRequest, name: str = "") -> HttpResponse:
    """The mail this machine would have sent; only where no mail server is set and the site is this machine's own."""
    if not mail.page_is_open(request):
        raise Http404
    letters = mail.letters()
    letter = next((one for one in letters if one.name == name), None)
    if name and letter is None:
        raise Http404
    return render(request, "accounts/mail.html", {"letters": letters, "letter": letter})
