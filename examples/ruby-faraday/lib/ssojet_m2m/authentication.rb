# frozen_string_literal: true

# See lib/ssojet_m2m.rb.
module SsojetM2m
  # Faraday middleware: puts the token on each request to the API, and after a 401 sends it once more with another.
  # Its place is the last in the stack, next to the adapter: there it sees every request's final URL.
  class Authentication < Faraday::Middleware
    include HiddenState

    def initialize(app, token_provider, api_url)
      super(app)
      @token_provider = token_provider
      @api_url = URI(api_url)
      @api_path = @api_url.path.chomp("/")
    end

    def call(env)
      return app.call(env) if env.request_headers["Authorization"] || origin(env.url) != origin(@api_url)

      refuse_other_path(env.url.path)
      token = @token_provider.token
      return send_in_parallel(env, token) if env.parallel?

      body = env.request_body
      response, error = send_first(env, token)
      if env.status == 401
        # A file or a pipe has been read by now, and a caller with on_data has been given the answer.
        can_be_sent_again = !body.respond_to?(:read) && !env.stream_response?
        another = @token_provider.handle_unauthorized(token, wait: can_be_sent_again)
        return send_again(env, another, body) if another && can_be_sent_again
      end
      error ? raise(error) : response
    end

    private

    def origin(url) = [url.scheme, url.host.to_s.downcase, url.port]

    # Faraday.new(url: "https://host/v1").get("/orders") goes to https://host/orders.
    def refuse_other_path(path)
      return if path == @api_path || path.start_with?("#{@api_path}/")

      raise ConfigurationError, "#{path} is outside the path of SSOJET_API_URL (#{@api_path}): " \
                                'write get("orders") without a slash in front, or use SsojetM2m.client'
    end

    def send_first(env, token)
      [send_with(token, env), nil]
    rescue Faraday::UnauthorizedError => e # where :raise_error has been put below this middleware
      [nil, e]
    end

    def send_again(env, token, body)
      env.status = nil # while it is set, Faraday takes env.body for the answer's
      env.request_body = body
      send_with(token, env)
    end

    # Afterwards the header is gone again: errors, logs and answers keep these headers and print them.
    def send_with(token, env)
      env.request_headers["Authorization"] = "Bearer #{token}"
      app.call(env)
    ensure
      env.request_headers.delete("Authorization")
    end

    # Within in_parallel the answer comes later and cannot be asked for again: the next call gets another token.
    def send_in_parallel(env, token)
      env.request_headers["Authorization"] = "Bearer #{token}"
      app.call(env).on_complete do
        env.request_headers.delete("Authorization")
        @token_provider.handle_unauthorized(token, wait: false) if env.status == 401
      end
    end
  end

  Faraday::Request.register_middleware(ssojet_m2m: Authentication)
end
