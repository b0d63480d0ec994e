# frozen_string_literal: true

module SsojetM2m
  # For objects that hold a secret or a token: their printed forms show the class and nothing else.
  module HiddenState
    def inspect = "#<#{self.class}>"
    def to_s = inspect
    def pretty_print(printer) = printer.text(inspect)
    # ActiveSupport's to_json and YAML's to_yaml print instance variables otherwise.
    def as_json(*) = inspect
    def encode_with(coder) = coder.represent_scalar(nil, inspect)
    def marshal_dump = raise(TypeError, "#{self.class} holds a secret and cannot be dumped")
  end
end
