# frozen_string_literal: true

require_relative "test_helper"

class TokenRequestTest < M2MTest
  def test_the_request
    server = token_server
    token_url = server.url("/t?b=1&a=2&a=3")
    configuration = configuration(server, scope: " a\u00a0b\n c ", audience: "x", token_url: token_url)
    provider(server, configuration: configuration).token
    request = server.requests.first

    assert_equal ["POST", "/t?b=1&a=2&a=3", "application/json", "application/x-www-form-urlencoded",
                  SsojetM2m::TokenRequest::USER_AGENT],
                 [request.verb, request.target, *request.headers.values_at("accept", "content-type", "user-agent")]
    assert_equal({ "grant_type" => "client_credentials", "client_id" => "cli_test", "client_secret" => SECRET,
                   "scope" => "a b c", "audience" => "x" }, form_of(request))
    refute_includes request.headers.keys, "authorization"
  end

  def test_credentials_of_the_vectors
    VECTORS["credentials"].each do |row|
      server = token_server
      basic = configuration(server, client_id: row["client_id"], client_secret: row["client_secret"],
                                    auth_method: "client_secret_basic")
      provider(server, configuration: basic).token
      pair = server.requests.first.headers["authorization"].delete_prefix("Basic ").unpack1("m").split(":")

      assert_includes row["client_id_encoded"], pair[0], row["name"]
      assert_includes row["client_secret_encoded"], pair[1], row["name"]
      assert_equal({ "grant_type" => "client_credentials" }, form_of(server.requests.first))
    end
  end

  def test_responses_of_the_vectors
    VECTORS["responses"].each do |row|
      now = 0.0
      server = answering([200, row["body"]], [400, '{"error":"second_request"}'])
      tokens = provider(server, clock: -> { now })
      next assert_refused(row, tokens, server) if row["error"]

      assert_equal row["token"], tokens.token, row["name"]
      now = row["lifetime_s"] - 0.001
      tokens.token
      now = row["lifetime_s"]
      assert_raises(SsojetM2m::OAuthError, row["name"]) { tokens.token }
    end
  end

  def test_three_tries_then_a_transport_error
    server = answering([503])
    error = error_of(server, SsojetM2m::TransportError)

    assert_equal [3, 503, true], [server.requests.size, error.status, error.retryable?]
  end

  def test_answers_that_are_not_tried_again
    [[201, '{"access_token":"t"}'], [302, ""], [404, "x"], [401, "{}"], [200, "{\"a\xff\":1}"], [200, "x" * 1_100_000],
     [200, '{"error":"\ud800"}'], [200, '{"access_token":"\ud800"}']].each do |status, body|
      server = answering([status, body])
      error = error_of(server, SsojetM2m::ProtocolError)

      assert_equal [1, status, false], [server.requests.size, error.status, error.retryable?], body[0, 50]
      assert_equal status.between?(300, 404) && status != 401, error.message.include?("check SSOJET_TOKEN_URL")
      assert_equal body.size > 1_000_000, error.message.include?("longer than 1048576 bytes")
    end
  end

  def test_bodies_that_break_off
    ["HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n#{token_json("t")}",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
     "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"].each do |bytes|
      server = serve { |socket, _| socket.write(bytes) }
      error = error_of(server, SsojetM2m::ProtocolError)

      assert_equal [1, 200], [server.requests.size, error.status], bytes
      assert_match(/not read to its end/, error.message)
    end
    server = serve { |socket, _| socket.write("HTTP/1.1 500 OK\r\nContent-Length: 500\r\n\r\n{") }

    assert_equal 500, error_of(server, SsojetM2m::TransportError).status
    assert_equal 3, server.requests.size
  end

  def test_no_http_and_no_answer
    ["garbage #{SECRET}\r\n\r\n", ""].each do |bytes|
      server = serve { |socket, _| socket.write(bytes) }
      error = error_of(server, SsojetM2m::TransportError)

      assert_equal [3, nil], [server.requests.size, error.status], bytes
      assert_nil error.cause
      refute_includes error.full_message, SECRET
      assert_match(/no answer from the token endpoint at 127.0.0.1:\d+: \S/, error.message)
    end
  end

  def test_the_reason_is_told
    gone = configuration(nil, token_url: "http://127.0.0.1:1/t")

    assert_match(/at 127.0.0.1:1: .*refused/, error_of(nil, configuration: gone).message)
    plain = TCPServer.new("127.0.0.1", 0)
    talker = Thread.new { plain.accept.write("this is no TLS\n") }
    error = error_of(nil, configuration: configuration(nil, token_url: "https://127.0.0.1:#{plain.addr[1]}/"))

    assert_match(/SSL_connect/, error.message)
    refute_predicate error, :retryable?
  ensure
    talker&.kill
    plain&.close
  end

  def test_an_answer_that_drips_is_given_up
    now = 0.0
    server = serve do |socket, _|
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
      loop { socket.write(" ") && (now += 1) && sleep(0.01) }
    end
    error = error_of(server, SsojetM2m::TransportError, clock: -> { now })

    assert_match(/out of time|longer than 30 s/, error.message)
    assert_operator server.requests.size, :>=, 2
  end

  def test_a_head_that_drips_is_cut_off
    server = serve do |socket, request|
      next TestServer.reply(socket, 200, token_json("t")) if request.number > 1

      socket.write("HTTP/1.1 101 Switching\r\n\r\nHTTP/1.1 200 OK\r\n")
      loop { socket.write("a: b\r\n") && sleep(0.05) }
    end

    with_limit(:TOKEN_TRY, 1) { assert_equal "t", provider(server).token }
  end

  def test_an_oauth_error_holds_no_secret
    basic = ["cli_test:#{URI.encode_www_form_component(SECRET)}"].pack("m0")
    encoded = URI.encode_www_form_component(SECRET)
    [SECRET, encoded, basic, "echoed-token", SECRET.dup.insert(4, "\u0007")].each do |text|
      body = JSON.generate(error: "invalid_client", error_description: "no: #{text}\u0000", error_uri: "x" * 300,
                           access_token: "echoed-token")
      error = error_of(answering([401, body]), SsojetM2m::OAuthError)

      assert_equal ["invalid_client", "[removed]", 256, 401],
                   [error.error, error.error_description, error.error_uri.length, error.status]
      assert_includes error.message, "client_secret_basic"
    end
  end

  def test_retry_after
    server = answering([429, "", { "Retry-After" => "1" }], [503, "", { "Retry-After" => (Time.now + 2).httpdate }],
                       [200, token_json("t")])
    started_at = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    assert_equal "t", provider(server).token
    assert_operator Process.clock_gettime(Process::CLOCK_MONOTONIC) - started_at, :>=, 1
    server = answering([503, "", { "Retry-After" => "60" }])

    assert_match(/a wait of 60 s is too long/, error_of(server, SsojetM2m::TransportError).message)
    assert_equal 1, server.requests.size
  end

  # What Sentry records with local variables on: those of the frame where an error is raised first.
  def test_no_frame_that_raises_an_error_of_ours_holds_a_secret
    seen = []
    trace = TracePoint.new(:raise) do |point|
      next unless point.raised_exception.is_a?(SsojetM2m::Error)

      locals = point.binding
      seen << locals.local_variables.map { |name| locals.local_variable_get(name).inspect }.join("\n")
    end
    trace.enable do
      error_of(answering([400, '{"error":"invalid_client"}']))
      error_of(answering([200, '{"access_token":"live-token","token_type":"mac"}']))
      error_of(serve { |socket, _| socket.close })
    end

    assert_equal 3, seen.size
    refute_match(/s3cret|live-token/, seen.join)
  end

  private

  def error_of(server, type = SsojetM2m::Error, **rest) = assert_raises(type) { provider(server, **rest).token }

  def with_limit(name, value)
    before = SsojetM2m::Limits.const_get(name)
    SsojetM2m::Limits.send(:remove_const, name)
    SsojetM2m::Limits.const_set(name, value)
    yield
  ensure
    SsojetM2m::Limits.send(:remove_const, name)
    SsojetM2m::Limits.const_set(name, before)
  end

  def assert_refused(row, tokens, server)
    types = { "oauth" => SsojetM2m::OAuthError, "protocol" => SsojetM2m::ProtocolError }
    error = assert_raises(types.fetch(row["error"]), row["name"]) { tokens.token }

    assert_includes error.message, row["mentions"].to_s
    assert_equal [1, 200, false], [server.requests.size, error.status, error.retryable?], row["name"]
  end
end
