# frozen_string_literal: true

module SsojetM2m
  # For a class that calls the API. All of HTTParty can be used in it.
  #
  #   class Orders
  #     include SsojetM2m::ApiClient
  #     ssojet_m2m SsojetM2m::Configuration.from_env
  #   end
  #
  #   Orders.get("/orders")
  module ApiClient
    CONNECTION_OPTIONS = %i[http_proxyaddr http_proxyport http_proxyuser http_proxypass
                            ssl_ca_file ssl_ca_path cert_store].freeze

    def self.included(base)
      base.include(HTTParty) unless base.include?(HTTParty)
      base.extend(ClassMethods)
    end

    # What the class gets.
    module ClassMethods
      # Proxy and certificate authority, if set above, hold for the token request too, unless you give a token
      # provider, which classes can share.
      def ssojet_m2m(configuration, token_provider: nil)
        token_provider ||= TokenProvider.new(configuration, **default_options.slice(*CONNECTION_OPTIONS))
        base_uri(configuration.api_url.to_s)
        default_options[:timeout] ||= Limits::API_READ
        default_options.update(ssojet_api_url: configuration.api_url, ssojet_token_provider: token_provider)
      end

      # HTTParty's own way from a path and options to a request.
      def build_request(http_method, path, options = {})
        plain = super(http_method, below_api_url(path.to_s), options)
        api_url, token_provider = %i[ssojet_api_url ssojet_token_provider].map { |key| plain.options.delete(key) }
        AuthenticatedRequest.new(plain.http_method, plain.path, plain.options, api_url, token_provider)
      end

      private

      # HTTParty's own way to an answer.
      def perform_request(http_method, path, options, &block)
        request = build_request(http_method, path, options)
        response, error = perform_first(request, &block)
        can_be_sent_again = block.nil? && can_be_sent_again?(request, http_method)
        if request.another_token?(wait: can_be_sent_again) && can_be_sent_again
          return build_request(http_method, path, options).perform
        end

        error ? raise(error) : response
      end

      def perform_first(request, &block)
        [request.perform(&block), nil]
      rescue HTTParty::ResponseError => e # a class may have said raise_on [401]
        [nil, e]
      end

      # A stream has been read by now, and what a redirect has led elsewhere may have been done there.
      def can_be_sent_again?(request, http_method)
        body, *streams = request.options.values_at(:body, :body_stream, :stream_body)
        return false if body.respond_to?(:read) || streams.any?

        !request.redirect || [Net::HTTP::Get, Net::HTTP::Head].include?(http_method)
      end

      # HTTParty joins the two as texts: "@evil" would become the host.
      def below_api_url(path)
        return path if path.match?(%r{\Ahttps?://}i)

        api_url = default_options[:ssojet_api_url]
        raise ConfigurationError, "#{self} lacks its ssojet_m2m line" unless api_url

        path.empty? ? api_url.to_s : "#{api_url.to_s.chomp("/")}/#{path.sub(%r{\A/+}, "")}"
      end
    end

    # A request that bears the token wherever it goes to the API, and nowhere else: HTTParty follows redirects, and
    # would take a header along to any host.
    class AuthenticatedRequest < HTTParty::Request
      include HiddenState

      undef_method :marshal_dump # HTTParty's own, for a cache of answers, leaves our state out

      def initialize(http_method, path, options, api_url = nil, token_provider = nil)
        super(http_method, path, options)
        @api_url = api_url
        @token_provider = token_provider
      end

      # HTTParty calls it for each redirect, too.
      def perform(&block)
        super
      ensure
        @raw_request&.delete("Authorization") if @token # errors and answers hold the request
      end

      # After a 401 to our token: is there another? With wait: false it is only begun to be fetched.
      def another_token?(wait:)
        return false unless @token && last_response.code == "401"

        !@token_provider.handle_unauthorized(@token, wait: wait).nil?
      end

      private

      # HTTParty's own step, before each sending.
      def setup_raw_request
        super
        @token = nil
        return if @raw_request["Authorization"] || options[:digest_auth] || origin(last_uri) != origin(@api_url)

        refuse_other_path(last_uri.path) unless redirect
        @token = @token_provider.token
        @raw_request["Authorization"] = "Bearer #{@token}"
      end

      def origin(url) = [url.scheme, url.host.to_s.downcase, url.port]

      def refuse_other_path(path)
        api_path = @api_url.path.chomp("/")
        return if path == api_path || path.start_with?("#{api_path}/")

        raise ConfigurationError, "#{path} is outside the path of SSOJET_API_URL (#{api_path}): " \
                                  'write get("/orders"), which goes below it'
      end
    end
  end
end
