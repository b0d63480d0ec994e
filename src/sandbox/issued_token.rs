use super::Secret;

/// An access token that the token endpoint has handed out, in whatever form.
#[derive(Debug, Clone)]
pub struct IssuedToken {
    /// Counted from 1 in the order of issue.
    pub number: usize,
    /// The token.
    pub text: Secret,
}
