/**
 * A client for an API that SSOJet protects: the OAuth 2.0 client-credentials grant (RFC 6749
 * section 4.4). No method takes or returns null unless its comment says so, and every class is safe
 * for use by many threads.
 */
package com.ssojet.m2m;
