# frozen_string_literal: true

module SsojetM2m
  # Whatever goes wrong in getting a token. Errors of the API request itself stay the HTTP library's own.
  class Error < StandardError
    # The token endpoint's HTTP status, if it answered, and the seconds of its Retry-After, if it named some.
    attr_reader :status, :retry_after

    def initialize(message, status: nil, retryable: false, retry_after: nil)
      super(message)
      @status = status
      @retryable = retryable
      @retry_after = retry_after
    end

    # May it help to try again later?
    def retryable? = @retryable
  end

  # The configuration is incomplete or cannot be used.
  class ConfigurationError < Error; end

  # No answer, or one that says "not now".
  class TransportError < Error; end

  # An answer that no token endpoint should give.
  class ProtocolError < Error; end

  # The token endpoint refused, in the form of RFC 6749, section 5.2.
  class OAuthError < Error
    attr_reader :error, :error_description, :error_uri

    def initialize(message, error:, error_description: nil, error_uri: nil, **facts)
      super(message, **facts)
      @error = error
      @error_description = error_description
      @error_uri = error_uri
    end
  end
end
