# frozen_string_literal: true

require "httparty"

require_relative "ssojet_m2m/limits"
require_relative "ssojet_m2m/hidden_state"
require_relative "ssojet_m2m/error"
require_relative "ssojet_m2m/configuration"
require_relative "ssojet_m2m/token_transport"
require_relative "ssojet_m2m/token_request"
require_relative "ssojet_m2m/token_future"
require_relative "ssojet_m2m/token_provider"
require_relative "ssojet_m2m/api_client"

# Calls an API that SSOJet protects, with tokens of the OAuth 2.0 client-credentials grant. See SsojetM2m::ApiClient.
module SsojetM2m
end
