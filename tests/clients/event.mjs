// What a Sentry event holds, by the columns that it belongs to. Also bundled into pages: nothing of
// Node in here. The Python counterpart is Sender.note_event in common.py.

const NAMES = ['level', 'platform', 'release', 'environment', 'transaction', 'logger', 'tags'];

// The item of a report for an event as a hook before sending sees it.
export function itemOfEvent(event) {
  const thrown = valuesOf(event.exception).at(-1);
  // A message may have an exception too, one without type: it holds the stack.
  const kind = thrown?.type ? 'exception' : 'message';
  const fields = { '/breadcrumbs/values': valuesOf(event.breadcrumbs).map(crumb) };
  for (const name of NAMES) if (event[name]) fields[name] = event[name];
  if (event.sdk) Object.assign(fields, { sdk_name: event.sdk.name, sdk_version: event.sdk.version });
  if (event.message) fields.message = event.message;
  if (thrown?.type) Object.assign(fields, { exception_type: thrown.type, exception_value: thrown.value });
  return { kind, find: { event_id: event.event_id }, fields };
}

// The items of a transaction: itself and its spans. `shared` are fields that all have.
export function itemsOfTransaction(event, shared) {
  const root = { ...event.contexts.trace, start_timestamp: event.start_timestamp };
  root.timestamp = event.timestamp;
  return [root, ...event.spans.map((span) => span.toJSON?.() ?? span)].map((span) => {
    const fields = {
      ...shared,
      op: span.op,
      is_transaction: span === root,
      description: span === root ? '' : span.description,
      status: span.status ?? span.tags?.status ?? '',
      trace_id: span.trace_id,
      parent_span_id: span.parent_span_id ?? '',
      duration_ms: (span.timestamp - span.start_timestamp) * 1000,
    };
    if (span === root) fields.name = event.transaction;
    return { kind: 'span', find: { span_id: span.span_id }, fields };
  });
}

function crumb(breadcrumb) {
  const kept = Object.entries(breadcrumb).filter(([name]) =>
    ['category', 'level', 'message', 'type'].includes(name),
  );
  return Object.fromEntries(kept);
}

function valuesOf(list) {
  return Array.isArray(list) ? list : (list?.values ?? []);
}
