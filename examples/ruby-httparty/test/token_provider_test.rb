# frozen_string_literal: true

require_relative "test_helper"
require "pp"
require "yaml"

class TokenProviderTest < M2MTest
  def setup
    @now = 1000.0
    @log = StringIO.new
  end

  def test_decisions_of_the_vectors
    VECTORS["decisions"].each do |row|
      held = row["held"] && SsojetM2m::HeldToken.new("t", *row["held"].values_at("early_at", "expires_at"))
      decision = SsojetM2m::TokenProvider.decide(row["now"], held, row["renewing"], row["paused_until"])

      assert_equal({ use: row["use"], renew: row["renew"] }, decision, row["name"])
    end
  end

  def test_a_token_is_asked_for_once_and_life_counts_from_before_the_request
    server = serve do |socket, request|
      @now += 2 if request.number == 1
      TestServer.reply(socket, 200, token_json("token-#{request.number}", request.number == 1 ? 2 : 10))
    end
    tokens = clocked(server)

    assert_equal(%w[token-2] * 3, Array.new(3) { tokens.token }) # the first was over when it came
    @now += 10

    assert_equal "token-3", tokens.token
  end

  def test_one_request_for_many_threads
    server = token_server(seconds: 0.2)
    tokens = provider(server)

    assert_equal(["token-1"] * 50, Array.new(50) { Thread.new { tokens.token } }.map(&:value))
    assert_equal 1, server.requests.size
  end

  def test_an_error_is_everybodys_own_and_not_kept
    server = answering([400, '{"error":"invalid_scope"}'], [200, token_json("t")])
    release = Queue.new
    tokens = provider(server, configuration: configuration(server, client_secret: -> { release.pop && SECRET }))
    callers = Array.new(10) { Thread.new { assert_raises(SsojetM2m::OAuthError) { tokens.token } } }
    eventually { callers.all? { |thread| thread.status == "sleep" } }
    2.times { release << true }
    errors = callers.map(&:value)

    assert_equal [10, ["invalid_scope"]], [errors.uniq(&:object_id).size, errors.map(&:error).uniq]
    assert_includes errors.first.backtrace.join, __FILE__
    assert_equal "t", tokens.token
  end

  def test_renewed_in_the_background_when_early
    tokens = clocked(token_server)
    tokens.token
    @now += 3541

    assert_equal "token-1", tokens.token
    eventually { tokens.token == "token-2" }
  end

  def test_a_failed_renewal_is_one_warning_and_a_pause
    server = answering([200, token_json("t", 1000)],
                       [503, JSON.generate(error: "oops", error_description: SECRET), { "Retry-After" => "40" }])
    tokens = clocked(server)
    tokens.token
    @now += 945

    assert_equal "t", tokens.token
    eventually { @log.string.include?("WARN") }
    @now += 39

    assert_equal ["t", 2, 1], [tokens.token, server.requests.size, @log.string.lines.size]
    assert_match(/cli_test .* 127.0.0.1.*oops: \[removed\]/, @log.string)
    @now += 1
    tokens.token
    eventually { server.requests.size == 3 }
  end

  def test_a_logger_may_use_the_client
    tokens = nil
    logger = Logger.new(@log)
    logger.formatter = ->(*, message) { "#{tokens.token} #{message}" }
    server = answering([200, token_json("t", 1000)], [503])
    tokens = provider(server, clock: -> { @now }, logger: logger)
    tokens.token
    @now += 945
    tokens.token
    eventually { @log.string.start_with?("t client cli_test") }
  end

  def test_no_thread_to_be_had
    tokens = clocked(token_server)
    tokens.token
    @now += 3590
    Thread.stub(:new, ->(*) { raise ThreadError, "can't create Thread" }) do
      assert_equal(%w[token-1] * 3, Array.new(3) { tokens.token })
      assert_equal 1, @log.string.scan("WARN").size
      @now += 10
      assert_raises(SsojetM2m::TransportError) { tokens.token }
    end

    assert_equal "token-2", tokens.token
  end

  def test_a_renewal_that_takes_too_long_has_failed
    calls = []
    server = token_server
    slow = configuration(server, client_secret: -> { (calls << 1).size == 1 ? SECRET : sleep })
    tokens = clocked(server, configuration: slow)
    tokens.token
    @now += 3545
    tokens.token # begins a renewal that hangs
    eventually { calls.size == 2 }
    @now += 31

    assert_equal(%w[token-1] * 2, Array.new(2) { tokens.token })
    assert_match(/\A[^\n]*no token, the function for the client secret took longer than 30 s\n\z/, @log.string)
  end

  def test_what_is_no_standard_error_ends_the_renewal
    failing = configuration(token_server, client_secret: -> { raise NotImplementedError, "no vault" })

    assert_equal "no vault", assert_raises(SsojetM2m::ConfigurationError) { clocked(nil, configuration: failing).token }
      .cause.message
    asserting = configuration(token_server, client_secret: -> { flunk "not to be called" })
    error = assert_raises(SsojetM2m::TransportError) { clocked(nil, configuration: asserting).token }

    assert_match(/Minitest::Assertion/, error.message)
  end

  def test_a_caller_who_gives_up_fails_nobody
    server = token_server(seconds: 0.3)
    tokens = provider(server)
    hasty = Thread.new { tokens.token }
    eventually { server.requests.size == 1 }
    patient = Thread.new { tokens.token }
    hasty.kill

    assert_equal ["token-1", 1], [patient.value, server.requests.size]
  end

  def test_nothing_of_the_first_caller_is_taken_along
    seen = nil
    secret = lambda do
      seen = [Thread.current[:trace], (Fiber[:trace] if Fiber.respond_to?(:[]))]
      SECRET
    end
    Thread.current[:trace] = 1
    Fiber[:trace] = 1 if Fiber.respond_to?(:[])
    server = token_server
    provider(server, configuration: configuration(server, client_secret: secret)).token

    assert_equal [nil, nil], seen
  end

  def test_the_steps_after_a_refusal
    server = token_server
    tokens = clocked(server)
    first = tokens.token

    assert_equal "token-2", tokens.handle_unauthorized(first)
    assert_equal "token-2", tokens.handle_unauthorized(first), "another one is held"
    assert_nil tokens.handle_unauthorized("token-2"), "one was dropped lately"
    @now += 30

    assert_nil tokens.handle_unauthorized("token-2", wait: false)
    assert_equal ["token-3", 3], [tokens.token, server.requests.size]
  end

  def test_a_forked_child_works_at_once_before_during_and_after_a_fetch
    server = token_server(seconds: 0.5)
    tokens = provider(server)

    assert_equal "token-1", in_child { tokens.token }
    parent = Thread.new { tokens.token }
    eventually { server.requests.size == 2 }

    assert_equal "token-3", in_child { tokens.token }
    assert_equal "token-2", parent.value
    assert_equal ["token-2", 3], [in_child { tokens.token }, server.requests.size]
  end

  def test_a_child_forked_during_a_renewal_keeps_the_token
    server = answering([200, token_json("t", 1000)], [200, token_json("u", 1000)])
    waits = [0]
    slow = configuration(server, client_secret: -> { waits.shift ? SECRET : sleep })
    tokens = clocked(server, configuration: slow)
    tokens.token
    @now += 945
    tokens.token
    waits << 0

    assert_equal "t u", (in_child do
      before = tokens.token
      eventually { tokens.token != before }
      "#{before} #{tokens.token}#{@log.string}"
    end)
  end

  def test_a_lock_that_another_thread_holds_does_not_stop_the_child
    tokens = provider(token_server)
    lock = tokens.instance_variable_get(:@lock)
    holder = Thread.new { lock.synchronize { sleep } }
    eventually { lock.locked? }

    assert_equal "token-1", in_child { tokens.token }
  ensure
    holder.kill
  end

  def test_printed_forms_show_no_secret
    configuration = configuration(token_server)
    tokens = provider(nil, configuration: configuration)
    tokens.token
    held = tokens.instance_variable_get(:@held)
    [configuration, tokens, held].each do |object|
      refute_match(/s3cret|token-1/, printed(object))
      refute_match(/s3cret|token-1/, object.as_json)
      assert_raises(TypeError) { Marshal.dump(object) }
    end
    values = configuration.instance_variables.map { |name| configuration.instance_variable_get(name) }

    refute_match(/s3cret/, values.inspect)
  end

  private

  def clocked(server, **rest) = provider(server, clock: -> { @now }, logger: Logger.new(@log), **rest)

  # Only where a process can fork: not on Windows, not on JRuby.
  def in_child
    reader, writer = IO.pipe
    pid = fork do
      writer.write(yield)
      writer.close
    ensure
      exit!(0)
    end
    writer.close
    reader.read
  ensure
    Process.wait(pid) if pid
  end
end
