package ssojetm2m

import "time"

// Kind tells the causes of an [Error] apart.
type Kind string

const (
	KindConfiguration Kind = "configuration" // a setting is missing or wrong
	KindOAuth         Kind = "oauth"         // the token endpoint answered with an OAuth error
	KindTransport     Kind = "transport"     // no answer, not in time, or a passing failure of the server
	KindProtocol      Kind = "protocol"      // an answer that is neither a token nor an OAuth error
)

// Error is every error of getting a token. Find it with [errors.As], also in what an http.Client
// returns. A caller's own cancellation is no Error but ctx.Err().
type Error struct {
	Kind      Kind
	Message   string
	Status    int  // of the token endpoint's answer; 0 if there was none
	Retryable bool // whether asking again later may help

	Code        string // OAuth: error
	Description string // OAuth: error_description
	URI         string // OAuth: error_uri

	retryAfter *time.Duration // what the server asked for; nil: nothing
	cause      error
}

func (e *Error) Error() string { return "ssojet: " + e.Message }

// Unwrap returns the error of your own [Secret] function, or nil. The library's error of a token
// request is not handed on: its text may quote the answer.
func (e *Error) Unwrap() error { return e.cause }

func transportError(message string, status int) *Error {
	return &Error{Kind: KindTransport, Message: message, Status: status, Retryable: true}
}

func configurationError(message string) *Error {
	return &Error{Kind: KindConfiguration, Message: message}
}
