"""Sends with matomopy or piwikapi, as a server does for its visitors: page view, event, bulk.

    python_matomo.py --server URL --marker WORD [--client matomopy|piwikapi] [--site 1]
                     [--scenario S]

pageview   a page view: personal data in page address, referrer, custom variable, user id
event      an event that names a person                                        (matomopy only)
bulk       a page view and an event in one request                             (matomopy only)

matomopy posts forms and asks for no picture, piwikapi gets /piwik.php and takes the picture.
"""

import types

from common import Sender

PAGE = "https://shop.example.com/{client}/chairs"


def address_of(sender, client):
    email, token = sender.person.email, sender.person.token
    return f"{PAGE.format(client=client)}?color=green&email={email}&access_token={token}"


def referrer_of(sender):
    return f"https://search.example.com/?q=chair&user={sender.person.email}"


def note(sender, client, kind, **expected):
    page = {"path": f"/{client}/chairs", "resolution": "1280x1024"}
    sender.sent.append({"kind": kind, **page, **expected})


def with_matomopy(sender):
    from matomopy import MatomoTracker

    person = sender.person
    tracker = MatomoTracker(
        sender.arguments.server,
        sender.arguments.site,
        user_agent=person.userAgent,
        accept_language=person.language,
    )
    tracker.set_url(address_of(sender, "matomopy")).set_url_referrer(referrer_of(sender))
    tracker.set_visitor_id(person.visitor).set_user_id(person.email).set_resolution(1280, 1024)
    tracker.set_custom_dimension(1, person.email)

    def page_view(title):
        tracker.track_page_view(f"{title} for {person.email}")
        note(sender, "matomopy", "pageview", title=title)

    def event(action):
        tracker.track_event("Basket", action, name=f"chair of {person.email}", value=2)
        note(sender, "matomopy", "event", category="Basket", action=action, value=2)

    if "pageview" in sender.scenarios:
        page_view("Garden chairs")
    if "event" in sender.scenarios:
        event("Add")
    if "bulk" in sender.scenarios:
        tracker.enable_bulk_tracking()
        page_view("Garden chairs, second look")
        event("Remove")
        tracker.flush()


def with_piwikapi(sender):
    from piwikapi.tracking import PiwikTracker

    person = sender.person
    visitor_request = types.SimpleNamespace(
        META={
            "SERVER_NAME": "shop.example.com",
            "HTTP_USER_AGENT": person.userAgent,
            "HTTP_ACCEPT_LANGUAGE": person.language,
        },
        COOKIES={},
        is_secure=lambda: True,
    )
    tracker = PiwikTracker(sender.arguments.site, visitor_request)
    tracker.set_api_url(f"{sender.arguments.server}/piwik.php")
    tracker.set_url(address_of(sender, "piwikapi"))
    tracker.set_url_referer(referrer_of(sender))
    tracker.set_resolution(1280, 1024)
    tracker.set_visitor_id(person.visitor)
    tracker.set_custom_variable(1, "customer", person.email)
    tracker.do_track_page_view(f"Garden chairs for {person.email}")
    note(sender, "piwikapi", "pageview", title="Garden chairs")


def main():
    sender = Sender("client", ["pageview", "event", "bulk"], client=["matomopy", "piwikapi"])
    {"matomopy": with_matomopy, "piwikapi": with_piwikapi}[sender.arguments.client](sender)
    sender.finish()


main()
