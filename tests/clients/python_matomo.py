"""Sends with matomopy or piwikapi, as a server does for its visitors: everything that they know.

    python_matomo.py --server URL --marker WORD [--client matomopy|piwikapi] [--site 1]
                     [--scenario S]

single     one request for each action
bulk       a page view and an event in one request                             (matomopy only)

matomopy posts forms and asks for no picture, piwikapi gets /piwik.php and takes the picture.
Personal data sits in page address, referrer, user id, dimension, custom variables, titles, names.
"""

import types

from common import Sender

CHAIR = {"sku": "S1", "name": "Oak chair", "categories": ["Garden"], "price": 20.5, "quantity": 2}


def address_of(sender, path):
    email, token = sender.person.email, sender.person.token
    return f"https://shop.example.com{path}?color=green&email={email}&access_token={token}"


def referrer_of(sender):
    return f"https://search.example.com/?q=chair&user={sender.person.email}"


def noting(sender, path, **always):
    """A function that notes an action on the page at `path`."""
    page = {"host": "shop.example.com", "query": "color=green", "screen": "1280x1024"}
    seen = {"browser": "Chrome", "browser_major": 140, "referrer_host": "search.example.com"}
    seen["language"] = "de"

    def note(kind, **fields):
        find = {"kind": kind, "path": path}
        if "title" in fields:
            find["title"] = fields["title"]
        sender.note(kind, find, **page, **seen, **always, **fields)

    return note


def with_matomopy(sender):
    from matomopy import MatomoTracker

    person = sender.person
    email = person.email
    tracker = MatomoTracker(
        sender.arguments.server,
        sender.arguments.site,
        user_agent=person.userAgent,
        accept_language=person.language,
    )
    tracker.set_url_referrer(referrer_of(sender))
    tracker.set_visitor_id(person.visitor).set_user_id(email).set_resolution(1280, 1024)
    tracker.set_custom_dimension(1, email).set_custom_dimension(2, "gold")
    dimensions = {"1": email, "2": "gold"}

    def look_and_add(note):
        tracker.track_page_view(f"Garden chairs for {email}")
        note("pageview", title=f"Garden chairs for {email}")
        tracker.track_event("Basket", "Add", name=f"chair of {email}", value=2)
        named = {"event_category": "Basket", "event_action": "Add", "event_value": 2}
        note("event", event_name=f"chair of {email}", **named)

    if "single" in sender.scenarios:
        tracker.set_url(address_of(sender, "/matomopy/single"))
        note = noting(sender, "/matomopy/single", dimensions=dimensions)
        look_and_add(note)
        tracker.track_goal(3, 12.5)
        note("goal", goal_id=3, revenue=12.5)
        tracker.track_site_search(f"oak {email}", "Garden", 7)
        found = {"search_category": "Garden", "search_count": 7}
        note("search", search_keyword=f"oak {email}", **found)
        tracker.track_action(f"https://maker.example.com/oak?wood=oak&mail={email}", "link")
        target = {"target_host": "maker.example.com", "target_path": "/oak"}
        note("outlink", target_query="wood=oak", **target)
        tracker.track_action("https://files.example.com/oak.pdf", "download")
        note("download", target_host="files.example.com", target_path="/oak.pdf")
        block = {"content_name": "Teaser", "content_piece": "oak.png"}
        tracker.track_content_impression("Teaser", "oak.png", "https://shop.example.com/oak")
        note("content_impression", content_target="https://shop.example.com/oak", **block)
        tracker.track_content_interaction("click", "Teaser", "oak.png")
        note("content_interaction", content_interaction="click", **block)
        items = [["S1", "Oak chair", "Garden", 20.5, 2]]
        tracker.track_ecommerce_cart_update(41, items)
        note("cart", revenue=41, items=[CHAIR])
        tracker.track_ecommerce_order(f"A-77 {email}", 50, 41, 6.5, 5, 4, items)
        note_order(note)
        tracker.track_ping()
        note("ping")
    if "bulk" in sender.scenarios:
        tracker.set_url(address_of(sender, "/matomopy/bulk"))
        tracker.enable_bulk_tracking()
        look_and_add(noting(sender, "/matomopy/bulk", dimensions=dimensions))
        tracker.flush()


def note_order(note):
    costs = {"order_tax": 6.5, "order_shipping": 5, "order_discount": 4}
    note("order", revenue=50, order_subtotal=41, items=[CHAIR], **costs)


def with_piwikapi(sender):
    from piwikapi.tracking import PiwikTrackerEcommerce

    person = sender.person
    email = person.email
    visitor_request = types.SimpleNamespace(
        META={
            "SERVER_NAME": "shop.example.com",
            "HTTP_USER_AGENT": person.userAgent,
            "HTTP_ACCEPT_LANGUAGE": person.language,
        },
        COOKIES={},
        is_secure=lambda: True,
    )
    tracker = PiwikTrackerEcommerce(sender.arguments.site, visitor_request)
    tracker.set_api_url(f"{sender.arguments.server}/piwik.php")
    tracker.set_url(address_of(sender, "/piwikapi/single"))
    tracker.set_url_referer(referrer_of(sender))
    tracker.set_resolution(1280, 1024)
    tracker.set_visitor_id(person.visitor)
    tracker.set_custom_variable(1, "customer", email)
    tracker.set_custom_variable(2, "plan", "pro")
    variables = {"customer": email, "plan": "pro"}
    note = noting(sender, "/piwikapi/single", visit_variables=variables)

    tracker.do_track_page_view(f"Garden chairs for {email}")
    note("pageview", title=f"Garden chairs for {email}")
    tracker.do_track_action(f"https://maker.example.com/oak?wood=oak&mail={email}", "link")
    target = {"target_host": "maker.example.com", "target_path": "/oak"}
    note("outlink", target_query="wood=oak", **target)
    tracker.do_track_action("https://files.example.com/oak.pdf", "download")
    note("download", target_host="files.example.com", target_path="/oak.pdf")
    tracker.do_track_goal(3, 12.5)
    note("goal", goal_id=3, revenue=12.5)
    tracker.add_ecommerce_item("S1", "Oak chair", "Garden", 20.5, 2)
    tracker.do_track_ecommerce_cart_update(41)
    note("cart", revenue=41, items=[CHAIR])
    tracker.add_ecommerce_item("S1", "Oak chair", "Garden", 20.5, 2)
    tracker.do_track_ecommerce_order(f"A-77 {email}", 50, 41, 6.5, 5, 4)
    note_order(note)
    # As custom variables of the page, which is how Piwik knew products.
    tracker.set_ecommerce_view("S1", "Oak chair", ["Garden"], 20.5)
    tracker.do_track_page_view("Oak chair")
    product = {"product_sku": "S1", "product_name": "Oak chair", "product_price": 20.5}
    note("pageview", title="Oak chair", product_categories=["Garden"], **product)


def main():
    sender = Sender("client", ["single", "bulk"], client=["matomopy", "piwikapi"])
    {"matomopy": with_matomopy, "piwikapi": with_piwikapi}[sender.arguments.client](sender)
    sender.finish()


main()
