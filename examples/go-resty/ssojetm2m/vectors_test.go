package ssojetm2m

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// testdata/vectors.json has rows that this package and its siblings in other languages all pass.
type vectors struct {
	Decisions []struct {
		Name string
		Now  int
		Held *struct {
			EarlyAt   int `json:"early_at"`
			ExpiresAt int `json:"expires_at"`
		}
		Renewing    bool
		PausedUntil int `json:"paused_until"`
		Use         bool
		Renew       bool
	}
	URLs []struct {
		Name      string
		Variables []string
		URL       string
		Accepted  bool
	}
	Credentials []struct {
		Name          string
		ClientID      string   `json:"client_id"`
		IDEncoded     []string `json:"client_id_encoded"`
		ClientSecret  string   `json:"client_secret"`
		SecretEncoded []string `json:"client_secret_encoded"`
	}
	Responses []struct {
		Name     string
		Body     string
		Token    string
		Lifetime int `json:"lifetime_s"`
		Error    Kind
		Mentions string
	}
	Paths []struct {
		Name string
		Path string
	}
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows vectors
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

// need fails where a table is empty: a loop over no rows would pass.
func need(t *testing.T, rows int) {
	t.Helper()
	if rows < 5 {
		t.Fatalf("%d rows", rows)
	}
}

func TestDecisionVectors(t *testing.T) {
	start := time.Now()
	at := func(second int) time.Time { return start.Add(time.Duration(second) * time.Second) }
	rows := readVectors(t).Decisions
	need(t, len(rows))
	for _, row := range rows {
		var held *tokenFuture
		if row.Held != nil {
			held = &tokenFuture{token: accessToken{earlyAt: at(row.Held.EarlyAt), expiresAt: at(row.Held.ExpiresAt)}}
		}
		use, renew := decide(at(row.Now), held, row.Renewing, at(row.PausedUntil))
		if use != row.Use || renew != row.Renew {
			t.Errorf("%s: use %v, renew %v", row.Name, use, renew)
		}
	}
}

func TestURLVectors(t *testing.T) {
	rows := readVectors(t).URLs
	need(t, len(rows))
	for _, row := range rows {
		for _, variable := range row.Variables {
			config := testConfig()
			if variable == "SSOJET_TOKEN_URL" {
				config.TokenURL = row.URL
			} else {
				config.APIURL = row.URL
			}
			_, err := config.checked()
			if (err == nil) != row.Accepted {
				t.Errorf("%s: %v", row.Name, err)
			}
			if err != nil && (!strings.Contains(err.Error(), variable) || strings.Contains(err.Error(), row.URL)) {
				t.Errorf("%s: the message %q", row.Name, err)
			}
		}
	}
}

func TestCredentialVectors(t *testing.T) {
	rows := readVectors(t).Credentials
	need(t, len(rows))
	for _, row := range rows {
		config := testConfig()
		config.ClientID = row.ClientID
		form := readForm(t, buildTokenRequest(t.Context(), config, row.ClientSecret))
		if form.Get("client_id") != row.ClientID || form.Get("client_secret") != row.ClientSecret {
			t.Errorf("%s: form %v", row.Name, form)
		}
		config.AuthMethod = ClientSecretBasic
		request := buildTokenRequest(t.Context(), config, row.ClientSecret)
		value, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(request.Header.Get("Authorization"), "Basic "))
		if err != nil {
			t.Fatal(err)
		}
		id, secret, _ := strings.Cut(string(value), ":")
		if !slices.Contains(row.IDEncoded, id) || !slices.Contains(row.SecretEncoded, secret) {
			t.Errorf("%s: Basic value %q", row.Name, value)
		}
		if form := readForm(t, request); form.Has("client_id") || form.Has("client_secret") {
			t.Errorf("%s: form %v", row.Name, form)
		}
	}
}

func readForm(t *testing.T, request *http.Request) url.Values {
	t.Helper()
	body, err := io.ReadAll(request.Body)
	if err != nil {
		t.Fatal(err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		t.Fatal(err)
	}
	return form
}

func TestResponseVectors(t *testing.T) {
	rows := readVectors(t).Responses
	need(t, len(rows))
	for _, row := range rows {
		token, lifetime, failure := parseTokenResponse("sso.example", answerOf(200, ""), []byte(row.Body), nil)
		if failure == nil {
			failure = &Error{}
		}
		if token != row.Token || lifetime != time.Duration(row.Lifetime)*time.Second || failure.Kind != row.Error {
			t.Errorf("%s: token %q, lifetime %v, error %v", row.Name, token, lifetime, failure)
		}
		if !strings.Contains(failure.Message, row.Mentions) {
			t.Errorf("%s: the message %q does not mention %q", row.Name, failure.Message, row.Mentions)
		}
	}
}
