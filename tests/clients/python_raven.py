"""Sends with raven, the client before sentry-sdk: a personal exception and an info message.

    python_raven.py --dsn DSN --marker WORD [--scenario S]

exception-pii   personal data in user, tags, extra, breadcrumbs, message and local variables
message-info    a message of level info, with an e-mail address in it

raven posts to /store/ with zlib in the body and Content-Encoding: deflate.
"""

import logging

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


class NotingClient(Client):
    """Notes each event as the SDK is about to send it."""

    sender = None

    def send(self, **event):
        level = event["level"]  # a number of Python's logging for messages, a word for exceptions
        word = logging.getLevelName(level).lower() if isinstance(level, int) else level
        self.sender.note_event({**event, "level": word})
        super().send(**event)


def exception_pii(sender, client):
    person = sender.person
    client.user_context({"id": person.email, "email": person.email, "ip_address": person.address})
    client.captureBreadcrumb(message=f"login of {person.email}", category="auth")
    try:
        refuse_payment(person)
    except PaymentRefused:
        client.captureException(
            tags={"client": "python", "customer": person.email},
            extra={"basket": {"owner": person.email, "iban": person.iban, "api_key": person.token}},
        )


def message_info(sender, client):
    client.captureMessage(f"basket opened by {sender.person.email}", level="info")


def main():
    scenarios = {"exception-pii": exception_pii, "message-info": message_info}
    sender = Sender("raven", list(scenarios))
    client = NotingClient(
        sender.arguments.dsn,
        transport=HTTPTransport,  # sends before it returns; the default one races the exit
        release=sender.arguments.release,
        environment="production",
        name=f"{sender.arguments.marker}.example.org",
    )
    client.sender = sender
    for scenario in sender.scenarios:
        scenarios[scenario](sender, client)
    sender.finish()


main()
