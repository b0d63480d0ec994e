package ssojetm2m

import (
	"os"
	"strings"
	"testing"
)

// setenv sets these variables of the client and empties its others.
func setenv(t *testing.T, values map[string]string) {
	t.Helper()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "SSOJET_") {
			t.Setenv(name, "")
		}
	}
	for name, value := range values {
		t.Setenv(name, value)
	}
}

func TestConfigFromEnvNamesAllThatIsMissing(t *testing.T) {
	setenv(t, map[string]string{"SSOJET_CLIENT_ID": ""})
	_, err := ConfigFromEnv()
	message := wantKind(t, err, KindConfiguration).Message
	for _, name := range []string{"SSOJET_CLIENT_ID", "SSOJET_CLIENT_SECRET", "SSOJET_API_URL"} {
		if !strings.Contains(message, "("+name+")") {
			t.Errorf("%q does not name %s", message, name)
		}
	}
}

func TestConfigFromEnvSaysWhatIsWrong(t *testing.T) {
	for _, row := range []struct{ variable, value, want string }{
		{"SSOJET_AUTH_METHOD", "private_key_jwt", "client_secret_post or client_secret_basic"},
		{"SSOJET_CLIENT_ID", "cli\u0085", `\u0085`},
		{"SSOJET_CLIENT_ID", "cli\xff", "not valid UTF-8"},
		{"SSOJET_CLIENT_SECRET", "topsecret\n", `\n`},
		{"SSOJET_SCOPE", "read\xff", "not valid UTF-8"},
		{"SSOJET_API_URL", "https://api.example/\xff", "UTF-8"},
		{"SSOJET_API_URL", "https://api.example?", "query"},
		{"SSOJET_TOKEN_URL", "http://sso.example/token", "must be https"},
	} {
		setenv(t, map[string]string{
			"SSOJET_CLIENT_ID": "cli", "SSOJET_CLIENT_SECRET": "topsecret", "SSOJET_API_URL": "https://api.example",
			row.variable: row.value,
		})
		_, err := ConfigFromEnv()
		message := wantKind(t, err, KindConfiguration).Message
		if !strings.Contains(message, row.variable) || !strings.Contains(message, row.want) {
			t.Errorf("%s=%q: the message %q", row.variable, row.value, message)
		}
		if strings.Contains(message, "topsecret") || strings.Contains(message, "example") {
			t.Errorf("%s=%q: the message %q repeats a value", row.variable, row.value, message)
		}
	}
}

func TestAConfigByCodeIsACopyWithDefaults(t *testing.T) {
	config := testConfig()
	config.Scopes = []string{"read"}
	tokens := newProvider(t, config, nil)
	config.Scopes[0] = "changed"
	if tokens.config.Scopes[0] != "read" {
		t.Error("the provider's scopes changed with the caller's slice")
	}
	config.TokenURL, config.AuthMethod, config.Scopes = "", "", []string{"\tread \u00a0 write"}
	checked, err := config.checked()
	if err != nil || checked.TokenURL != defaultTokenURL || checked.AuthMethod != ClientSecretPost || len(checked.Scopes) != 2 {
		t.Errorf("config %+v, error %v", checked, err)
	}
	_, err = NewTokenProvider(Config{ClientID: "cli", APIURL: "https://api.example"}, nil)
	if message := wantKind(t, err, KindConfiguration).Message; !strings.Contains(message, "ClientSecret (") {
		t.Errorf("the message %q does not name the field", message)
	}
}
