"""What every Python sender shares: arguments, the made-up person, the watch on replies, the report.

The report is one line of JSON on stdout:

    client, version, scenario
    sent       what went out: one object for each event, page view, …
    statuses   the HTTP status of every reply, in order
    outcomes   the X-Mayfly-Outcome header of every reply, null where there was none
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
from importlib import metadata

DEADLINE_S = 30

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
