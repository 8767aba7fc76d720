"""Sends with sentry-sdk, current, the first 1.x or the oldest that runs: every kind that it knows.

    python_sentry.py --dsn DSN --marker WORD [--scenario S] [--encoding br|gzip|identity]

exception-pii   personal data in user, tags, extra, contexts, breadcrumbs, message, local variables
message-info    a message of level info, with an e-mail address in it
flask-500       an exception inside a Flask request: address, headers, cookies, query, body; the
                SDK counts the request as a session                                (current only)
session         a session of the application that ends well                        (not in oldest)
transaction     a transaction with two spans, one of which queries for a person    (not in oldest)
spans           the same in the form that sends each span by itself                (current only)
log             a log line with attributes, some of them personal                  (current only)
check-in        a job with a schedule begins and ends well                         (current only)
client-report   an event that the application holds back, which the SDK counts     (current only)
refused-kinds   three rounds of an exception with an attachment, and one item of every other kind;
                only when asked for                                                (current only)
quota           ten exceptions and a session, one after the other; only when asked for

The encoding is what the SDK itself chooses by its settings (the older ones only know gzip).
"""

import logging
import time

import sentry_sdk
from common import Sender, exceptions_of, items_of_every_kind

VERSION = tuple(int(part) for part in sentry_sdk.VERSION.split("."))
CURRENT = VERSION >= (2,)
new_scope = sentry_sdk.new_scope if CURRENT else sentry_sdk.push_scope


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
    user = {"email": person.email, "username": person.name, "ip_address": person.address}
    user["id"] = person.email
    if hasattr(scope, "set_user"):
        scope.set_user(user)
    else:
        scope.user = user
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
    count_session(sender, errored=1, crashed=1)


def session(sender):
    """A session of the application: the user is in it, and it ends well."""
    with new_scope() as scope:
        enrich(scope, sender.person)
        sessions = sentry_sdk.get_isolation_scope() if CURRENT else sentry_sdk.Hub.current
        sessions.start_session(session_mode="application")
        time.sleep(0.01)
        sessions.end_session()
    count_session(sender, exited=1)


def count_session(sender, **counts):
    """Sessions are stored as sums for each release: the report states one sum."""
    for item in sender.sent:
        if item["kind"] == "session":
            break
    else:
        find = {"release": sender.arguments.release, "environment": "production"}
        zeros = dict.fromkeys("started exited errored crashed abnormal".split(), 0)
        sender.note("session", find, **zeros)
        item = sender.sent[-1]
    for name, count in {"started": 1, **counts}.items():
        item["fields"][name] += count


def transaction(sender):
    email = sender.person.email
    query = f"SELECT name FROM customer WHERE email = '{email}'"
    with new_scope() as scope:
        enrich(scope, sender.person)
        with sentry_sdk.start_transaction(op="task", name="checkout") as whole:
            whole.set_status("ok")
            with sentry_sdk.start_span(op="db.query", description=query) as inner:
                inner.set_data("db.system", "postgresql")
                time.sleep(0.005)
            with sentry_sdk.start_span(op="price", description="price of the oak chair") as inner:
                inner.set_status("not_found")


def spans(sender):
    """The current form: there are no transactions, each span is sent by itself."""
    query = f"SELECT name FROM customer WHERE email = '{sender.person.email}'"
    configure(sender, trace_lifecycle="stream")
    with sentry_sdk.traces.start_span("checkout", attributes={"sentry.op": "task"}) as whole:
        with sentry_sdk.traces.start_span(query, attributes={"sentry.op": "db.query"}) as inner:
            time.sleep(0.005)
            inner.status = "error"
    for span, name, op, parent in ((whole, "checkout", "task", ""), (inner, query, "db.query", whole)):
        sender.note(
            "span",
            {"span_id": span.span_id},
            op=op,
            is_transaction=span is whole,
            status=span.status,
            trace_id=span.trace_id,
            parent_span_id=parent and parent.span_id,
            duration_ms=(span.end_timestamp - span.start_timestamp).total_seconds() * 1000,
            release=sender.arguments.release,
            environment="production",
            sdk_name=SDK_NAME,
            name=name,
        )
    sentry_sdk.flush(timeout=10)
    configure(sender)


def log(sender):
    person = sender.person
    sentry_sdk.logger.warning(
        "stock of {chair} is low, says {who}",
        chair="oak",
        who=person.email,
        attributes={"left": 2, "color": "green", "customer": person.email, "peer": person.address},
    )


def check_in(sender):
    monitor = {
        "schedule": {"type": "crontab", "value": "15 3 * * *"},
        "timezone": "Europe/Berlin",
        "checkin_margin": 5,
        "max_runtime": 30,
    }
    run = sentry_sdk.crons.capture_checkin(
        monitor_slug="nightly-prices", status="in_progress", monitor_config=monitor
    )
    sentry_sdk.crons.capture_checkin("nightly-prices", run, "ok", duration=1.5)
    named = {"environment": "production", "release": sender.arguments.release}
    named["monitor_slug"] = "nightly-prices"
    begun, ended = ({"check_in_id": run, "status": status} for status in ("in_progress", "ok"))
    sender.note(
        "check_in",
        begun,
        schedule="15 3 * * *",
        timezone="Europe/Berlin",
        margin_minutes=5,
        runtime_minutes_max=30,
        **named,
    )
    sender.note("check_in", ended, duration_ms=1500, **named)


def client_report(sender):
    sentry_sdk.capture_message("held back", level="debug")
    counted = {"source": "client", "category": "error", "reason": "before_send"}
    sender.note("client_report", counted, quantity=1)


def refused_kinds(sender):
    from sentry_sdk.envelope import Envelope, Item, PayloadRef

    for number in range(3):
        with new_scope() as scope:
            attachment = f"of {sender.person.email}".encode()
            scope.add_attachment(bytes=attachment, filename="log.txt")
            sentry_sdk.capture_exception(PaymentRefused(f"round {number}"))
        # Through the SDK's own transport, which obeys rate limits.
        for kind, payload in items_of_every_kind(sender.person):
            item = Item(PayloadRef(json=payload), type=kind)
            sentry_sdk.get_client().transport.capture_envelope(Envelope(items=[item]))
        sentry_sdk.flush(timeout=10)


def quota(sender):
    for number in range(10):
        sentry_sdk.capture_exception(PaymentRefused(f"attempt {number}"))
        sentry_sdk.flush(timeout=10)
    session(sender)
    sentry_sdk.logger.info("still logging")


def noting_events(sender):
    """A before_send that notes each event as the SDK is about to send it."""

    def before_send(event, hint):
        if event.get("level") == "debug":
            return None
        if event.get("type") != "check_in":
            sender.note_event(event)
        return event

    return before_send


def noting_transactions(sender):
    """A processor that notes each transaction and its spans as the SDK has built them."""

    def process(event, hint=None):
        if event.get("type") != "transaction":
            return event
        trace = event["contexts"]["trace"]
        root = {**event, **trace, "description": None}
        for span in (root, *event["spans"]):
            status = span.get("status") or (span.get("tags") or {}).get("status")
            fields = {
                "op": span["op"],
                "trace_id": span["trace_id"],
                "description": span.get("description") or "",
                "is_transaction": span is root,
                "duration_ms": milliseconds(span["start_timestamp"], span["timestamp"]),
                "parent_span_id": span.get("parent_span_id") or "",
                "release": sender.arguments.release,
                "environment": "production",
                "sdk_name": SDK_NAME,
                "status": status or "",
            }
            if span is root:
                fields["name"] = event["transaction"]
            sender.note("span", {"span_id": span["span_id"]}, **fields)
        return event

    return process


def milliseconds(begun, ended):
    """Between two moments of an event: datetimes, or texts in a version that has serialised them."""
    from datetime import datetime

    if isinstance(begun, str):
        begun, ended = (datetime.fromisoformat(moment.rstrip("Z")) for moment in (begun, ended))
    return (ended - begun).total_seconds() * 1000


def noting_logs(sender):
    """A before_send_log that notes each line as the SDK is about to send it."""

    def before_send_log(line, hint):
        attributes = line["attributes"]
        kept = {name: attributes[name] for name in ("left", "color", "customer", "peer") if name in attributes}
        sender.note(
            "log",
            {"body": line["body"], "trace_id": line["trace_id"]},
            level=line["severity_text"],
            attributes=kept,
            release=sender.arguments.release,
            environment="production",
            sdk_name=SDK_NAME,
            sdk_version=sentry_sdk.VERSION,
        )
        return line

    return before_send_log


def settings_of(encoding):
    """The settings that lead to this Content-Encoding; br is the default where brotli is there."""
    if not CURRENT:
        return {"traces_sample_rate": 1.0} if VERSION >= (1,) else {}
    level = 0 if encoding == "identity" else 5
    algorithm = "br" if encoding == "br" else "gzip"
    return {
        "include_local_variables": True,
        "traces_sample_rate": 1.0,
        "enable_logs": True,
        "_experiments": {
            "transport_compression_level": level,
            "transport_compression_algo": algorithm,
        },
    }


def configure(sender, **more):
    """Starts the SDK, or starts it anew with further settings."""
    settings = settings_of(sender.arguments.encoding)
    if CURRENT:
        settings["before_send_log"] = noting_logs(sender)
    sentry_sdk.init(
        dsn=sender.arguments.dsn,
        release=sender.arguments.release,
        environment="production",
        send_default_pii=True,
        server_name=f"{sender.arguments.marker}.example.org",
        before_send=noting_events(sender),
        **settings,
        **more,
    )


def sdk_name():
    """With the first of the frameworks that it has found, as the SDK sends it."""
    if not CURRENT:
        return "sentry.python"
    return sentry_sdk.utils.get_sdk_name(list(sentry_sdk.get_client().integrations))


def main():
    scenarios = {"exception-pii": exception_pii, "message-info": message_info}
    if VERSION >= (1,):
        scenarios.update({"session": session, "transaction": transaction})
    if CURRENT:
        scenarios.update({"flask-500": flask_500, "spans": spans, "log": log})
        scenarios.update({"check-in": check_in, "client-report": client_report})
    asked_for = {"refused-kinds": refused_kinds, "quota": quota} if CURRENT else {}
    sender = Sender(
        "sentry-sdk",
        list(scenarios),
        only_when_asked=list(asked_for),
        encoding=["br", "gzip", "identity"],
    )
    configure(sender)
    global SDK_NAME
    SDK_NAME = sdk_name()
    if VERSION >= (1,):
        sentry_sdk.scope.add_global_event_processor(noting_transactions(sender))
    for scenario in sender.scenarios:
        {**scenarios, **asked_for}[scenario](sender)
        if VERSION >= (1,):
            sentry_sdk.flush(timeout=10)
    sentry_sdk.Hub.current.client.close(timeout=10)
    sender.finish()


main()
