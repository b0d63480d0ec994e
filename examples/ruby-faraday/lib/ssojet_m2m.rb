# frozen_string_literal: true

require "faraday"
require "faraday/net_http"

require_relative "ssojet_m2m/limits"
require_relative "ssojet_m2m/hidden_state"
require_relative "ssojet_m2m/error"
require_relative "ssojet_m2m/configuration"
require_relative "ssojet_m2m/token_transport"
require_relative "ssojet_m2m/token_request"
require_relative "ssojet_m2m/token_future"
require_relative "ssojet_m2m/token_provider"
require_relative "ssojet_m2m/authentication"

# Calls an API that SSOJet protects, with tokens of the OAuth 2.0 client-credentials grant.
#
#   client = SsojetM2m.client(SsojetM2m::Configuration.from_env)
#   client.get("/orders").body
module SsojetM2m
  # A Faraday connection whose paths are below the API's URL, with or without a slash in front.
  # Faraday's own takes "/orders" for the root of the host.
  class ApiConnection < Faraday::Connection
    def build_exclusive_url(url = nil, params = nil, params_encoder = nil)
      path = url.to_s
      path = "./#{path.sub(%r{\A/+}, "")}" unless path.empty? || path.start_with?("http://", "https://", "./", "../")
      super(path, params, params_encoder)
    end
  end

  # An authorised Faraday connection; build it once and share it. Options and block are those of Faraday.new.
  # proxy and ssl hold for the token request too, unless you give a token provider, which clients can share.
  def self.client(configuration, token_provider: nil, **options)
    token_provider ||= TokenProvider.new(configuration, **options.slice(:proxy, :ssl))
    options = Faraday::Utils.deep_merge(Faraday.default_connection_options, options)
    connection = ApiConnection.new(configuration.api_url, options) do |faraday|
      # What goes to this machine stays on it.
      faraday.proxy = nil if configuration.api_url.scheme == "http" && options.proxy.nil?
      faraday.options.timeout ||= Limits::API_READ
      block_given? ? yield(faraday) : faraday.request(:url_encoded)
      faraday.request(:ssojet_m2m, token_provider, configuration.api_url)
    end
    connection.app # locks the stack: what is added below our middleware would see the token
    connection
  end
end
