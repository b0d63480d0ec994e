# frozen_string_literal: true

require_relative "test_helper"

class ConfigurationTest < M2MTest
  GOOD = { "SSOJET_CLIENT_ID" => "cli_test", "SSOJET_CLIENT_SECRET" => "secret",
           "SSOJET_API_URL" => "https://h/" }.freeze

  def test_all_that_is_missing_is_named
    error = assert_raises(SsojetM2m::ConfigurationError) { SsojetM2m::Configuration.from_env({ "SSOJET_CLIENT_ID" => "" }) }

    assert_equal "missing or empty: SSOJET_CLIENT_ID (client_id), SSOJET_CLIENT_SECRET (client_secret), " \
                 "SSOJET_API_URL (api_url)", error.message
  end

  def test_defaults
    configuration = from(SCOPE: " ", TOKEN_URL: "")

    assert_equal ["https://api.ssojet.com/oauth/token", nil, nil, "client_secret_post"],
                 [configuration.token_url.to_s, configuration.scope, configuration.audience, configuration.auth_method]
  end

  def test_values_that_are_refused
    assert_match(/client_secret_post or client_secret_basic/, refused(AUTH_METHOD: "mtls").message)
    assert_match(/SSOJET_CLIENT_SECRET.*U\+000A.*line end of a file/, refused(CLIENT_SECRET: "secret\n").message)
    assert_match(/SSOJET_CLIENT_ID.*U\+0085/, refused(CLIENT_ID: "a\u0085b").message)
    assert_match(/SSOJET_CLIENT_SECRET.*not valid Unicode/, refused(CLIENT_SECRET: "a\xff").message)
  end

  def test_urls_of_the_vectors
    VECTORS["urls"].each do |row|
      row["variables"].each do |variable|
        env = GOOD.merge(variable => row["url"])
        next SsojetM2m::Configuration.from_env(env) if row["accepted"] # or it raises

        error = assert_raises(SsojetM2m::ConfigurationError, row["name"]) { SsojetM2m::Configuration.from_env(env) }

        assert_includes error.message, variable
        refute_includes error.message, row["url"]
      end
    end
  end

  def test_urls_that_ruby_mends
    ["http:/x", "http:x", "http:", "https:h", "https:///x", "https://@h", "https://h#", "https://h:099", "https://h:0",
     "https://[::1", "http://[::2]", "http://0.0.0.0", "https://h/\u0085"].each { |url| refused(TOKEN_URL: url) }
  end

  def test_by_code
    configuration = SsojetM2m::Configuration.new(client_id: "i", client_secret: "s", api_url: URI("https://h"),
                                                 scope: %w[a b], auth_method: :client_secret_basic)

    assert_equal ["a b", "client_secret_basic"], [configuration.scope, configuration.auth_method]
    error = assert_raises(SsojetM2m::ConfigurationError) { SsojetM2m::Configuration.new(client_id: "i") }

    assert_match(/client_secret\), SSOJET_API_URL \(api_url\)/, error.message)
  end

  def test_a_rotated_secret_is_used_without_a_restart
    server = token_server
    secrets = ["one", "two", "", "a\n"]
    rotating = configuration(server, client_secret: -> { secrets.shift || raise(IOError, "vault") })
    tokens = provider(server, configuration: rotating)
    2.times { tokens.invalidate(tokens.token) }

    assert_equal(%w[one two], server.requests.map { |request| form_of(request)["client_secret"] })
    messages = Array.new(3) { assert_raises(SsojetM2m::ConfigurationError) { tokens.token } }

    assert_match(/missing or empty: SSOJET_CLIENT_SECRET/, messages[0].message)
    assert_match(/control character/, messages[1].message)
    assert_equal "vault", messages[2].cause.message
    assert_equal 2, server.requests.size
  end

  def test_a_secret_function_that_hangs_is_named
    now = 0.0
    called = Queue.new
    hanging = configuration(token_server, client_secret: -> { (called << true) && sleep })
    tokens = provider(nil, configuration: hanging, clock: -> { now })
    hasty = Thread.new { tokens.token }
    called.pop
    hasty.kill
    now = 29.9
    error = assert_raises(SsojetM2m::TransportError) { tokens.token }

    assert_match(/the function for the client secret took longer than 30 s/, error.message)
  end

  private

  def from(**changes) = SsojetM2m::Configuration.from_env(GOOD.merge(changes.transform_keys { |key| "SSOJET_#{key}" }))

  def refused(**changes) = assert_raises(SsojetM2m::ConfigurationError, changes.inspect) { from(**changes) }
end
