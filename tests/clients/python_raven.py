"""Sends with raven, the client before sentry-sdk: a personal exception and an info message.

    python_raven.py --dsn DSN --marker WORD [--scenario S]

exception-pii   personal data in user, tags, extra, breadcrumbs, message and local variables
message-info    a message of level info, with an e-mail address in it

raven posts to /store/ with zlib in the body and Content-Encoding: deflate.
"""

from common import Sender
from raven import Client
from raven.transport.http import HTTPTransport


class PaymentRefused(Exception):
    """What the made-up shop raises."""


def refuse_payment(person):
    email = person.email
    password = person.password
    raise PaymentRefused(
        f"card {person.card} of {email} at {person.address} refused (password={password})"
    )


def exception_pii(sender, client):
    person = sender.person
    client.user_context({"id": person.email, "email": person.email, "ip_address": person.address})
    client.captureBreadcrumb(message=f"login of {person.email}", category="auth")
    try:
        refuse_payment(person)
    except PaymentRefused:
        event_id = client.captureException(
            tags={"client": "python", "customer": person.email},
            extra={"basket": {"owner": person.email, "iban": person.iban, "api_key": person.token}},
        )
    note(sender, "exception", event_id, "error", "PaymentRefused")


def message_info(sender, client):
    event_id = client.captureMessage(f"basket opened by {sender.person.email}", level="info")
    note(sender, "message", event_id, "info", None)


def note(sender, kind, event_id, level, exception_type):
    sender.sent.append(
        {
            "kind": kind,
            "event_id": event_id,
            "level": level,
            "type": exception_type,
            "transaction": None,
            "release": "shop@1.4.2",
            "environment": "production",
        }
    )


def main():
    scenarios = {"exception-pii": exception_pii, "message-info": message_info}
    sender = Sender("raven", list(scenarios))
    client = Client(
        sender.arguments.dsn,
        transport=HTTPTransport,  # sends before it returns; the default one races the exit
        release="shop@1.4.2",
        environment="production",
        name=f"{sender.arguments.marker}.example.org",
    )
    for scenario in sender.scenarios:
        scenarios[scenario](sender, client)
    sender.finish()


main()
