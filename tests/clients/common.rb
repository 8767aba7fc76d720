# What the Ruby senders share: arguments, the made-up person, the watch on replies, the report.
# The report and the exit status are those of common.py.

require 'json'
require 'net/http'
require 'optparse'
require 'securerandom'

DEADLINE_S = 30
PERSONAL = %w[word address address6 card iban visitor].freeze

class Sender
  attr_reader :dsn, :release, :person, :sent, :scenario

  def initialize(gem_name, scenarios)
    given = { scenario: 'all', release: 'shop@1.4.2' }
    OptionParser.new do |options|
      %i[dsn marker release scenario].each do |name|
        options.on("--#{name} VALUE") { |value| given[name] = value }
      end
    end.parse!
    known = ['all', *scenarios]
    abort "--scenario takes one of: #{known.join(' ')}" unless known.include?(given[:scenario])
    abort '--marker takes 4 to 32 letters and digits' unless given[:marker].to_s.match?(/\A[A-Za-z0-9]{4,32}\z/)
    @gem_name = gem_name
    @dsn, @release, @scenario = given.values_at(:dsn, :release, :scenario)
    text = File.read(File.join(__dir__, 'persona.json')).gsub('{word}', given[:marker])
    @person = JSON.parse(text)
    @scenarios = @scenario == 'all' ? scenarios : [@scenario]
    @sent, @statuses, @outcomes = [], [], []
    watch_replies
    Thread.new do
      sleep DEADLINE_S
      warn "no end within #{DEADLINE_S} s"
      exit! 1
    end
  end

  def run(receiver)
    @scenarios.each { |name| receiver.send(name.tr('-', '_')) }
  end

  # Notes an item that has been handed to the client: what only its row has, and what was put in.
  def note(kind, find, fields)
    @sent << { kind: kind, find: find, fields: fields }
  end

  # Notes a Sentry event as the SDK is about to send it.
  def note_event(event)
    event = JSON.parse(JSON.generate(event))
    names = %w[level platform release environment transaction logger tags]
    fields = names.to_h { |name| [name, event[name]] }.reject { |_, value| value.nil? || value.empty? }
    fields['sdk_name'], fields['sdk_version'] = event['sdk'].values_at('name', 'version')
    message = event['message'] || event.dig('logentry', 'message')
    thrown = event.dig('exception', 'values')&.last
    fields['message'] = message if message && !message.empty?
    fields['exception_type'], fields['exception_value'] = thrown.values_at('type', 'value') if thrown
    crumbs = event.dig('breadcrumbs', 'values') || []
    kept = %w[category level message type]
    fields['/breadcrumbs/values'] = crumbs.map { |crumb| crumb.slice(*kept).compact }
    note(thrown ? 'exception' : 'message', { event_id: event['event_id'] }, fields)
  end

  # Prints the report and ends the process with its verdict.
  def finish
    puts JSON.generate(
      client: @gem_name,
      version: Gem.loaded_specs.fetch(@gem_name).version.to_s,
      scenario: @scenario,
      sent: @sent,
      statuses: @statuses,
      outcomes: @outcomes,
      person: @person,
      personal: @person.values_at(*PERSONAL)
    )
    $stdout.flush
    well = @sent.any? && @statuses.any? && @statuses.all? { |status| (200..299).cover?(status) }
    exit! well ? 0 : 1
  end

  private

  # Notes every reply at Net::HTTP: both clients go through it.
  def watch_replies
    statuses, outcomes = @statuses, @outcomes
    noting = Module.new do
      define_method(:transport_request) do |request|
        super(request).tap do |reply|
          statuses << reply.code.to_i
          outcomes << reply['X-Mayfly-Outcome']
        end
      end
    end
    Net::HTTP.prepend(noting)
  end
end

class PaymentRefused < StandardError
end
