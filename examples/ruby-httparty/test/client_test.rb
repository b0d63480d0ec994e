# frozen_string_literal: true

require_relative "test_helper"
require "pp"
require "webmock"
require "yaml"

class ClientTest < M2MTest
  def test_the_token_is_sent_and_the_apis_path_is_kept
    api = api_server("token-1")
    client = client_for(api, "/v1/api")
    ["/orders", "orders", URI("/orders"), "@x", "a:b", "", "?b=c"].each { |path| client.get(path) }

    assert_equal %w[/v1/api/orders /v1/api/orders /v1/api/orders /v1/api/@x /v1/api/a:b /v1/api /v1/api/?b=c],
                 api.requests.map(&:target)
    assert_equal ["Bearer token-1"], api.requests.map { |request| request.headers["authorization"] }.uniq
    assert_raises(SsojetM2m::ConfigurationError) { client.get(api.url("/admin")) }
    assert_equal 1, @token_server.requests.size
  end

  def test_paths_of_the_vectors_reach_no_other_host
    decoy = api_server
    client = client_for(api_server("token-1"), "/v1")
    VECTORS["paths"].each do |row|
      client.get(row["path"].sub("{decoy}", "127.0.0.1:#{URI(decoy.url).port}"))
    rescue URI::Error, HTTParty::Error, SsojetM2m::ConfigurationError
      next
    end

    assert_empty(decoy.requests.filter_map { |request| request.headers["authorization"] })
  end

  def test_no_redirect_takes_the_token_to_another_origin
    other = api_server
    api = serve { |socket, _| TestServer.reply(socket, 302, "", "Location" => other.url("/x")) }
    client = client_for(api)

    assert_equal 401, client.get("/x").code
    refute_includes other.requests.first.headers.keys, "authorization"
    client.get(other.url("/y"))

    refute_includes other.requests.last.headers.keys, "authorization"
    assert_equal 1, @token_server.requests.size, "nothing has been dropped"
  end

  def test_a_redirect_within_the_api_keeps_the_token
    api = serve do |socket, request|
      next TestServer.reply(socket, 302, "", "Location" => "/v1/b") if request.target == "/v1/a"

      good = request.headers["authorization"] == "Bearer token-2"
      TestServer.reply(socket, good ? 200 : 401)
    end
    client = client_for(api, "/v1")

    assert_equal 401, client.post("/a", body: "x").code, "sent elsewhere by a redirect: not sent again"
    assert_equal 200, client.get("/a").code
    assert_equal %w[/v1/a /v1/b] * 2, api.requests.map(&:target)
  end

  def test_a_401_is_repaired_once
    api = api_server("token-2")
    response = client_for(api).post("/x", body: '{"a":1}', headers: { "Content-Type" => "application/json" })

    assert_equal [200, "ok"], [response.code, response.body]
    assert_equal [["POST", '{"a":1}']] * 2, api.requests.map { |request| [request.verb, request.body] }
    refute response.request.instance_variable_get(:@raw_request)["Authorization"]
  end

  def test_a_second_401_is_the_callers_and_nothing_is_dropped_for_a_while
    client = client_for(api_server)

    assert_equal [[401, "refused"]] * 2, Array.new(2) { client.get("/x") }.map { |answer| [answer.code, answer.body] }
    assert_equal 2, @token_server.requests.size
  end

  def test_the_new_tokens_error_is_the_callers
    tokens = answering([200, token_json("old")], [400, '{"error":"gone"}'])

    assert_equal "gone", assert_raises(SsojetM2m::OAuthError) { client_for(api_server, tokens: tokens).get("/x") }.error
  end

  def test_many_threads_and_one_revoked_token
    client = client_for(api_server("token-2"))

    assert_equal [200] * 20, Array.new(20) { Thread.new { client.get("/x").code } }.map(&:value)
    assert_equal 2, @token_server.requests.size
  end

  def test_a_stream_cannot_be_sent_again_but_the_next_call_has_another_token
    client = client_for(api_server("token-2"))
    stream = client.post("/x", body_stream: StringIO.new("body"), headers: { "Content-Length" => "4" })

    assert_equal [401, 200], [stream.code, client.get("/x").code]
  end

  def test_an_answer_that_is_read_piece_by_piece_comes_once
    client = client_for(api_server("token-2"))
    seen = []
    2.times { client.get("/x", stream_body: true) { |piece| seen << piece.to_s } }

    assert_equal %w[refused ok], seen
  end

  def test_an_authorization_of_the_callers_own_is_left_alone
    client = client_for(api_server("mine"))

    assert_equal 200, client.get("/x", headers: { "authorization" => "Bearer mine" }).code
    assert_equal 401, client.get("/x", basic_auth: { username: "u", password: "p" }).code
    client.headers("Authorization" => "Bearer theirs")

    assert_equal 401, client.get("/x").code
    assert_empty @token_server.requests
  end

  def test_errors_keep_their_class_and_hold_no_token
    repaired = client_for(api_server("token-2"))
    repaired.raise_on([401])

    assert_equal 200, repaired.get("/x").code
    client = client_for(api_server)
    client.raise_on([401])
    error = assert_raises(HTTParty::ResponseError) { client.get("/x") }

    refute_match(/token-\d/, [error.full_message, printed(error)].join)
  end

  def test_time_limit_subclasses_and_what_is_missing
    client = client_for(api_server("token-1"))

    assert_equal 30, client.default_options[:timeout]
    assert_equal 200, Class.new(client).get("/x").code
    assert_raises(SsojetM2m::ConfigurationError) { Class.new { include SsojetM2m::ApiClient }.get("/x") }
    faster = client_class { default_timeout 5 }
    faster.ssojet_m2m(configuration(token_server))

    assert_equal 5, faster.default_options[:timeout]
  end

  def test_no_proxy_for_this_machine
    ENV["http_proxy"] = "http://bad proxy:x"

    assert_equal 200, client_for(api_server("token-1")).get("/x").code
  ensure
    ENV.delete("http_proxy")
  end

  def test_two_identities_side_by_side
    first = client_for(api_server("token-1"), tokens: token_server)
    second = client_for(api_server("other"), tokens: answering([200, token_json("other")]))

    assert_equal [200, 200], [first, second].map { |client| client.get("/x").code }
  end

  def test_printed_forms_show_no_secret
    client = client_for(api_server("token-1"))
    response = client.get("/x")

    refute_match(/s3cret|token-1/, [client.default_options, response.request].map { |object| printed(object) }.join)
    cached = Marshal.dump(response)

    refute_match(/s3cret|token-1/, cached)
    assert_equal "ok", Marshal.load(cached).body # rubocop:disable Security/MarshalLoad
  end

  # How an owner stubs both requests.
  def test_stubbed_with_webmock
    WebMock.enable!
    WebMock.stub_request(:post, "https://api.ssojet.com/oauth/token").to_return(body: token_json("stubbed"))
    WebMock.stub_request(:get, "https://api.example/v1/orders")
           .with(headers: { "Authorization" => "Bearer stubbed" }).to_return(status: 204)

    assert_equal 204, stubbed_client.get("/orders").code
    WebMock.reset!
    error = assert_raises(SsojetM2m::TransportError) { stubbed_client.get("/orders") }

    assert_match(/WebMock::NetConnectNotAllowedError/, error.message)
    refute_predicate error, :retryable?
  ensure
    WebMock.reset!
    WebMock.disable!
  end

  def test_stubbed_with_a_token_provider_of_ones_own
    fixed = Struct.new(:token).new("token-1")
    client = client_class
    client.ssojet_m2m(configuration(nil, api_url: api_server("token-1").url), token_provider: fixed)

    assert_equal 200, client.get("/x").code
  end

  private

  def client_class(&block)
    Class.new do
      include SsojetM2m::ApiClient

      class_eval(&block) if block
    end
  end

  def client_for(api, path = "", tokens: token_server)
    @token_server = tokens
    client = client_class
    client.ssojet_m2m(configuration(tokens, api_url: api.url(path)), token_provider: provider(tokens))
    client
  end

  def stubbed_client
    client = client_class
    client.ssojet_m2m(SsojetM2m::Configuration.new(client_id: "i", client_secret: SECRET,
                                                   api_url: "https://api.example/v1"))
    client
  end
end
