"""Behind the pages: a browser's GETs and form posts on the hosted checkout, the onboarding and the control page."""

from __future__ import annotations

from urllib.parse import parse_qsl

from marketplace.checkout.sandbox import connect, control, pages, sessions
from marketplace.checkout.sandbox.errors import Refusal
from marketplace.checkout.sandbox.http import Request, Response, as_json, see_other
from marketplace.checkout.sandbox.store import Store


class Counter:
    """Answers people; programs talk to the API."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def answer(self, request: Request) -> Response:
        """The page that was asked for."""
        first, _, rest = request.path.lstrip("/").partition("/")
        if request.method not in ("GET", "HEAD", "POST"):
            return Response(status=405)
        posts = request.method == "POST"
        if posts and request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return pages.page("Not accepted", "<p>This form was sent from another site.</p>", status=403)
        fields = dict(parse_qsl(request.body, keep_blank_values=True)) if posts else {}
        match first:
            case "pay":
                return self._pay(rest, fields if posts else None)
            case "onboard":
                return self._onboard(rest, posts=posts)
            case "control":
                return self._control(rest, fields if posts else None)
            case "style.css":
                return pages.style()
            case "healthz":
                return as_json({"ok": True})
        return pages.not_found()

    def _pay(self, session_id: str, fields: dict[str, str] | None) -> Response:
        session = self.store.find(session_id)
        if session is None or session["object"] != "checkout.session":
            return pages.not_found("There is no such checkout.")
        error = None if fields is None else self._try_to_pay(session_id, fields)
        session = self.store.get("checkout.session", session_id)
        if fields is not None and session["status"] == "complete":
            return see_other(pages.success_address(session))
        if session["status"] != "open":
            return pages.closed(session)
        with self.store.transaction():
            token = self.store.new_token(session_id)
        return pages.checkout(session, token, error=error)

    def _try_to_pay(self, session_id: str, fields: dict[str, str]) -> str | None:
        """Pay once for each form; returns why it did not work."""
        with self.store.transaction():
            if not self.store.use_token(fields.get("token", ""), session_id):
                return "This form was already sent. Nothing was charged for it a second time."
        number = fields.get("card", "").replace(" ", "")
        email = fields.get("email") or None
        try:
            session = self.store.settled(
                lambda: sessions.pay_session(self.store, session_id, number=number, email=email)
            )
        except Refusal as refusal:
            return str(refusal)
        if session["status"] == "complete":
            return None
        intent = self.store.get("payment_intent", session["payment_intent"])
        return f"{intent['last_payment_error']['message']} Nothing was charged; choose another card."

    def _onboard(self, token: str, *, posts: bool) -> Response:
        link = self.store.setting(f"link:{token}")
        if link is None:
            return pages.not_found("There is no such link.")
        if link.get("used") or link["expires_at"] < self.store.now():
            return see_other(link["refresh_url"])
        account = self.store.get("account", link["account"])
        if not posts:
            return pages.onboarding(account, link, token)
        with self.store.transaction():
            self.store.set(f"link:{token}", {**link, "used": True})
            connect.onboard(self.store, account)
        return see_other(link["return_url"])

    def _control(self, verb: str, fields: dict[str, str] | None) -> Response:
        told, error = None, None
        if fields is not None:
            token = fields.pop("token", "")
            with self.store.transaction():
                fresh = self.store.use_token(token, "control")
            try:
                if not fresh:
                    raise Refusal("This form was already sent.")
                self.store.settled(lambda: control.run(self.store, verb, fields))
                told = f"Done: {verb}."
            except Refusal as refusal:
                error = str(refusal)
        with self.store.transaction():
            tokens = [self.store.new_token("control") for _ in range(pages.LEVER_COUNT)]
            latest, _ = self.store.page("event", where={}, limit=25)
        return pages.control(latest, tokens, told=told, error=error)
