# frozen_string_literal: true

module SsojetM2m
  # There are no options for these: edit them to taste. Times are in seconds.
  module Limits
    CONNECT = 5                     # to reach the token endpoint
    TOKEN_TRY = 10                  # one token request, to the last byte of its answer
    TOKEN_TOTAL = 30                # one getting of a token, tries and waits included
    RETRY_WAITS = [0.5, 1.0].freeze # upper bounds of the random waits before the second and the third try
    RENEWAL_PAUSE = 30              # after a renewal that failed while the held token is still good
    DROP_WINDOW = 30                # a 401 drops at most one token in this time
    EARLY_WINDOW = 60               # a token is renewed this long before it expires ...
    EARLY_SHARE = 0.1               # ... or in this last part of its life, if that is less
    DEFAULT_LIFE = 300              # where the answer has no expires_in
    LONGEST_LIFE = 24 * 60 * 60     # of a token, whatever expires_in says
    ANSWER_BYTES = 1024 * 1024      # of a token answer's body, decompressed
    CARRIED_CHARACTERS = 256        # of a server's text in an error of ours
    SHORTEST_SECRET = 8             # what is shorter is not looked for in a server's text
    API_READ = 30                   # an API request: to connect, and for each read of its answer
  end
end
