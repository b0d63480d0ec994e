# frozen_string_literal: true

require "logger"

module SsojetM2m
  # Gets a token, keeps it, renews it. Safe for any number of threads, and after a fork: make one and share it.
  class TokenProvider
    include HiddenState

    MONOTONIC_CLOCK = -> { Process.clock_gettime(Process::CLOCK_MONOTONIC) }

    # What to do with the cache: is the held token used, is a renewal to be started?
    def self.decide(now, held, renewing, paused_until)
      live = !held.nil? && now < held.expires_at
      early = live && now >= held.early_at
      paused = live && !paused_until.nil? && now < paused_until
      { use: live, renew: !renewing && !paused && (early || !live) }
    end

    # connection_options and the block are the HTTP library's own, for the connection to the token endpoint.
    def initialize(configuration, logger: Logger.new($stderr, progname: "ssojet_m2m"), clock: MONOTONIC_CLOCK,
                   **connection_options, &configure)
      @configuration = configuration
      @transport = TokenTransport.new(configuration.token_url, connection_options, &configure)
      @logger = logger
      @clock = clock
      @lock = Mutex.new
      @held = @token_future = @paused_until = @dropped_at = @failure = nil
    end

    # A token that is good now. Raises an SsojetM2m::Error if there is none to be had.
    def token
      held = @held # most calls end here, before the early window: no lock is needed to read one reference
      return held.access_token if held && @clock.call < held.early_at

      held, future = with_lock do |now|
        decision = self.class.decide(now, @held, !@token_future.nil?, @paused_until)
        start_renewal(now) if decision[:renew]
        [decision[:use] ? @held : nil, @token_future]
      end
      held ? held.access_token : wait_for(future)
    end

    # Drops this token if it is the held one: the next call gets another.
    def invalidate(token)
      with_lock { @held = nil if @held&.access_token == token }
      nil
    end

    # The API has answered 401 to this token. Returns another one to try, or nil if the 401 stands.
    # With wait: false another one is only begun to be fetched, for the next call.
    def handle_unauthorized(rejected, wait: true)
      other = with_lock { |now| other_token_or_future(now, rejected) }
      return other unless other.is_a?(TokenFuture)

      wait_for(other) if wait
    end

    private

    # Runs the block under the lock, at one moment. A failure is logged after it: a logger may use this very client.
    def with_lock
      failure = nil
      result = @lock.synchronize do
        now = @clock.call
        end_lost_renewal(now) if @token_future
        yield(now)
      ensure
        failure = @failure
        @failure = nil
      end
      warn_of(failure) if failure
      result
    end

    def live?(now) = !@held.nil? && now < @held.expires_at

    def dropped_lately?(now) = !@dropped_at.nil? && now < @dropped_at + Limits::DROP_WINDOW

    def other_token_or_future(now, rejected)
      # Another token has been got meanwhile, or is being fetched.
      return @held.access_token if live?(now) && @held.access_token != rejected
      return @token_future if @token_future && !live?(now)
      # The API refuses whatever it is sent: do not fetch a token a call.
      return if dropped_lately?(now)

      @dropped_at = now if @held
      @held = nil
      @token_future || start_renewal(now)
    end

    def wait_for(future)
      outcome = future.wait(@clock.call)
      return outcome.access_token if outcome.is_a?(HeldToken)

      # raise makes a copy of the error; each caller gets one with a backtrace of their own.
      raise outcome, outcome.message, caller, cause: outcome.cause
    end

    # From here on: under the lock.

    def start_renewal(now)
      @token_future = TokenFuture.new(now + Limits::TOKEN_TOTAL) { |future| fetch_token(future) }
    end

    # A renewal that did not come to an end of its own has failed, too.
    def end_lost_renewal(now)
      return if @token_future.running?(now)

      failure = @token_future.failure
      @token_future = nil
      pause(now, failure) if failure && live?(now)
    end

    def pause(now, failure)
      @paused_until = now + [failure.retry_after || 0, Limits::RENEWAL_PAUSE].max
      @failure = failure
    end

    # From here on: on the future's thread, which is the outcome's only way to those who wait.

    def fetch_token(future)
      (0..).each do |tries_before|
        outcome = try_once(future)
        wait = wait_before_next_try(outcome, tries_before)
        too_long = wait && @clock.call + wait >= future.deadline
        outcome = outcome.exception("#{outcome.message} (a wait of #{wait.ceil} s is too long)") if too_long
        return outcome if settle(future, outcome, last_try: wait.nil? || too_long)

        sleep(wait)
      end
    end

    # Whatever ends a try ends it for those who wait: a stub's assertion or a LoadError is no StandardError.
    def try_once(future)
      TokenRequest.new(@configuration, @transport, @clock).call(future)
    rescue Error => e
      e
    rescue Exception => e # rubocop:disable Lint/RescueException
      TransportError.new("the token request failed: #{e.class}")
    end

    def wait_before_next_try(outcome, tries_before)
      longest_wait = Limits::RETRY_WAITS[tries_before]
      return if longest_wait.nil? || outcome.is_a?(HeldToken) || !outcome.retryable?

      outcome.retry_after || (rand * longest_wait)
    end

    # Ends the renewal in one step with what it leaves behind. Or returns false: after a failed try it goes on only
    # if the held token is not served any more.
    def settle(future, outcome, last_try:)
      with_lock do |now|
        next true unless @token_future.equal?(future) # given up, another may be under way

        if outcome.is_a?(HeldToken)
          @held = outcome
          @paused_until = nil
        elsif live?(now)
          pause(now, outcome)
        elsif !last_try
          next false
        end
        @token_future = nil
        true
      end
    end

    def warn_of(failure)
      @logger&.warn("client #{@configuration.client_id} could not renew its token at " \
                    "#{@configuration.token_url.hostname}, the held one is still used: #{failure.message}")
    end
  end
end
