"""What every Python sender shares: arguments, the made-up person, the watch on replies, the report.

The report is one line of JSON on stdout:

    client, version, scenario
    sent       what went out, one object for each item, that is event, session, log line, page view, …:
               kind     what it is: exception, message, log, span, pageview, …
               find     columns and values that only its row has
               fields   what was put into it, by the column it belongs to; a name that begins with /
                        is a JSON pointer into the event that is stored as `payload`
    statuses   the HTTP status of every reply, in order
    outcomes   the X-Mayfly-Outcome header of every reply, null where there was none
    person     the made-up person whose data were sent along
    personal   exact strings that were sent and must be found nowhere afterwards

Exit status 0 only if there was a reply and every reply was 2xx.
"""

import argparse
import http.client
import json
import os
import pathlib
import re
import sys
import threading
import time
import uuid
from importlib import metadata

DEADLINE_S = 30

# Members of a Sentry event that are columns of the same name.
EVENT_FIELDS = "level platform release environment transaction logger tags".split()

# These fields of the person may be neither stored nor logged nor answered.
PERSONAL = ("word", "address", "address6", "card", "iban", "visitor")


class Sender:
    """One run of one client: reads the arguments, collects what was sent and answered."""

    def __init__(self, package, scenarios, only_when_asked=(), **choices):
        """`package` is the client's name in its registry, or that of the argument which gives it.

        `only_when_asked` are scenarios that `all` leaves out; `choices` are further arguments, each with its values, the default first.
        """
        parser = argparse.ArgumentParser(allow_abbrev=False)
        parser.add_argument("--dsn", help="of a Sentry client: http://KEY@HOST/PROJECT")
        parser.add_argument("--server", help="of a Matomo client: http://HOST")
        parser.add_argument("--site", default="1", help="of a Matomo client: the project id")
        parser.add_argument("--marker", required=True, help="a word in every personal value")
        parser.add_argument("--release", default="shop@1.4.2", help="of the application")
        parser.add_argument("--scenario", choices=["all", *scenarios, *only_when_asked], default="all")
        for name, values in choices.items():
            parser.add_argument(f"--{name}", choices=values, default=values[0])
        self.arguments = parser.parse_args()
        if not re.fullmatch("[A-Za-z0-9]{4,32}", self.arguments.marker):
            parser.error("--marker takes 4 to 32 letters and digits")
        self.package = getattr(self.arguments, package, package)
        chosen = self.arguments.scenario
        self.scenarios = scenarios if chosen == "all" else [chosen]
        del sys.argv[1:]  # the SDKs report it, and no rule can know the bare marker there
        self.person = Person(self.arguments.marker)
        self.sent, self.statuses, self.outcomes = [], [], []
        watch_replies(self)
        watchdog = threading.Timer(DEADLINE_S, give_up)
        watchdog.daemon = True
        watchdog.start()

    def note(self, kind, find, **fields):
        """Notes an item that has been handed to the client."""
        self.sent.append({"kind": kind, "find": find, "fields": fields})

    def note_event(self, event):
        """Notes a Sentry event as the SDK built it; what its hook before sending sees."""
        exceptions = exceptions_of(event)
        fields = {name: event[name] for name in EVENT_FIELDS if event.get(name)}
        sdk = event.get("sdk") or {}
        fields.update({f"sdk_{name}": sdk[name] for name in ("name", "version") if name in sdk})
        message = event.get("logentry") or event.get("sentry.interfaces.Message") or event
        if "message" in message:
            fields["message"] = message.get("formatted") or message["message"]
        if exceptions:
            fields["exception_type"] = exceptions[-1]["type"]
            fields["exception_value"] = exceptions[-1]["value"]
        crumbs = event.get("breadcrumbs") or []
        crumbs = crumbs.get("values", []) if isinstance(crumbs, dict) else crumbs
        kept = ("category", "level", "message", "type")
        fields["/breadcrumbs/values"] = [
            {name: crumb[name] for name in kept if crumb.get(name)} for crumb in crumbs
        ]
        kind = "exception" if exceptions else "message"
        self.note(kind, {"event_id": event["event_id"]}, **fields)

    def finish(self):
        """Prints the report and ends the process with its verdict."""
        print(
            json.dumps(
                {
                    "client": self.package,
                    "version": metadata.version(self.package),
                    "scenario": self.arguments.scenario,
                    "sent": self.sent,
                    "statuses": self.statuses,
                    "outcomes": self.outcomes,
                    "person": vars(self.person),
                    "personal": [getattr(self.person, field) for field in PERSONAL],
                }
            )
        )
        well = self.sent and self.statuses and all(200 <= status < 300 for status in self.statuses)
        sys.exit(0 if well else 1)


class Person:
    """The person of persona.json with `word` in every value that can hold it.

    An object, not a dict: SDKs report local variables, and its repr tells them nothing.
    """

    def __init__(self, word):
        text = pathlib.Path(__file__).with_name("persona.json").read_text()
        vars(self).update(json.loads(text.replace("{word}", word)))


def exceptions_of(event):
    """The exceptions of a Sentry event, that which was thrown last."""
    exceptions = event.get("exception") or {}
    return exceptions.get("values", []) if isinstance(exceptions, dict) else exceptions


def items_of_every_kind(person):
    """Fresh items as items.json describes them: pairs of type and payload."""
    text = pathlib.Path(__file__).with_name("items.json").read_text()
    for kind, payload in json.loads(text).items():
        filled = json.dumps(payload).replace('"{now}"', str(time.time()))
        filled = filled.replace("{span}", uuid.uuid4().hex[:16]).replace("{id}", uuid.uuid4().hex)
        filled = filled.replace("{email}", person.email).replace("{name}", person.name)
        yield kind, json.loads(filled)


def watch_replies(sender):
    """Notes every reply at http.client: all clients go through it, none shows its replies."""
    getresponse = http.client.HTTPConnection.getresponse

    def noting(connection):
        reply = getresponse(connection)
        sender.statuses.append(reply.status)
        sender.outcomes.append(reply.headers.get("X-Mayfly-Outcome"))
        return reply

    http.client.HTTPConnection.getresponse = noting


def give_up():
    """Ends a sender that hangs; os._exit because its own threads may be what hangs."""
    print(f"no end within {DEADLINE_S} s", file=sys.stderr, flush=True)
    os._exit(1)
