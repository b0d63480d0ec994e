package ssojetm2m

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// apiStub answers token requests and, with the statuses given, API requests. It keeps what it was sent.
type apiStub struct {
	tokens   tokenEndpoint
	statuses []int // then 200
	sent     []*http.Request
	bodies   []string
}

func (a *apiStub) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Host == "sso.example" {
		return a.tokens.RoundTrip(request)
	}
	body := ""
	if request.Body != nil {
		data, _ := io.ReadAll(request.Body)
		_ = request.Body.Close()
		body = string(data)
	}
	a.sent, a.bodies = append(a.sent, request), append(a.bodies, body)
	status := 200
	if len(a.sent) <= len(a.statuses) {
		status = a.statuses[len(a.sent)-1]
	}
	return answerOf(status, "answer"), nil
}

func (a *apiStub) client(t *testing.T) (*http.Client, *TokenProvider) {
	t.Helper()
	config := testConfig()
	tokens := newProvider(t, config, a)
	transport, err := NewTransport(tokens, config.APIURL, a)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Transport: transport}, tokens
}

func (a *apiStub) wantSent(t *testing.T, authorizations ...string) {
	t.Helper()
	var got []string
	for _, request := range a.sent {
		got = append(got, strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer "))
	}
	if !slices.Equal(got, authorizations) {
		t.Errorf("sent with %q, want %q", got, authorizations)
	}
}

func post(t *testing.T, client *http.Client, body io.Reader, want int) {
	t.Helper()
	response, err := client.Post("https://api.example/v1/orders", "text/plain", body)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != want {
		t.Errorf("status %d, want %d", response.StatusCode, want)
	}
	if response.Request.Header.Get("Authorization") != "" {
		t.Error("the response's request holds the token")
	}
}

func TestA401IsAnsweredWithAnotherTokenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &apiStub{statuses: []int{401, 200, 401, 200, 401, 401}}
		client, _ := api.client(t)
		post(t, client, strings.NewReader("body"), 200)
		api.wantSent(t, "token-1", "token-2")
		if !slices.Equal(api.bodies, []string{"body", "body"}) || api.sent[1].Method != http.MethodPost {
			t.Errorf("bodies %q", api.bodies)
		}
		post(t, client, strings.NewReader("body"), 401) // within 30 s: the token stays
		post(t, client, nil, 200)
		time.Sleep(30 * time.Second)
		post(t, client, nil, 401) // the second 401 is the caller's
		api.wantSent(t, "token-1", "token-2", "token-2", "token-2", "token-2", "token-3")
	})
}

func TestA401ThatHasDroppedNoTokenDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, tokens := (&apiStub{}).client(t)
		wantToken(t, tokens, "token-1")
		tokens.Invalidate("token-1") // while a call is under way with it
		for _, refused := range []string{"token-1", "token-2"} {
			if tokens.handleUnauthorized(refused) == nil {
				t.Fatalf("no other token after a 401 for %s", refused)
			}
			synctest.Wait()
		}
		wantToken(t, tokens, "token-3")
	})
}

func TestA401ThatIsNotAnsweredWithAnotherTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &apiStub{statuses: []int{401}}
		client, tokens := api.client(t)
		post(t, client, io.MultiReader(strings.NewReader("a body of unknown length")), 401)
		wantToken(t, tokens, "token-2") // dropped all the same
		api.wantSent(t, "token-1")

		api = &apiStub{statuses: []int{401}}
		api.tokens.failFrom, api.tokens.fail = 2, respondWith(400)
		client, _ = api.client(t)
		_, err := client.Get("https://api.example")
		if wantKind(t, err, KindProtocol).Status != 400 {
			t.Errorf("%v", err)
		}
		api.wantSent(t, "token-1")
	})
}

func TestTheTokenGoesToTheAPIAlone(t *testing.T) {
	api := &apiStub{}
	client, _ := api.client(t)
	for _, address := range []string{
		"https://api.example/x", "https://API.example:443/", "http://api.example/", "https://api.example:444/",
		"https://api.example.evil/", "https://evil.example/v1", "https://user:pw@api.example/",
	} {
		response, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	request, _ := http.NewRequest(http.MethodGet, "https://api.example", nil)
	request.Header.Set("Authorization", "Mine")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	api.wantSent(t, "token-1", "token-1", "", "", "", "", "Basic dXNlcjpwdw==", "Mine")
}

// fixedToken shows how little a test of an owner needs in place of a TokenProvider.
type fixedToken string

func (f fixedToken) Token(context.Context) (string, error) { return string(f), nil }

func TestATokenSourceOfTheOwner(t *testing.T) {
	api := &apiStub{statuses: []int{401}}
	transport, err := NewTransport(fixedToken("fixed"), "https://api.example", api)
	if err != nil {
		t.Fatal(err)
	}
	post(t, &http.Client{Transport: transport}, nil, 401)
	api.wantSent(t, "fixed")
	_, err = NewTransport(fixedToken("fixed"), "http://api.example", api)
	wantKind(t, err, KindConfiguration)
}

func TestACallerWhoGivesUpFailsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &apiStub{}
		api.tokens.delay = time.Second
		client, tokens := api.client(t)
		var others sync.WaitGroup
		others.Go(func() {
			time.Sleep(50 * time.Millisecond)
			wantToken(t, tokens, "token-1")
		})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		body := &closeNoticed{Reader: strings.NewReader("body")}
		request, _ := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.example", body)
		start := time.Now()
		_, err := client.Do(request)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 100*time.Millisecond || !body.isClosed {
			t.Errorf("%v after %v, body closed: %v", err, time.Since(start), body.isClosed)
		}
		others.Wait()
		api.tokens.wantRequests(t, 1)
		api.wantSent(t)
	})
}

type closeNoticed struct {
	io.Reader
	isClosed bool
}

func (c *closeNoticed) Close() error {
	c.isClosed = true
	return nil
}

func TestCloseIdleConnectionsReachesBothTransports(t *testing.T) {
	forTokens, forAPI := &closeCounted{}, &closeCounted{}
	transport, err := NewTransport(newProvider(t, testConfig(), forTokens), "https://api.example", forAPI)
	if err != nil {
		t.Fatal(err)
	}
	(&http.Client{Transport: transport}).CloseIdleConnections()
	if forTokens.closed != 1 || forAPI.closed != 1 {
		t.Errorf("closed %d and %d times", forTokens.closed, forAPI.closed)
	}
}

type closeCounted struct {
	http.Transport
	closed int
}

func (c *closeCounted) CloseIdleConnections() { c.closed++ }

func TestTheTimeLimitIsForTheHead(t *testing.T) {
	base, _ := transportOrDefault(nil).(*http.Transport)
	if base.ResponseHeaderTimeout != apiRequestLimit || base.MaxIdleConnsPerHost != connectionsPerHost {
		t.Errorf("limits %v, %d", base.ResponseHeaderTimeout, base.MaxIdleConnsPerHost)
	}
	base.ResponseHeaderTimeout = 50 * time.Millisecond
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/silent" {
			<-r.Context().Done()
		}
		for range 3 { // a stream goes on
			_, _ = io.WriteString(w, "event ")
			_ = http.NewResponseController(w).Flush()
			time.Sleep(50 * time.Millisecond)
		}
	})
	transport, err := NewTransport(fixedToken("t"), server.URL, base)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: transport}
	var timeout net.Error
	if _, err := client.Get(server.URL + "/silent"); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("error %v, want a timeout", err)
	}
	response, err := client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if events, err := io.ReadAll(response.Body); err != nil || string(events) != "event event event " {
		t.Errorf("%q, %v", events, err)
	}
}

// A program that replaces http.DefaultTransport, for tracing or by a stub, has its own used.
func TestAReplacedDefaultTransport(t *testing.T) {
	before := http.DefaultTransport
	t.Cleanup(func() { http.DefaultTransport = before })
	api := &apiStub{}
	http.DefaultTransport = api
	config := testConfig()
	transport, err := NewTransport(newProvider(t, config, nil), config.APIURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	post(t, &http.Client{Transport: transport}, nil, 200)
	api.wantSent(t, "token-1")
}
