"""Sends with sentry-sdk, current or oldest: exceptions full of personal data, and an info message.

    python_sentry.py --dsn DSN --marker WORD [--scenario S] [--encoding br|gzip|identity]

exception-pii   personal data in user, tags, extra, contexts, breadcrumbs, message, local variables
message-info    a message of level info, with an e-mail address in it
flask-500       an exception inside a Flask request: address, headers, cookies, query, body
                (not in oldest)
refused-kinds   three rounds of an exception with an attachment, and one item of every other kind;
                only when asked for (not in oldest)

The encoding is what the SDK itself chooses by its settings (the oldest only knows gzip).
"""

import json
import logging
import pathlib

import sentry_sdk
from common import Sender

OLDEST = sentry_sdk.VERSION.startswith("0.")
new_scope = sentry_sdk.push_scope if OLDEST else sentry_sdk.new_scope


class PaymentRefused(Exception):
    """What the made-up shop raises."""


def refuse_payment(person):
    """Fails with personal data in every local variable and in the message."""
    email = person.email
    password = person.password
    customer = {"username": person.name, "phone": person.phone, "card": person.card}
    lines = [person.iban, f"Authorization: Bearer {person.token}"]
    pay = f"https://shop.example.com/pay?token={person.token}"
    raise PaymentRefused(
        f"card {customer['card']} of {email} at {person.address} refused "
        f"(password={password}, {len(lines)} lines, {pay})"
    )


def enrich(scope, person):
    """Puts the person where applications put people."""
    scope.set_user(
        {
            "id": person.email,
            "email": person.email,
            "username": person.name,
            "ip_address": person.address,
        }
    )
    scope.set_tag("client", "python")
    scope.set_tag("customer", person.email)
    scope.set_extra("basket", {"owner": person.email, "iban": person.iban})
    scope.set_context("session", {"cookie": f"sid={person.token}", "peer": person.address6})


def leave_breadcrumbs(person):
    """A log line, a request and a query, as integrations record them."""
    sentry_sdk.add_breadcrumb(category="auth", level="info", message=f"login of {person.email}")
    sentry_sdk.add_breadcrumb(
        category="httplib",
        type="http",
        data={
            "url": f"https://api.example.com/orders?api_key={person.token}",
            "method": "GET",
            "status_code": 402,
            "headers": {"Authorization": f"Bearer {person.token}"},
        },
    )
    sentry_sdk.add_breadcrumb(
        category="query", message=f"SELECT * FROM customer WHERE email = '{person.email}'"
    )


def exception_pii(sender):
    with new_scope() as scope:
        enrich(scope, sender.person)
        leave_breadcrumbs(sender.person)
        try:
            refuse_payment(sender.person)
        except PaymentRefused as refused:
            sentry_sdk.capture_exception(refused)


def message_info(sender):
    sentry_sdk.capture_message(f"basket opened by {sender.person.email}", level="info")


def flask_500(sender):
    import flask

    logging.getLogger("shop").addHandler(logging.NullHandler())  # else Flask prints the traceback
    app = flask.Flask("shop")

    @app.post("/pay/<order>")
    def pay(order):
        refuse_payment(sender.person)

    person = sender.person
    app.test_client().post(
        f"/pay/17?email={person.email}&token={person.token}",
        json={"email": person.email, "password": person.password, "card": person.card},
        headers={
            "Authorization": f"Bearer {person.token}",
            "Cookie": f"sid={person.token}; mail={person.email}",
            "Referer": f"https://mail.example.com/?user={person.email}",
            "X-Forwarded-For": person.address,
            "User-Agent": person.userAgent,
        },
        environ_overrides={"REMOTE_ADDR": person.address},
    )


def refused_kinds(sender):
    from sentry_sdk.envelope import Envelope, Item, PayloadRef

    items = json.loads(pathlib.Path(__file__).with_name("items.json").read_text())
    for number in range(3):
        with new_scope() as scope:
            attachment = f"of {sender.person.email}".encode()
            scope.add_attachment(bytes=attachment, filename="log.txt")
            sentry_sdk.capture_exception(PaymentRefused(f"round {number}"))
        # Through the SDK's own transport, which obeys rate limits.
        for kind, payload in items.items():
            item = Item(PayloadRef(json=payload), type=kind)
            sentry_sdk.get_client().transport.capture_envelope(Envelope(items=[item]))
        sentry_sdk.flush(timeout=10)


def noting_events(sender):
    """A before_send that notes each event as the SDK is about to send it."""

    def before_send(event, hint):
        exceptions = event.get("exception", {}).get("values", [])
        sender.sent.append(
            {
                "kind": "exception" if exceptions else "message",
                "event_id": event["event_id"],
                "level": event["level"],
                "type": exceptions[-1]["type"] if exceptions else None,
                "transaction": event.get("transaction"),
                "release": event["release"],
                "environment": event["environment"],
            }
        )
        return event

    return before_send


def settings_of(encoding):
    """The settings that lead to this Content-Encoding; br is the default where brotli is there."""
    if OLDEST:
        return {"send_default_pii": True, "with_locals": True}
    level = 0 if encoding == "identity" else 5
    algorithm = "br" if encoding == "br" else "gzip"
    return {
        "send_default_pii": True,
        "include_local_variables": True,
        "_experiments": {
            "transport_compression_level": level,
            "transport_compression_algo": algorithm,
        },
    }


def main():
    scenarios = {"exception-pii": exception_pii, "message-info": message_info}
    if not OLDEST:
        scenarios["flask-500"] = flask_500
    sender = Sender(
        "sentry-sdk",
        list(scenarios),
        only_when_asked=["refused-kinds"],
        encoding=["br", "gzip", "identity"],
    )
    scenarios["refused-kinds"] = refused_kinds
    sentry_sdk.init(
        dsn=sender.arguments.dsn,
        release="shop@1.4.2",
        environment="production",
        server_name=f"{sender.arguments.marker}.example.org",
        before_send=noting_events(sender),
        **settings_of(sender.arguments.encoding),
    )
    for scenario in sender.scenarios:
        scenarios[scenario](sender)
    sentry_sdk.flush(timeout=10)
    sender.finish()


main()
