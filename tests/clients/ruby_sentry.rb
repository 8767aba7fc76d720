# Sends with sentry-ruby as Debian ships it: every kind that it knows.
#
#   ruby_sentry.rb --dsn DSN --marker WORD [--scenario S]
#
# exception-pii   personal data in user, tags, extra, breadcrumbs and message
# message-info    a message of level info, with an e-mail address in it
# session         two sessions, one of them with an error, which the SDK sends as counts
# transaction     a transaction with a span that queries for a person
# client-report   an event that the application holds back, which the SDK counts

require_relative 'common'
require 'sentry-ruby'

SCENARIOS = %w[exception-pii message-info transaction client-report session].freeze
SENDER = Sender.new('sentry-ruby-core', SCENARIOS)
PERSON = SENDER.person

Sentry.init do |config|
  config.dsn = SENDER.dsn
  config.release = SENDER.release
  config.environment = 'production'
  config.server_name = "#{PERSON['word']}.example.org"
  config.send_default_pii = true
  config.traces_sample_rate = 1.0
  config.background_worker_threads = 0
  config.logger = Logger.new($stderr)
  config.before_send = lambda do |event, _hint|
    next if event.level == :debug

    SENDER.note_event(event.to_hash)
    event
  end
end

def note_span(span, fields)
  given = { parent_span_id: span.parent_span_id || '', trace_id: span.trace_id, op: span.op }
  given[:duration_ms] = (span.timestamp - span.start_timestamp) * 1000
  shared = { release: SENDER.release, environment: 'production', sdk_name: 'sentry.ruby' }
  SENDER.note('span', { span_id: span.span_id }, { **given, **shared, **fields })
end

class Shop
  def exception_pii
    Sentry.with_scope do |scope|
      scope.set_user(id: PERSON['email'], email: PERSON['email'], ip_address: PERSON['address'])
      scope.set_tags(client: 'ruby', customer: PERSON['email'])
      scope.set_extras(basket: { owner: PERSON['email'], iban: PERSON['iban'], api_key: PERSON['token'] })
      login = Sentry::Breadcrumb.new(category: 'auth', level: 'info', message: "login of #{PERSON['email']}")
      Sentry.add_breadcrumb(login)
      begin
        raise PaymentRefused, "card #{PERSON['card']} of #{PERSON['email']} refused (password=#{PERSON['password']})"
      rescue PaymentRefused => e
        Sentry.capture_exception(e)
      end
    end
  end

  def message_info
    Sentry.capture_message("basket opened by #{PERSON['email']}", level: :info)
  end

  def session
    Sentry.with_session_tracking {}
    Sentry.with_session_tracking { Sentry.capture_exception(PaymentRefused.new('no answer')) }
    Sentry.session_flusher.flush
    # Both ended normally, as far as the sessions are concerned.
    counts = { started: 2, exited: 2, errored: 1, crashed: 0, abnormal: 0 }
    SENDER.note('session', { release: SENDER.release, environment: 'production' }, counts)
  end

  def transaction
    query = "SELECT name FROM customer WHERE email = '#{PERSON['email']}'"
    whole = Sentry.start_transaction(name: 'checkout', op: 'task')
    inner = whole.start_child(op: 'db.query', description: query)
    inner.set_status('not_found')
    inner.finish
    whole.set_status('ok')
    whole.finish
    note_span(whole, is_transaction: true, name: 'checkout', status: 'ok')
    note_span(inner, is_transaction: false, description: query, status: 'not_found')
  end

  # The SDK sends its counts with the next event.
  def client_report
    Sentry.capture_message('held back', level: :debug)
    counted = { source: 'client', category: 'error', reason: 'before_send' }
    SENDER.note('client_report', counted, { quantity: 1 })
    client = Sentry.get_current_client
    client.transport.instance_variable_set(:@last_client_report_sent, Time.now - 3600)
    Sentry.capture_message('carries the report', level: :info)
  end
end

SENDER.run(Shop.new)
SENDER.finish
