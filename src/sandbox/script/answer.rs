use super::{Issue, OAuthErrorAnswer, Redirect, Respond, Silence};

/// What a step says.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Answer {
    /// What the well-behaved server says. This is what a step means that names no other.
    #[default]
    Usual,
    /// `issue: {…}`: the token endpoint checks the request as always, and issues in this way.
    Issue(Issue),
    /// `error: {…}`: an OAuth error, whatever the request.
    Error(OAuthErrorAnswer),
    /// `respond: {…}`: this response, whatever the request.
    Respond(Respond),
    /// `redirect: {…}`: to somewhere else.
    Redirect(Redirect),
    /// `raw: "…"`: this text instead of HTTP; then the connection is closed.
    Raw(String),
    /// `nothing: reset`, `hang` or `close`: not one byte.
    Nothing(Silence),
    /// `revoke: true`: the API revokes the token that the request bears, and answers as always.
    Revoke,
}
