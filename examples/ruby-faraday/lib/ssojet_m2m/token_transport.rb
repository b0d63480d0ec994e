# frozen_string_literal: true

module SsojetM2m
  # Sends token requests with Faraday.
  class TokenTransport
    include HiddenState

    # Raised in place of Ruby's own errors, by some adapters without a cause.
    TIMEOUTS = [Faraday::TimeoutError].freeze
    TLS_ERRORS = [Faraday::SSLError].freeze
    NETWORK_ERRORS = [Faraday::ConnectionFailed].freeze

    # options and the block are those of Faraday.new. What is wrong in them is to be seen now, not in the first request.
    def initialize(token_url, options, &configure)
      @query = token_url.query
      # Not Faraday.new: that takes default headers and the like from the rest of the program.
      @connection = Faraday::Connection.new(without_query(token_url), options) do |faraday|
        # What goes to this machine stays on it.
        faraday.proxy = nil if token_url.scheme == "http" && !options.key?(:proxy)
        faraday.adapter(:net_http) do |net_http|
          net_http.ignore_eof = false # a body that is cut short is to be an error
          TokenRequest.close_in_time(net_http)
        end
        configure&.call(faraday)
      end
      @connection.app
    end

    # Tells the answer what comes, as it comes. Raises what goes wrong.
    def post(headers, form, seconds, answer)
      env = build_env(headers, form, seconds)
      env.request.on_data = ->(piece, *) { answer << piece }
      @connection.app.call(env)
      answer << env.response_body if env.response_body.is_a?(String) # of a stub that does not stream
    rescue Faraday::Error => e
      raise unless e.response # an owner's :raise_error made an error of a whole answer
    ensure
      answer.status = env&.status
      answer.headers = env&.response_headers
    end

    private

    # Faraday would sort and encode a query anew: it is put back in build_env.
    def without_query(url) = url.dup.tap { |copy| copy.query = nil }

    def build_env(headers, form, seconds)
      request = @connection.build_request(:post) do |post|
        post.headers.update(headers)
        post.body = form
        post.options.update(timeout: seconds, open_timeout: [Limits::CONNECT, seconds].min, proxy: @connection.proxy)
      end
      @connection.builder.build_env(@connection, request).tap { |env| env.url.query = @query }
    end
  end
end
