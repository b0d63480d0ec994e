package ssojetm2m

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// These tests run in bubbles of testing/synctest: there, time.Now and time.Sleep have a clock of
// their own, and a minute passes at once.

func TestOneRequestForAllCallersAndAnEarlyRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		endpoint := &tokenEndpoint{delay: time.Second}
		tokens := newProvider(t, testConfig(), endpoint)
		var callers sync.WaitGroup
		for range 50 {
			callers.Go(func() { wantToken(t, tokens, "token-1") })
		}
		callers.Wait()
		time.Sleep(538 * time.Second)
		wantToken(t, tokens, "token-1")
		endpoint.wantRequests(t, 1)
		time.Sleep(time.Second) // the early window: life counts from before the request
		for range 5 {
			wantToken(t, tokens, "token-1")
		}
		time.Sleep(2 * time.Second)
		wantToken(t, tokens, "token-2")
		time.Sleep(time.Hour) // nobody asks, so nobody renews
		wantToken(t, tokens, "token-3")
		endpoint.wantRequests(t, 3)
	})
}

func TestEarlyRenewalThatFails(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	synctest.Test(t, func(t *testing.T) {
		endpoint := &tokenEndpoint{failFrom: 2, failUntil: 4, fail: respondWith(503)}
		tokens := newProvider(t, testConfig(), endpoint)
		var log bytes.Buffer
		slog.SetDefault(slog.New(slog.NewTextHandler(writerFunc(func(record []byte) (int, error) {
			wantToken(t, tokens, "token-1") // a handler may ship its records through this very provider
			return log.Write(record)
		}), nil)))
		wantToken(t, tokens, "token-1")
		time.Sleep(541 * time.Second)
		for range 29 { // one try, then a pause of 30 s
			wantToken(t, tokens, "token-1")
			time.Sleep(time.Second)
		}
		endpoint.wantRequests(t, 2)
		time.Sleep(2 * time.Second)
		wantToken(t, tokens, "token-1") // the next try fails as well
		synctest.Wait()
		endpoint.wantRequests(t, 3)
		time.Sleep(28 * time.Second) // expired: the pause does not count any more
		wantToken(t, tokens, "token-4")
		if strings.Count(log.String(), "level=WARN") != 2 || strings.Contains(log.String(), "s3cret") {
			t.Errorf("log: %s", log.String())
		}
		for _, want := range []string{"client_id=cli_test", "token_host=sso.example", "status is 503"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("log without %s: %s", want, log.String())
			}
		}
	})
}

type writerFunc func([]byte) (int, error)

func (w writerFunc) Write(record []byte) (int, error) { return w(record) }

func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		endpoint := &tokenEndpoint{failFrom: 1, fail: respondWith(503)}
		tokens := newProvider(t, testConfig(), endpoint)
		start := time.Now()
		_, err := tokens.Token(t.Context())
		failure := wantKind(t, err, KindTransport)
		if failure.Status != 503 || !failure.Retryable || time.Since(start) > 1500*time.Millisecond {
			t.Errorf("%+v after %v", *failure, time.Since(start))
		}
		endpoint.wantRequests(t, 3)
		_, err = tokens.Token(t.Context()) // a failure is not kept
		wantKind(t, err, KindTransport)
		endpoint.wantRequests(t, 6)

		endpoint = &tokenEndpoint{failFrom: 1, fail: func() (*http.Response, error) {
			return &http.Response{StatusCode: 401}, nil // without a body, as http.Client allows in a stub
		}}
		_, err = newProvider(t, testConfig(), endpoint).Token(t.Context())
		wantKind(t, err, KindProtocol)
		endpoint.wantRequests(t, 1)

		endpoint = &tokenEndpoint{lifetime: 1, delay: time.Second} // over when it comes
		_, err = newProvider(t, testConfig(), endpoint).Token(t.Context())
		wantKind(t, err, KindTransport)
		endpoint.wantRequests(t, 3)
	})
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for value, want := range map[string]string{
			"0": "0s", "7": "7s", "a date": "9s", "31": "does not fit", "99999999999999999999": "does not fit",
		} {
			endpoint := &tokenEndpoint{failFrom: 1, failUntil: 2, fail: func() (*http.Response, error) {
				answer := answerOf(429, "")
				answer.Header.Set("Retry-After", value)
				if value == "a date" {
					answer.Header.Set("Retry-After", time.Now().Add(9*time.Second).UTC().Format(http.TimeFormat))
				}
				return answer, nil
			}}
			tokens := newProvider(t, testConfig(), endpoint)
			start := time.Now()
			_, err := tokens.Token(t.Context())
			if got := fmt.Sprint(time.Since(start), err); !strings.Contains(got, want) {
				t.Errorf("Retry-After %s: %s, want %s", value, got, want)
			}
		}
	})
}

func TestTimeLimits(t *testing.T) {
	for name, transport := range map[string]http.RoundTripper{
		"heeds its context": &tokenEndpoint{delay: time.Hour},
		"does not": stub(func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Hour)
			return answerOf(200, `{"access_token":"late"}`), nil
		}),
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			_, err := newProvider(t, testConfig(), transport).Token(t.Context())
			took := time.Since(start)
			message := wantKind(t, err, KindTransport).Message
			if !strings.Contains(message, "time ran out") || took < 29*time.Second || took > getTokenLimit+lastWords {
				t.Errorf("a transport that %s: %v after %v", name, message, took)
			}
			time.Sleep(2 * time.Hour)
		})
	}
}

// A stub that panics, or that calls t.Fatal and so ends its goroutine, leaves nobody waiting.
func TestWhateverEndsARenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for want, end := range map[string]func(){
			"panicked with a *errors.errorString": func() { panic(errors.New(testSecret)) },
			"ended its goroutine":                 runtime.Goexit,
		} {
			calls := 0
			tokens := newProvider(t, testConfig(), stub(func(*http.Request) (*http.Response, error) {
				if calls++; calls == 1 {
					end()
				}
				return answerOf(200, `{"access_token":"t"}`), nil
			}))
			_, err := tokens.Token(t.Context())
			failure := wantKind(t, err, KindTransport)
			if !strings.Contains(failure.Message, want) || strings.Contains(failure.Message, "s3cret") || failure.Retryable {
				t.Errorf("%+v", *failure)
			}
			wantToken(t, tokens, "t")
		}
	})
}

// A frozen process (AWS Lambda between two calls) finds a renewal whose time is over.
func TestARenewalPastItsDeadlineIsNotJoinedAndChangesNothing(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	for _, lateStatus := range []int{200, 503} {
		synctest.Test(t, func(t *testing.T) {
			answer := answerOf(200, `{"access_token":"new"}`)
			tokens := newProvider(t, testConfig(), stub(func(*http.Request) (*http.Response, error) { return answer, nil }))
			frozen := &tokenFuture{deadline: time.Now(), done: make(chan struct{})}
			tokens.renewal = frozen
			wantToken(t, tokens, "new")
			frozen.deadline = time.Now().Add(time.Second) // it was in time, but frozen before it could tell
			answer = answerOf(lateStatus, `{"access_token":"old"}`)
			tokens.renew(frozen)
			<-frozen.done
			wantToken(t, tokens, "new")
			if !tokens.pausedUntil.IsZero() || log.Len() > 0 {
				t.Errorf("paused until %v, log: %s", tokens.pausedUntil, log.String())
			}
		})
	}
}

func TestTheSecretFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fromVault := errors.New("vault is sealed")
		var secret string
		var err error
		config := testConfig()
		config.ClientSecret = func(context.Context) (string, error) {
			if secret == "hangs" { // and does not heed its context
				time.Sleep(time.Hour)
			}
			return secret, err
		}
		var sent []string
		tokens := newProvider(t, config, stub(func(request *http.Request) (*http.Response, error) {
			sent = append(sent, request.FormValue("client_secret"))
			return answerOf(200, `{"access_token":"`+secret+`"}`), nil
		}))
		for _, secret = range []string{"first", "rotated"} { // a rotated one is used without a restart
			wantToken(t, tokens, secret)
			tokens.Invalidate("another")
			wantToken(t, tokens, secret)
			tokens.Invalidate(secret)
		}
		for _, row := range []struct {
			secret string
			err    error
			want   string
		}{
			{"bad\n", nil, "control character"},
			{"", nil, "missing or empty"},
			{"", fromVault, "vault is sealed"},
			{"hangs", nil, "the function that gives the secret"},
		} {
			secret, err = row.secret, row.err
			_, got := tokens.Token(t.Context())
			failure := wantKind(t, got, KindConfiguration)
			if !strings.Contains(failure.Message, row.want) || failure.Retryable || errors.Is(got, fromVault) != (row.err != nil) {
				t.Errorf("want %q: %v", row.want, got)
			}
		}
		if !slices.Equal(sent, []string{"first", "rotated"}) {
			t.Errorf("sent %q", sent)
		}
		time.Sleep(2 * time.Hour)
	})
}

func TestNothingPrintsASecret(t *testing.T) {
	config := testConfig()
	tokens := newProvider(t, config, &tokenEndpoint{})
	wantToken(t, tokens, "token-1")
	transport, err := NewTransport(tokens, config.APIURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	text := slog.New(slog.NewTextHandler(&printed, nil))
	asJSON := slog.New(slog.NewJSONHandler(&printed, nil))
	type service struct{ Tokens *TokenProvider }
	for _, value := range []any{config, &config, tokens, service{tokens}, transport, config.ClientSecret} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			fmt.Fprintf(&printed, verb+"\n", value)
		}
		text.Info("logged", "value", value)
		asJSON.Info("logged", "value", value)
		encoded, _ := json.Marshal(value)
		printed.Write(encoded)
	}
	for _, secret := range []string{"s3cret", "token-1", fmt.Sprintf("%x", "token-1")} {
		if strings.Contains(printed.String(), secret) {
			t.Errorf("%q is printed: %s", secret, printed.String())
		}
	}
	if !strings.Contains(printed.String(), `"value":"TokenProvider"`) || !strings.Contains(printed.String(), "[secret]") {
		t.Errorf("printed: %s", printed.String())
	}
}

// What a cached token costs: compare with the next one, which does the least that a cache has to.
func BenchmarkCachedToken(b *testing.B) {
	tokens, err := NewTokenProvider(testConfig(), &tokenEndpoint{lifetime: 86400})
	if err != nil {
		b.Fatal(err)
	}
	ctx := b.Context()
	for b.Loop() {
		if _, err := tokens.Token(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBareLockAndClock(b *testing.B) {
	var mu sync.Mutex
	expiresAt := time.Now().Add(time.Hour)
	token := "token"
	served := ""
	for b.Loop() {
		mu.Lock()
		if time.Now().Before(expiresAt) {
			served = token
		}
		mu.Unlock()
	}
	if served != token {
		b.Fatal("expired")
	}
}
