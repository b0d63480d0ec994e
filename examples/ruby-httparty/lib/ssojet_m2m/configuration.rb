# frozen_string_literal: true

require "ipaddr"
require "uri"

module SsojetM2m
  # Who asks for tokens, where, and for which API.
  class Configuration
    include HiddenState

    DEFAULT_TOKEN_URL = "https://api.ssojet.com/oauth/token"
    AUTH_METHODS = %w[client_secret_post client_secret_basic].freeze
    FIELDS = %i[client_id client_secret api_url token_url scope audience auth_method].freeze
    CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/
    # What URI.parse mends or overlooks: user info, a fragment, a port with a zero in front, odd characters.
    URL_FORM = %r{\Ahttps?://([^/?#@:\[\]]+|\[[\h:.]+\])(:[1-9]\d*)?(/[^?#]*)?(\?[^#]*)?\z}i
    NOT_IN_A_URL = /[ \\\u0000-\u001f\u007f-\u009f]/

    attr_reader :client_id, :api_url, :token_url, :scope, :audience, :auth_method

    # Reads SSOJET_CLIENT_ID, SSOJET_CLIENT_SECRET, SSOJET_API_URL, SSOJET_TOKEN_URL, SSOJET_SCOPE,
    # SSOJET_AUDIENCE and SSOJET_AUTH_METHOD; never a .env file. What is given by keyword goes first.
    def self.from_env(env = ENV, **given)
      from_variables = FIELDS.to_h do |field|
        # Under LANG=C Ruby takes the environment for US-ASCII, whatever its bytes are.
        [field, env["SSOJET_#{field.upcase}"]&.dup&.force_encoding(Encoding::UTF_8)]
      end
      new(**from_variables, **given)
    end

    # The secret may be a function (anything with #call): it is called for each token request, on another thread.
    # Scopes are a text with spaces between or an array.
    def initialize(client_id: nil, client_secret: nil, api_url: nil,
                   token_url: nil, scope: nil, audience: nil, auth_method: nil)
      refuse_missing(client_id: client_id, client_secret: client_secret, api_url: api_url)
      @client_id = credential(:client_id, client_id)
      @secret_function = secret_function(client_secret)
      @auth_method = (presence(auth_method) || AUTH_METHODS.first).to_s
      refuse(:auth_method, "must be #{AUTH_METHODS.join(" or ")}") unless AUTH_METHODS.include?(@auth_method)
      @token_url = checked_url(:token_url, presence(token_url) || DEFAULT_TOKEN_URL, query_allowed: true)
      @api_url = checked_url(:api_url, api_url, query_allowed: false)
      @scope = presence(utf8(:scope, Array(scope).join(" ")).scan(/[^[:space:]]+/).join(" "))
      @audience = presence(utf8(:audience, audience))
      freeze
    end

    # The secret of now. Raises a ConfigurationError whose cause is the error of the owner's function.
    def client_secret
      secret = @secret_function.call
    rescue StandardError, ScriptError => e
      raise ConfigurationError, "the function for the client secret failed: #{e.class}"
    else
      refuse_missing(client_secret: secret)
      credential(:client_secret, secret)
    end

    def other_auth_method = (AUTH_METHODS - [auth_method]).first

    private

    # In a closure, so that nothing that prints instance variables finds the secret.
    def secret_function(client_secret)
      return client_secret if client_secret.respond_to?(:call)

      text = credential(:client_secret, client_secret)
      -> { text }
    end

    def presence(value) = value.to_s.empty? ? nil : value

    def refuse_missing(required)
      missing = required.select { |_, value| presence(value).nil? }.keys
      raise ConfigurationError, "missing or empty: #{missing.map { |field| name_of(field) }.join(", ")}" if missing.any?
    end

    def refuse(field, reason)
      raise ConfigurationError.new("#{name_of(field)} #{reason}"), cause: nil # a cause could repeat the value
    end

    def name_of(field) = "SSOJET_#{field.upcase} (#{field})"

    def utf8(field, value)
      text = value.to_s.encode(Encoding::UTF_8)
      text.valid_encoding? ? text : refuse(field, "is not valid Unicode")
    rescue EncodingError
      refuse(field, "is not valid Unicode")
    end

    def credential(field, value)
      text = utf8(field, value)
      found = text[CONTROL_CHARACTERS]
      return text unless found

      code = format("U+%04X", found.ord)
      refuse(field, "contains a control character (#{code}#{", the line end of a file?" if "\r\n".include?(found)})")
    end

    def checked_url(field, value, query_allowed:)
      text = utf8(field, value)
      problem = problem_in_url(text, query_allowed)
      problem ? refuse(field, problem) : URI.parse(text).freeze
    rescue URI::Error
      refuse(field, "is no URL")
    end

    def problem_in_url(text, query_allowed)
      return "has a space, a backslash or a control character" if text.match?(NOT_IN_A_URL)
      return "must be an https URL" unless text.match?(/\Ahttps?:/i)
      return "has user info, a fragment, a malformed port or no host" unless text.match?(URL_FORM)
      return "must have no query" if text.include?("?") && !query_allowed

      uri = URI.parse(text)
      return "has a port outside 1 to 65535" unless uri.port.between?(1, 65_535)

      "must be https, or http to this machine" unless uri.is_a?(URI::HTTPS) || loopback?(uri.hostname)
    end

    def loopback?(host)
      host.casecmp?("localhost") || IPAddr.new(host).loopback?
    rescue IPAddr::Error
      false
    end
  end
end
