package ssojetm2m

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// TokenProvider gets tokens for one client and keeps the current one. Make one and share it: any
// number of goroutines may use it.
type TokenProvider struct {
	config    Config
	tokenHost string
	transport http.RoundTripper

	mu          sync.Mutex   // held for a few assignments, never during a request
	held        *tokenFuture // the last one that has come; nil: none, or it was dropped
	renewal     *tokenFuture // the one under way; nil: none
	pausedUntil time.Time    // no early renewal before
	nextDropAt  time.Time    // no 401 drops a token before
}

// tokenFuture is a token that is coming or has come, for any number of callers.
type tokenFuture struct {
	deadline time.Time     // for all tries together
	done     chan struct{} // closed when one of the next two is set
	token    accessToken
	failure  *Error
}

type accessToken struct {
	value     string
	earlyAt   time.Time // from here on it is renewed in the background
	expiresAt time.Time // from here on it is not sent
}

// NewTokenProvider sends nothing yet. Token requests go through transport; nil is a copy of
// [http.DefaultTransport] with the limits of this package.
func NewTokenProvider(config Config, transport http.RoundTripper) (*TokenProvider, error) {
	config, err := config.checked()
	if err != nil {
		return nil, err
	}
	address, _ := url.Parse(config.TokenURL) // checked() has parsed it
	return &TokenProvider{config: config, tokenHost: address.Host, transport: transportOrDefault(transport)}, nil
}

// Token returns a token that is valid now. Its error is an *[Error] or ctx.Err().
func (p *TokenProvider) Token(ctx context.Context) (string, error) {
	token, err := p.current(ctx)
	return token.value, err
}

// TokenWithExpiry is for libraries that keep tokens themselves, as golang.org/x/oauth2 does.
func (p *TokenProvider) TokenWithExpiry(ctx context.Context) (string, time.Time, error) {
	token, err := p.current(ctx)
	return token.value, token.expiresAt, err
}

func (p *TokenProvider) current(ctx context.Context) (accessToken, error) {
	if ctx.Err() != nil {
		return accessToken{}, ctx.Err()
	}
	p.mu.Lock()
	future := p.currentLocked(time.Now())
	p.mu.Unlock()
	return future.wait(ctx)
}

// Invalidate drops the token if it is the one held.
func (p *TokenProvider) Invalidate(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held != nil && p.held.token.value == token {
		p.held = nil
	}
}

// CloseIdleConnections closes the connections to the token endpoint that are not in use. Nothing else
// has to be closed: a token request under way ends by itself and holds up no exit.
func (p *TokenProvider) CloseIdleConnections() { closeIdleConnections(p.transport) }

// Format implements [fmt.Formatter], so that no verb prints the token.
func (*TokenProvider) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "TokenProvider") }

// LogValue implements [slog.LogValuer].
func (*TokenProvider) LogValue() slog.Value { return slog.StringValue("TokenProvider") }

// handleUnauthorized is told which token the API refused. It returns the one to use instead, or nil
// if the 401 is to be returned.
func (p *TokenProvider) handleUnauthorized(refused string) *tokenFuture {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	hasAnother := p.isRenewingLocked(now)
	if p.held.isServedAt(now) {
		hasAnother = p.held.token.value != refused
	}
	if !hasAnother && now.Before(p.nextDropAt) {
		return nil // an API that refuses every token is not to cost one each time
	}
	if !hasAnother && p.held != nil { // a 401 that has dropped no token does not count
		p.held, p.nextDropAt = nil, now.Add(rejectionPause)
	}
	return p.currentLocked(now)
}

// decide says whether the held token is served (else its renewal is waited for), and whether a
// renewal is to be started.
func decide(now time.Time, held *tokenFuture, isRenewing bool, pausedUntil time.Time) (use, renew bool) {
	if !held.isServedAt(now) {
		return false, !isRenewing
	}
	isEarly := !now.Before(held.token.earlyAt)
	isPaused := now.Before(pausedUntil)
	return true, isEarly && !isPaused && !isRenewing
}

func (f *tokenFuture) isServedAt(now time.Time) bool {
	return f != nil && now.Before(f.token.expiresAt)
}

// isRenewingLocked does not count a renewal past its deadline: the machine was frozen meanwhile.
func (p *TokenProvider) isRenewingLocked(now time.Time) bool {
	return p.renewal != nil && now.Before(p.renewal.deadline)
}

// currentLocked returns the token to use or to wait for, and starts a renewal where one is due.
func (p *TokenProvider) currentLocked(now time.Time) *tokenFuture {
	use, renew := decide(now, p.held, p.isRenewingLocked(now), p.pausedUntil)
	if renew {
		p.renewal = &tokenFuture{deadline: now.Add(getTokenLimit), done: make(chan struct{})}
		go p.renew(p.renewal)
	}
	if use {
		return p.held
	}
	return p.renewal
}

func (f *tokenFuture) wait(ctx context.Context) (accessToken, error) {
	select {
	case <-f.done: // at once for a held token
	default:
		select {
		case <-f.done:
		case <-ctx.Done():
			return accessToken{}, ctx.Err()
		}
	}
	if f.failure != nil {
		failure := *f.failure // a copy for each caller
		return accessToken{}, &failure
	}
	return f.token, nil
}

// renew runs in a goroutine of no caller, so that one who gives up does not fail the others. It ends
// soon after the future's deadline, whatever the transport does: nobody has to stop it at shutdown.
func (p *TokenProvider) renew(future *tokenFuture) {
	for tries := 1; ; tries++ {
		future.token, future.failure = p.tryToGetToken(future.deadline)
		failure := future.failure
		wait, mayRetry := retryWait(tries, failure, future.deadline)

		p.mu.Lock() // the outcome, and what the next caller finds, are one step
		now := time.Now()
		isCurrent := p.renewal == future // else it was past its deadline, and another has been started
		isServed := isCurrent && p.held.isServedAt(now)
		isEnd := failure == nil || isServed || !mayRetry || !isCurrent // while a token is served, one try is enough
		if isCurrent && failure == nil {
			p.held, p.pausedUntil = future, time.Time{}
		} else if isServed {
			p.pausedUntil = now.Add(max(wait, renewalPause))
		}
		if isEnd {
			close(future.done)
			if isCurrent {
				p.renewal = nil
			}
		}
		p.mu.Unlock()

		if failure != nil && isServed { // logged without the lock: a handler may use this provider
			slog.Warn("ssojet: an early renewal failed, the token held is still used",
				"client_id", p.config.ClientID, "token_host", p.tokenHost, "error", failure)
		}
		if isEnd {
			return
		}
		time.Sleep(wait)
	}
}

// retryWait says how long to wait after a failure, and whether another try is to follow.
func retryWait(tries int, failure *Error, deadline time.Time) (wait time.Duration, mayRetry bool) {
	if failure == nil {
		return 0, false
	}
	mayRetry = failure.Retryable && tries <= len(retryWaits)
	if failure.retryAfter != nil {
		wait = *failure.retryAfter
	} else if mayRetry {
		wait = time.Duration(rand.Float64() * float64(retryWaits[tries-1]))
	}
	if mayRetry && wait >= time.Until(deadline) {
		failure.Message += "; the wait before another try does not fit into the " + getTokenLimit.String() + " for a token"
		return wait, false
	}
	return wait, mayRetry
}

// tryToGetToken reads the secret and sends one token request. Nothing of a caller's context is in it.
func (p *TokenProvider) tryToGetToken(deadline time.Time) (accessToken, *Error) {
	secret, failure := within(deadline, KindConfiguration, "the function that gives the secret", p.readSecret)
	if failure != nil {
		return accessToken{}, failure
	}
	return within(deadline, KindTransport, "the token request to "+p.tokenHost, func(ctx context.Context) (accessToken, *Error) {
		return requestToken(ctx, p.transport, p.config, secret)
	})
}

func (p *TokenProvider) readSecret(ctx context.Context) (string, *Error) {
	secret, err := p.config.ClientSecret(ctx)
	if err != nil {
		message := "the function that gives the secret failed: " + err.Error()
		return "", &Error{Kind: KindConfiguration, Message: message, cause: err}
	}
	if fault := credentialFault(clientSecretName, secret); fault != "" {
		return "", configurationError(fault)
	}
	return secret, nil
}

// within runs code of yours (a secret function, a transport) in a goroutine of its own, and gives it
// up where it does not heed its ctx. A panic there does not end the program, and the t.Fatal of a stub,
// which ends its goroutine, leaves nobody waiting.
func within[T any](deadline time.Time, kind Kind, what string, work func(context.Context) (T, *Error)) (T, *Error) {
	limit := min(tryLimit, time.Until(deadline))
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	type outcome struct {
		result  T
		failure *Error
	}
	outcomes := make(chan outcome, 1)
	go func() {
		end := outcome{failure: &Error{Kind: kind, Message: what + " ended its goroutine"}}
		defer func() {
			if reason := recover(); reason != nil {
				end.failure.Message = fmt.Sprintf("%s panicked with a %T", what, reason)
			}
			outcomes <- end
		}()
		end.result, end.failure = work(ctx)
	}()
	select {
	case end := <-outcomes:
		return end.result, end.failure
	case <-time.After(limit + lastWords):
		return outcome{}.result, &Error{Kind: kind, Message: "time ran out within " + what, Retryable: kind == KindTransport}
	}
}
