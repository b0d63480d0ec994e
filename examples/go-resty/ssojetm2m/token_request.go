package ssojetm2m

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// buildTokenRequest makes the request of RFC 6749, section 4.4.2.
func buildTokenRequest(ctx context.Context, config Config, secret string) *http.Request {
	form := url.Values{"grant_type": {"client_credentials"}}
	if len(config.Scopes) > 0 {
		form.Set("scope", strings.Join(config.Scopes, " "))
	}
	if config.Audience != "" {
		form.Set("audience", config.Audience)
	}
	if config.AuthMethod == ClientSecretPost {
		form.Set("client_id", config.ClientID)
		form.Set("client_secret", secret)
	}
	// It fails only for a URL that does not parse, and checked() has parsed this one.
	request, _ := http.NewRequestWithContext(ctx, http.MethodPost, config.TokenURL, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "ssojet-m2m-go/"+version)
	if config.AuthMethod == ClientSecretBasic {
		request.Header.Set("Authorization", "Basic "+basicValue(config.ClientID, secret))
	}
	return request
}

// basicValue form-encodes both parts first (RFC 6749, section 2.3.1), so that a colon in them survives.
func basicValue(clientID, secret string) string {
	pair := url.QueryEscape(clientID) + ":" + url.QueryEscape(secret)
	return base64.StdEncoding.EncodeToString([]byte(pair))
}

// requestToken sends one token request. The body is read to its end while ctx lasts.
func requestToken(ctx context.Context, transport http.RoundTripper, config Config, secret string) (accessToken, *Error) {
	request := buildTokenRequest(ctx, config, secret)
	host := request.URL.Host
	unwanted := []string{secret, url.QueryEscape(secret), basicValue(config.ClientID, secret)}
	sentAt := time.Now()
	// Not by an http.Client: it follows redirects, and fails where it cannot read a Location.
	answer, err := transport.RoundTrip(request)
	if err != nil || answer == nil {
		return accessToken{}, noAnswerError(ctx, host, err, unwanted)
	}
	if answer.Body == nil { // a stub may leave it out, as http.Client allows
		answer.Body = http.NoBody
	}
	defer answer.Body.Close()
	// The body of a 101 is a bare connection: there, ctx alone does not end the reading.
	stopClosing := context.AfterFunc(ctx, func() { answer.Body.Close() })
	defer stopClosing()
	body, err := io.ReadAll(http.MaxBytesReader(nil, answer.Body, answerLimit))
	if ctx.Err() != nil {
		return accessToken{}, transportError("time ran out within the answer of the token endpoint at "+host, answer.StatusCode)
	}
	if err != nil {
		body = nil // too long, or it ended early: judged by its status alone
	}
	value, lifetime, failure := parseTokenResponse(host, answer, body, unwanted)
	if failure != nil {
		if body == nil {
			failure.Message += "; its body is too long or ended early"
		}
		return accessToken{}, failure
	}
	token := accessToken{value: value, expiresAt: sentAt.Add(lifetime)}
	token.earlyAt = token.expiresAt.Add(-min(lifetime/earlyShare, longestEarlyWindow))
	if !time.Now().Before(token.expiresAt) {
		return accessToken{}, transportError("the token had expired when it came from "+host, answer.StatusCode)
	}
	return token, nil
}

// noAnswerError says why, in the transport's own words where they do not quote the server.
func noAnswerError(ctx context.Context, host string, err error, unwanted []string) *Error {
	reason := fmt.Sprint(err) // err is nil if the transport is a stub that returned nothing
	var dnsError *net.DNSError
	isDNS := errors.As(err, &dnsError)
	// crypto/tls has no one type for its errors, but all their texts have this.
	isTLS := !isDNS && (strings.Contains(reason, "tls: ") || errors.Is(err, http.ErrSchemeMismatch))
	switch {
	case ctx.Err() != nil:
		reason = "time ran out"
	case strings.HasPrefix(reason, "net/http: HTTP/1.x transport connection broken"):
		reason = "what came is not HTTP"
	}
	message := "no answer from the token endpoint at " + host + ": " + carriedText(reason, unwanted)
	return &Error{Kind: KindTransport, Message: message, Retryable: !isTLS}
}

var visibleASCII = regexp.MustCompile(`^[!-~]+$`)

// parseTokenResponse returns the token and how long it lives. body is nil if it did not come whole.
// unwanted is what must not get into an error: the secret in the forms in which it was sent.
func parseTokenResponse(host string, answer *http.Response, body []byte, unwanted []string) (string, time.Duration, *Error) {
	// A map, because a struct would take "Access_Token" for "access_token".
	var members map[string]json.RawMessage
	_ = json.Unmarshal(body, &members) // nil if it fails
	value := textMember(members, "access_token")
	unwanted = append(unwanted, value)

	if textMember(members, "error") != "" {
		return "", 0, oauthError(host, answer, members, unwanted)
	}
	tokenType := textMember(members, "token_type")
	isBearer := isAbsent(members["token_type"]) || strings.EqualFold(tokenType, "Bearer")
	lifetime := parseLifetime(members["expires_in"])
	problem := ""
	switch {
	case answer.StatusCode != http.StatusOK:
		problem = fmt.Sprintf("its status is %d", answer.StatusCode)
	case members == nil:
		problem = "it is no JSON object"
	case !visibleASCII.MatchString(value):
		problem = "it has no usable access_token"
	case !isBearer:
		problem = fmt.Sprintf("its token_type is %q, not Bearer", carriedText(tokenType, unwanted))
	case lifetime == 0:
		problem = "its expires_in is not a number of seconds from 1 on"
	default:
		return value, lifetime, nil
	}
	return "", 0, answerError(answer, "the answer of the token endpoint at "+host+" is no token: "+problem)
}

// oauthError is for an answer as in RFC 6749, section 5.2, whatever its status.
func oauthError(host string, answer *http.Response, members map[string]json.RawMessage, unwanted []string) *Error {
	code := carriedText(textMember(members, "error"), unwanted)
	description := carriedText(textMember(members, "error_description"), unwanted)
	message := strings.TrimSuffix("the token endpoint at "+host+" refused: "+code+": "+description, ": ")
	if code == "invalid_client" {
		message += "; check the id, the secret, and whether SSOJET_AUTH_METHOD has to be client_secret_post or client_secret_basic"
	}
	failure := answerError(answer, message)
	failure.Kind, failure.Code, failure.Description = KindOAuth, code, description
	failure.URI = carriedText(textMember(members, "error_uri"), unwanted)
	return failure
}

// answerError is what every error about an answer has.
func answerError(answer *http.Response, message string) *Error {
	failure := &Error{Kind: KindProtocol, Message: message, Status: answer.StatusCode}
	failure.retryAfter = parseRetryAfter(answer.Header.Get("Retry-After"))
	if slices.Contains([]int{408, 429, 500, 502, 503, 504}, answer.StatusCode) {
		failure.Kind, failure.Retryable = KindTransport, true
	}
	contentType := strings.ToLower(answer.Header.Get("Content-Type"))
	isPage := answer.StatusCode < 500 && strings.Contains(contentType, "html")
	isRedirect := answer.StatusCode/100 == 3
	if isPage || isRedirect || slices.Contains([]int{404, 405, 415}, answer.StatusCode) {
		failure.Message += "; check SSOJET_TOKEN_URL"
	}
	return failure
}

// textMember is empty for whatever is no text.
func textMember(members map[string]json.RawMessage, name string) (text string) {
	_ = json.Unmarshal(members[name], &text)
	return text
}

func isAbsent(member json.RawMessage) bool { return member == nil || string(member) == "null" }

var onlyDigits = regexp.MustCompile(`^[0-9]+$`)

// parseLifetime returns 0 for what is no lifetime.
func parseLifetime(member json.RawMessage) time.Duration {
	if isAbsent(member) {
		return defaultLifetime
	}
	number := string(member) // or nothing that ParseFloat takes
	isText := json.Unmarshal(member, &number) == nil
	if isText && !onlyDigits.MatchString(number) {
		return 0
	}
	return cappedSeconds(number)
}

// parseRetryAfter reads seconds or an HTTP date; nil for neither.
func parseRetryAfter(text string) *time.Duration {
	wait := cappedSeconds(text)
	if date, err := time.Parse(http.TimeFormat, text); err == nil {
		wait = max(time.Until(date), 0)
	} else if !onlyDigits.MatchString(text) {
		return nil
	}
	return &wait
}

// cappedSeconds is 0 for what is no number. ParseFloat's result for one that is too large is +Inf.
func cappedSeconds(number string) time.Duration {
	seconds, _ := strconv.ParseFloat(number, 64)
	seconds = min(max(seconds, 0), longestLifetime.Seconds())
	return time.Duration(seconds) * time.Second
}

// carriedText makes a server's text fit for a log: it forges no line there, and a server that
// repeats what it was sent gives nothing away.
func carriedText(text string, unwanted []string) string {
	text = controlCharacter.ReplaceAllString(text, "")
	for _, secret := range unwanted {
		if utf8.RuneCountInString(secret) >= shortestSecret && strings.Contains(text, secret) {
			return "[removed]"
		}
	}
	if characters := []rune(text); len(characters) > carriedLimit {
		return string(characters[:carriedLimit])
	}
	return text
}
