# frozen_string_literal: true

require "json"
require "net/http"
require "openssl"
require "time"
require "uri"

module SsojetM2m
  # A token and its times on the provider's clock.
  HeldToken = Struct.new(:access_token, :early_at, :expires_at) { include HiddenState }

  # One try at the token endpoint (RFC 6749, section 4.4): the request and its answer.
  class TokenRequest
    include HiddenState

    USER_AGENT = "ssojet-m2m-ruby/2.0.0"
    RETRYABLE_STATUSES = [408, 429, 500, 502, 503, 504].freeze
    WRONG_URL_STATUSES = [*300..399, 404, 405, 415].freeze
    VISIBLE_ASCII = /\A[\x21-\x7e]+\z/

    # What Ruby raises, and what the HTTP library raises in its place.
    TIMEOUTS = [Timeout::Error, Errno::ETIMEDOUT, *TokenTransport::TIMEOUTS].freeze
    TLS_ERRORS = [OpenSSL::SSL::SSLError, *TokenTransport::TLS_ERRORS].freeze
    NO_HTTP = [Net::HTTPBadResponse, Net::HTTPHeaderSyntaxError].freeze # their texts quote what the server sent
    NETWORK_ERRORS = [*TIMEOUTS, *TLS_ERRORS, *NO_HTTP, SystemCallError, SocketError, IOError, Net::ProtocolError,
                      Zlib::Error, *TokenTransport::NETWORK_ERRORS].freeze

    # The transport sets these as soon as it knows them. Of the headers only #[] is used.
    attr_writer :status, :headers

    def initialize(configuration, transport, clock)
      @configuration = configuration
      @transport = transport
      @clock = clock
      @body = String.new(encoding: Encoding::BINARY)
      @errors = []
    end

    # Net::HTTP limits the time of each read: a head that drips, or what follows a 101, it would read for ever.
    # To close the connection wakes it with an IOError. (The thread sleeps on when the answer has come, and ends then.)
    def self.close_in_time(http)
      Thread.new(http.read_timeout) do |seconds|
        Thread.current.report_on_exception = false
        sleep(seconds)
        http.finish if http.started?
      end
    rescue ThreadError
      nil # then the limit of each read is all there is
    end

    # Returns a HeldToken or an Error. Once it knows the secret it raises nothing: what records local variables where
    # an error is raised (Sentry can) is not to find the secret there.
    def call(future)
      future.waiting_for = "the function for the client secret"
      @secret = @configuration.client_secret
      future.waiting_for = "the token endpoint at #{endpoint}"
      @sent_at = @clock.call
      @give_up_at = [@sent_at + Limits::TOKEN_TRY, future.deadline].min
      return lost("no time was left for a token request") if @give_up_at <= @sent_at

      send_token_request
      parse_token_response
    end

    # The transport hands over the answer's body piece by piece.
    def <<(piece)
      raise Timeout::Error, "out of time" if @clock.call >= @give_up_at

      too_long = @body.bytesize + piece.bytesize > Limits::ANSWER_BYTES
      raise IOError, "it is longer than #{Limits::ANSWER_BYTES} bytes" if too_long

      @body << piece.b
    end

    private

    def send_token_request
      @transport.post(*build_token_request, @give_up_at - @sent_at, self)
    rescue StandardError => e
      # Looked at and not handed on, not even as a cause: the library's errors can hold the secret.
      @errors = [e]
      @errors.unshift(@errors.first.cause) while @errors.first.cause
    end

    def build_token_request
      headers = { "Accept" => "application/json", "Content-Type" => "application/x-www-form-urlencoded",
                  "User-Agent" => USER_AGENT }
      form = { grant_type: "client_credentials", scope: @configuration.scope, audience: @configuration.audience }
      if @configuration.auth_method == "client_secret_basic"
        headers["Authorization"] = "Basic #{basic_credentials}"
      else
        form.update(client_id: @configuration.client_id, client_secret: @secret)
      end
      [headers, URI.encode_www_form(form.compact)]
    end

    # RFC 6749, section 2.3.1: each is form-urlencoded before the two are joined.
    def basic_credentials
      pair = [@configuration.client_id, @secret].map { |text| URI.encode_www_form_component(text) }
      [pair.join(":")].pack("m0")
    end

    def parse_token_response
      return no_answer if @status.nil? || (@errors.any? && out_of_time?)

      answer = json_object
      return oauth_error(answer) if answer["error"].is_a?(String) && !answer["error"].empty?

      problem = problem_in(answer)
      return unusable(problem) if problem

      life = life_in_seconds(answer["expires_in"])
      return lost("the token's life was over before it had been read") if @clock.call >= @sent_at + life

      early_window = [Limits::EARLY_WINDOW, life * Limits::EARLY_SHARE].min
      HeldToken.new(answer["access_token"], @sent_at + life - early_window, @sent_at + life)
    end

    def lost(message, retryable: true) = TransportError.new(message, retryable: retryable)

    def no_answer
      # A bad certificate stays bad, and what is no network error is a mistake in an owner's stub or hook.
      tls_error = ended_by(TLS_ERRORS)
      bad_certificate = tls_error && !tls_error.message.match?(/SSL_(read|write)/)
      retryable = out_of_time? || (!bad_certificate && !ended_by(NETWORK_ERRORS).nil?)
      lost("no answer from the token endpoint at #{endpoint}: #{reason}", retryable: retryable)
    end

    def endpoint = "#{@configuration.token_url.hostname}:#{@configuration.token_url.port}"

    def ended_by(types) = @errors.find { |error| types.any? { |type| error.is_a?(type) } }

    def out_of_time? = !ended_by(TIMEOUTS).nil? || @clock.call >= @give_up_at

    def reason
      return "out of time" if out_of_time?
      return "no HTTP" if ended_by(NO_HTTP)

      network_error = ended_by(NETWORK_ERRORS)
      return @errors.last&.class || "no status" unless network_error

      "#{"a proxy answered " if network_error.is_a?(Net::ProtocolError)}#{carried_text(network_error.message)}"
    end

    def problem_in(answer)
      return "status #{@status}#{", #{reason}" if @errors.any?}" if @status != 200
      return "it was not read to its end, #{reason}" if @errors.any?
      return "no JSON object" if answer.empty?

      token, type, expires_in = answer.values_at("access_token", "token_type", "expires_in")
      return "no usable access_token" unless token.is_a?(String) && token.ascii_only? && token.match?(VISIBLE_ASCII)
      return "token_type #{carried_text(type, token)}" unless bearer?(type)

      "no usable expires_in" unless life_in_seconds(expires_in)
    end

    # Empty where the body is no JSON object.
    def json_object
      text = @body.dup.force_encoding(Encoding::UTF_8)
      object = JSON.parse(text) if text.valid_encoding? && @errors.empty?
      object.is_a?(Hash) ? object : {}
    rescue JSON::ParserError
      {}
    end

    def bearer?(type) = type.nil? || (type.is_a?(String) && type.downcase(:ascii) == "bearer")

    def life_in_seconds(value)
      life = case value
             when nil then Limits::DEFAULT_LIFE
             when Integer, Float then value.clamp(0, Limits::LONGEST_LIFE).floor
             when /\A[0-9]{1,15}\z/ then [value.to_i, Limits::LONGEST_LIFE].min
             end
      life if life&.positive?
    end

    def oauth_error(answer)
      error, description, uri = answer.values_at("error", "error_description", "error_uri")
                                      .map { |text| carried_text(text, answer["access_token"]) }
      hint = " (check id and secret, or try the auth method #{@configuration.other_auth_method})"
      hint = nil unless error == "invalid_client"
      message = "the token endpoint refused: #{[error, description].compact.join(": ")}#{hint}#{url_hint}"
      OAuthError.new(message, error: error, error_description: description, error_uri: uri, **facts)
    end

    def unusable(problem)
      type = RETRYABLE_STATUSES.include?(@status) ? TransportError : ProtocolError
      type.new("no usable answer from the token endpoint at #{endpoint}: #{problem}#{url_hint}", **facts)
    end

    def facts
      { status: @status, retryable: RETRYABLE_STATUSES.include?(@status), retry_after: retry_after }
    end

    # A server's text without control characters, secrets and length.
    def carried_text(text, access_token = nil)
      return unless text.is_a?(String) && text.valid_encoding?

      text = text.gsub(Configuration::CONTROL_CHARACTERS, "")
      secrets = [@secret, URI.encode_www_form_component(@secret), basic_credentials, access_token].grep(String)
      found = secrets.any? { |secret| secret.length >= Limits::SHORTEST_SECRET && text.include?(secret) }
      found ? "[removed]" : text[0, Limits::CARRIED_CHARACTERS]
    end

    def url_hint
      html = @status < 500 && @headers["Content-Type"].to_s.match?(%r{\A\s*text/html}i)
      " (check SSOJET_TOKEN_URL)" if html || WRONG_URL_STATUSES.include?(@status)
    end

    # Seconds or an HTTP date; Time.httpdate takes nothing but the forms of RFC 9110.
    def retry_after
      value = @headers["Retry-After"].to_s.strip
      value.match?(/\A[0-9]+\z/) ? value.to_i : [Time.httpdate(value) - Time.now, 0].max
    rescue ArgumentError
      nil
    end
  end
end
