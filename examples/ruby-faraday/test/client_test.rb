# frozen_string_literal: true

require_relative "test_helper"
require "pp"
require "webmock"
require "yaml"

class ClientTest < M2MTest
  def test_the_token_is_sent_and_the_apis_path_is_kept
    api = api_server("token-1")
    client = client_for(api, "/v1/api")
    ["/orders", "orders", URI("/orders"), "@x", "a:b", "", "/?b=c"].each { |path| client.get(path) }

    assert_equal %w[/v1/api/orders /v1/api/orders /v1/api/orders /v1/api/@x /v1/api/a:b /v1/api /v1/api/?b=c],
                 api.requests.map(&:target)
    assert_equal ["Bearer token-1"], api.requests.map { |request| request.headers["authorization"] }.uniq
    assert_raises(SsojetM2m::ConfigurationError) { client.get("../../admin") }
    assert_raises(SsojetM2m::ConfigurationError) { client.get(api.url("/admin")) }
    assert_equal 1, @token_server.requests.size
  end

  def test_paths_of_the_vectors_reach_no_other_host
    decoy = api_server
    client = client_for(api_server("token-1"), "/v1")
    VECTORS["paths"].each do |row|
      client.get(row["path"].sub("{decoy}", "127.0.0.1:#{URI(decoy.url).port}"))
    rescue URI::Error, SsojetM2m::ConfigurationError
      next
    end

    assert_empty(decoy.requests.filter_map { |request| request.headers["authorization"] })
  end

  def test_another_origin_gets_no_token
    other = api_server
    client_for(api_server("token-1")).get(other.url("/x"))

    refute_includes other.requests.first.headers.keys, "authorization"
    assert_empty @token_server.requests
  end

  def test_a_401_is_repaired_once
    api = api_server("token-2")
    response = client_for(api).post("/x", '{"a":1}', "Content-Type" => "application/json")

    assert_equal [200, "ok"], [response.status, response.body]
    assert_equal [["POST", '{"a":1}']] * 2, api.requests.map { |request| [request.verb, request.body] }
    refute_includes response.env.request_headers.keys, "Authorization"
  end

  def test_a_second_401_is_the_callers_and_nothing_is_dropped_for_a_while
    client = client_for(api_server)

    assert_equal [[401, "refused"]] * 2, Array.new(2) { client.get("/x") }.map { |answer| [answer.status, answer.body] }
    assert_equal 2, @token_server.requests.size
  end

  def test_the_new_tokens_error_is_the_callers
    tokens = answering([200, token_json("old")], [400, '{"error":"gone"}'])

    assert_equal "gone", assert_raises(SsojetM2m::OAuthError) { client_for(api_server, tokens: tokens).get("/x") }.error
  end

  def test_many_threads_and_one_revoked_token
    client = client_for(api_server("token-2"))

    assert_equal [200] * 20, Array.new(20) { Thread.new { client.get("/x").status } }.map(&:value)
    assert_equal 2, @token_server.requests.size
  end

  def test_a_pipe_cannot_be_sent_again_but_the_next_call_has_another_token
    reader, writer = IO.pipe
    writer << "body"
    writer.close
    client = client_for(api_server("token-2"))

    assert_equal 401, client.post("/x", reader, "Transfer-Encoding" => "chunked").status
    assert_equal 200, client.get("/x").status
  end

  def test_an_answer_that_is_read_piece_by_piece_comes_once
    client = client_for(api_server("token-2"))
    seen = []
    2.times { client.get("/x") { |request| request.options.on_data = proc { |piece, *| seen << piece } } }

    assert_equal %w[refused ok], seen
  end

  def test_an_authorization_of_the_callers_own_is_left_alone
    client = client_for(api_server("mine")) { |faraday| faraday.request(:authorization, "Bearer", "theirs") }

    assert_equal 401, client.get("/x").status
    assert_equal 200, client.get("/x", nil, "authorization" => "Bearer mine").status
    assert_empty @token_server.requests
  end

  def test_errors_keep_their_class_and_hold_no_token
    client = client_for(api_server) { |faraday| faraday.response(:raise_error) }
    below = Faraday.new(client.url_prefix) do |faraday|
      faraday.request(:ssojet_m2m, provider(@token_server), client.url_prefix)
      faraday.response(:raise_error)
    end
    [client, below].each do |connection|
      error = assert_raises(Faraday::UnauthorizedError) { connection.get("x") }

      refute_match(/token-\d/, [error.full_message, printed(error), error.response.inspect].join)
    end
  end

  def test_what_is_wrong_with_the_stack_is_seen_at_once
    assert_raises(Faraday::Error) { client_for(api_server) { |faraday| faraday.adapter(:misspelt) } }
    assert_raises(Faraday::Error) { provider(token_server) { |faraday| faraday.adapter(:misspelt) } }
    assert_raises(Faraday::RackBuilder::StackLocked) { client_for(api_server).response(:logger) }
  end

  def test_a_base_url_whose_path_would_be_lost_is_told
    connection = Faraday.new("https://api.example/v1") do |faraday|
      faraday.request(:ssojet_m2m, nil, "https://api.example/v1")
    end

    error = assert_raises(SsojetM2m::ConfigurationError) { connection.get("/orders") }

    assert_match(/write get\("orders"\)/, error.message)
  end

  def test_time_limit_and_proxies
    ENV["http_proxy"] = "http://bad proxy:x"
    client = client_for(api_server("token-1"))

    assert_equal [30, nil, 200], [client.options.timeout, client.proxy, client.get("/x").status]
    assert_equal 5, client_for(api_server, request: { timeout: 5 }).options.timeout
  ensure
    ENV.delete("http_proxy")
  end

  def test_two_identities_side_by_side
    first = client_for(api_server("token-1"), tokens: token_server)
    second = client_for(api_server("other"), tokens: answering([200, token_json("other")]))

    assert_equal [200, 200], [first, second].map { |client| client.get("/x").status }
  end

  def test_printed_forms_show_no_secret
    client = client_for(api_server("token-1"))
    client.get("/x")

    refute_match(/s3cret|token-1/, printed(client))
  end

  # How an owner stubs both requests: with WebMock or with Faraday's own test adapter.

  STUBBED = SsojetM2m::Configuration.new(client_id: "cli_test", client_secret: SECRET, api_url: "https://api.example/v1")

  def test_stubbed_with_webmock
    WebMock.enable!
    WebMock.stub_request(:post, "https://api.ssojet.com/oauth/token").to_return(body: token_json("stubbed"))
    WebMock.stub_request(:get, "https://api.example/v1/orders")
           .with(headers: { "Authorization" => "Bearer stubbed" }).to_return(status: 204)

    assert_equal 204, SsojetM2m.client(STUBBED).get("/orders").status
    WebMock.reset!
    error = assert_raises(SsojetM2m::TransportError) { SsojetM2m.client(STUBBED).get("/orders") }

    assert_match(/WebMock::NetConnectNotAllowedError/, error.message)
    refute_predicate error, :retryable?
  ensure
    WebMock.reset!
    WebMock.disable!
  end

  def test_stubbed_with_the_test_adapter
    stubs = Faraday::Adapter::Test::Stubs.new
    stubs.post("/oauth/token") { [200, {}, token_json("stubbed")] }
    stubs.get("/v1/orders") { |env| [env.request_headers["Authorization"] == "Bearer stubbed" ? 204 : 401, {}, ""] }
    tokens = SsojetM2m::TokenProvider.new(STUBBED) { |faraday| faraday.adapter(:test, stubs) }
    client = SsojetM2m.client(STUBBED, token_provider: tokens) { |faraday| faraday.adapter(:test, stubs) }

    assert_equal 204, client.get("/orders").status
    stubs.verify_stubbed_calls
  end

  private

  def client_for(api, path = "", tokens: token_server, **options, &block)
    @token_server = tokens
    configuration = configuration(tokens, api_url: api.url(path))
    SsojetM2m.client(configuration, token_provider: provider(tokens), **options, &block)
  end
end
