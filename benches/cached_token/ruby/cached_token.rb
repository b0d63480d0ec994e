# frozen_string_literal: true

# The cost of the held token beside a bare lock and clock compare.
require "json"
require_relative "../lib/ssojet_m2m"

ROUNDS = 300
CALLS = 5_000

# What the least cache does.
class BareHolder
  def initialize(token)
    @token = token
    @lock = Mutex.new
    @expires_at = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 3600
  end

  def token
    @lock.synchronize { @token if Process.clock_gettime(Process::CLOCK_MONOTONIC) < @expires_at }
  end
end

def ns_per_call(holder)
  began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  CALLS.times { holder.token }
  (Process.clock_gettime(Process::CLOCK_MONOTONIC) - began) * 1e9 / CALLS
end

tokens = SsojetM2m::TokenProvider.new(SsojetM2m::Configuration.from_env)
bare = BareHolder.new(tokens.token)
pairs = Array.new(ROUNDS) { [ns_per_call(tokens), ns_per_call(bare)] }
ours, beside = pairs.transpose.map(&:min)
puts JSON.generate(ours_ns: ours, bare_ns: beside)
