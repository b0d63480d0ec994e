# frozen_string_literal: true

module SsojetM2m
  # Sends token requests with HTTParty.
  class TokenTransport
    include HiddenState

    TIMEOUTS = TLS_ERRORS = NETWORK_ERRORS = [].freeze # HTTParty raises Ruby's own

    # A class of its own: it takes over no default of HTTParty or of another class.
    class Endpoint
      include HTTParty
    end

    # Tells the answer its status and headers before the body is read: it may break off.
    class Connection < HTTParty::ConnectionAdapter
      def connection
        answer = options.fetch(:answer)
        super.tap do |http|
          # A body that is cut short is to be an error. (Ruby 3.1 brings a net-http that cannot tell.)
          http.ignore_eof = false if http.respond_to?(:ignore_eof=)
          TokenRequest.close_in_time(http)
          http.define_singleton_method(:request) do |*arguments, &read_body|
            super(*arguments) do |response|
              answer.status = response.code.to_i
              answer.headers = response
              read_body.call(response)
            end
          end
        end
      end
    end
    private_constant :Endpoint, :Connection

    # Options are HTTParty's, for a proxy or a certificate authority.
    def initialize(token_url, options)
      @token_url = token_url.to_s
      @options = { **proxy_of_environment(token_url), **options,
        follow_redirects: false, stream_body: true, connection_adapter: Connection }
    end

    # Tells the answer what comes, as it comes. Raises what goes wrong.
    def post(headers, form, seconds, answer)
      limits = { timeout: seconds, open_timeout: [Limits::CONNECT, seconds].min }
      Endpoint.post(@token_url, { **@options, **limits, headers: headers, body: form, answer: answer }) do |piece|
        answer << piece
      end
    end

    private

    # Net::HTTP by itself looks at http_proxy alone, for https too.
    def proxy_of_environment(token_url)
      proxy = token_url.find_proxy
      return {} unless proxy

      user, password = [proxy.user, proxy.password].map { |text| text && URI::DEFAULT_PARSER.unescape(text) }
      { http_proxyaddr: proxy.hostname, http_proxyport: proxy.port, http_proxyuser: user, http_proxypass: password }
    end
  end
end
