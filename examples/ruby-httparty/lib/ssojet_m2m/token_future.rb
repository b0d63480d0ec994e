# frozen_string_literal: true

module SsojetM2m
  # A token that is being fetched, on a thread of its own: a caller who gives up does not end it for the others.
  class TokenFuture
    include HiddenState

    attr_reader :deadline
    # What it is that takes so long, for the message of a caller whose time runs out.
    attr_writer :waiting_for

    # The block returns the outcome: a HeldToken or an Error.
    def initialize(deadline)
      @deadline = deadline
      @waiting_for = "the token request"
      @thread = Thread.new do
        Thread.current.report_on_exception = false
        # Ruby 3.2 and later hand the first caller's fiber storage (traces, log tags) on to the thread.
        Fiber.current.storage&.each_key { |key| Fiber[key] = nil } if Fiber.current.respond_to?(:storage)
        @outcome = yield(self)
      end
    rescue ThreadError
      @outcome = TransportError.new("no thread could be started for the token request", retryable: true)
    end

    # Not after a fork: the child has none of its parent's threads.
    def running?(now) = !@thread.nil? && @thread.alive? && now < @deadline

    # Waits to the deadline at most.
    def wait(now)
      @thread&.join([@deadline - now, 0].max)
      failure || @outcome || TransportError.new("the token request was stopped", retryable: true)
    end

    # Why it did not come to an end of its own: it got no thread, or takes too long. A thread that is gone, with the
    # parent process mostly, is no failure.
    def failure
      return @outcome if @thread.nil?
      return unless @thread.alive?

      TransportError.new("no token, #{@waiting_for} took longer than #{Limits::TOKEN_TOTAL} s", retryable: true)
    end
  end
end
