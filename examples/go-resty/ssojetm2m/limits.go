package ssojetm2m

import "time"

// The limits. They are yours to edit; nothing else in the package has to follow.
const (
	version = "2.0.0" // in the User-Agent

	connectLimit  = 5 * time.Second  // one TCP connection
	tryLimit      = 10 * time.Second // one token request to the last byte of its answer; one call of the secret function
	getTokenLimit = 30 * time.Second // all tries for one token, with the waits between them
	// apiRequestLimit is for the head of the API's answer: a download or a stream may take longer. It is
	// the ResponseHeaderTimeout of the transport that is used if you give none of your own.
	apiRequestLimit = 30 * time.Second
	// connectionsPerHost stay open for the next calls. Go's own 2 make a busy service dial for most calls.
	connectionsPerHost = 100
	// pingAfter is how long an HTTP/2 connection is silent before it is tried by a ping. Without, Go keeps
	// one that a firewall has forgotten, and hangs all calls on it until TCP gives up.
	pingAfter = 30 * time.Second

	answerLimit     = 1 << 20 // bytes of a token answer, decompressed
	carriedLimit    = 256     // characters of a server's text in an error
	shortestSecret  = 8       // characters from which on a secret is looked for in such text
	defaultLifetime = 300 * time.Second
	longestLifetime = 24 * time.Hour

	longestEarlyWindow = 60 * time.Second // a token is renewed early: in the last minute of its life,
	earlyShare         = 10               // or its last tenth if that is less
	renewalPause       = 30 * time.Second // after an early renewal that failed
	rejectionPause     = 30 * time.Second // between two tokens that a 401 drops

	drainLimit = 4 << 10                // bytes read of a refusal, to keep its connection,
	drainTime  = time.Second            // within this time
	lastWords  = 100 * time.Millisecond // for a transport to say why it stopped when its time was over
)

// retryWaits has one entry for each further try: the wait is a random part of it.
var retryWaits = []time.Duration{500 * time.Millisecond, time.Second}
