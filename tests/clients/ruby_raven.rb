# Sends with sentry-raven, the client before sentry-ruby: a personal exception and an info message.
#
#   ruby_raven.rb --dsn DSN --marker WORD [--scenario S]
#
# exception-pii   personal data in user, tags, extra, breadcrumbs and message
# message-info    a message of level info, with an e-mail address in it
#
# raven posts to /store/ the base64 of a zlib stream, without saying so in Content-Encoding.

require_relative 'common'
require 'raven/base'

SENDER = Sender.new('sentry-raven', %w[exception-pii message-info])
PERSON = SENDER.person

Raven.configure do |config|
  config.dsn = SENDER.dsn
  config.release = SENDER.release
  config.current_environment = 'production'
  config.server_name = "#{PERSON['word']}.example.org"
  config.logger = Logger.new($stderr, level: Logger::WARN)
  config.before_send = lambda do |event, _hint|
    SENDER.note_event(event.to_hash)
    event
  end
end

class Shop
  def exception_pii
    Raven.user_context(id: PERSON['email'], email: PERSON['email'], ip_address: PERSON['address'])
    Raven.breadcrumbs.record do |crumb|
      crumb.category = 'auth'
      crumb.level = 'info'
      crumb.message = "login of #{PERSON['email']}"
    end
    begin
      raise PaymentRefused, "card #{PERSON['card']} of #{PERSON['email']} refused (password=#{PERSON['password']})"
    rescue PaymentRefused => e
      basket = { owner: PERSON['email'], iban: PERSON['iban'], api_key: PERSON['token'] }
      Raven.capture_exception(e, tags: { client: 'ruby', customer: PERSON['email'] }, extra: { basket: basket })
    end
  end

  def message_info
    Raven.capture_message("basket opened by #{PERSON['email']}", level: 'info')
  end
end

SENDER.run(Shop.new)
SENDER.finish
