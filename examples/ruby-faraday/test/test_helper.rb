# frozen_string_literal: true

$LOAD_PATH.unshift(File.expand_path("../lib", __dir__))
require "json"
require "minitest/autorun"
require "socket"
require "stringio"
require "ssojet_m2m"

# A small HTTP server on loopback: each request is handed to a block, which answers on the socket as it likes.
class TestServer
  Request = Struct.new(:verb, :target, :headers, :body, :number)
  attr_reader :requests

  def initialize(&answer)
    @answer = answer
    @requests = []
    @lock = Mutex.new
    @listener = TCPServer.new("127.0.0.1", 0)
    @thread = Thread.new { loop { serve(@listener.accept) } }
    @thread.report_on_exception = false
  end

  def url(path = "") = "http://127.0.0.1:#{@listener.addr[1]}#{path}"

  def stop
    @thread.kill
    @listener.close
  end

  def self.reply(socket, status, body = "", headers = {})
    lines = { "Content-Length" => body.bytesize, "Connection" => "close" }.merge(headers)
    socket.write("HTTP/1.1 #{status} X\r\n#{lines.map { |name, value| "#{name}: #{value}\r\n" }.join}\r\n#{body}")
  end

  private

  def serve(socket)
    Thread.new do
      @answer.call(socket, read(socket))
    rescue SystemCallError, IOError
      nil
    ensure
      socket.close
    end
  end

  def read(socket)
    verb, target = socket.gets.split
    headers = {}
    while (line = socket.readline.chomp) != ""
      name, value = line.split(": ", 2)
      headers[name.downcase] = value
    end
    body = headers["transfer-encoding"] ? read_chunks(socket) : socket.read(headers["content-length"].to_i)
    @lock.synchronize do
      @requests << Request.new(verb, target, headers, body, @requests.size + 1)
      @requests.last
    end
  end

  def read_chunks(socket)
    body = +""
    while (length = socket.gets.hex).positive?
      body << socket.read(length)
      socket.gets
    end
    socket.gets
    body
  end
end

class M2MTest < Minitest::Test
  SECRET = "s3cret-:+&=%/ \"ü-value"
  VECTORS = JSON.parse(File.read(File.join(__dir__, "vectors.json"), encoding: "UTF-8"))

  def teardown = (@servers || []).each(&:stop)

  private

  def serve(&answer) = ((@servers ||= []) << TestServer.new(&answer)).last

  # One answer after the other; the last one stays: [status, body, headers].
  def answering(*answers)
    serve { |socket, request| TestServer.reply(socket, *(answers[request.number - 1] || answers.last)) }
  end

  def token_json(token, life = 3600) = JSON.generate(access_token: token, token_type: "Bearer", expires_in: life)

  # A token endpoint that hands out token-1, token-2, ...
  def token_server(life: 3600, seconds: 0)
    serve do |socket, request|
      sleep(seconds)
      TestServer.reply(socket, 200, token_json("token-#{request.number}", life))
    end
  end

  # An API that takes only these tokens.
  def api_server(*good)
    serve do |socket, request|
      known = good.include?(request.headers["authorization"].to_s.delete_prefix("Bearer "))
      TestServer.reply(socket, known ? 200 : 401, known ? "ok" : "refused")
    end
  end

  def configuration(server, **rest)
    given = { client_id: "cli_test", client_secret: SECRET, api_url: "http://127.0.0.1:9/",
              token_url: server&.url("/t"), **rest }
    SsojetM2m::Configuration.new(**given)
  end

  def provider(server, configuration: configuration(server), **rest, &block)
    SsojetM2m::TokenProvider.new(configuration, logger: nil, **rest, &block)
  end

  def form_of(request) = URI.decode_www_form(request.body).to_h

  # Whatever a program may print of an object.
  def printed(object) = [object.inspect, object.to_s, object.pretty_inspect, object.to_yaml, JSON.generate(object)].join

  def eventually
    500.times { yield ? return : sleep(0.01) }

    flunk "waited too long"
  end
end
