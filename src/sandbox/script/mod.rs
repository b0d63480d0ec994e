//! What a sandbox is told to do wrong, as values that a YAML or JSON file can hold.

mod answer;
mod fault;
mod issue;
mod oauth_error_answer;
mod placeholders;
mod redirect;
mod respond;
mod silence;
mod step;
mod track;
mod when;
mod wire;

use serde::{Deserialize, Deserializer, de::Error as _};

pub use answer::Answer;
pub use fault::{Fault, UnknownFault};
pub use issue::Issue;
pub use oauth_error_answer::OAuthErrorAnswer;
pub(crate) use placeholders::Placeholders;
pub use redirect::Redirect;
pub use respond::Respond;
pub use silence::Silence;
pub use step::Step;
pub(crate) use track::Track;
pub use when::When;
pub use wire::{Wire, WireEnd};

/// What each endpoint does, step by step. An endpoint without steps behaves well.
///
/// A step with `when` answers every request that fits it (with `times`, that many of them); the
/// first such step counts. All other requests take the steps without `when` in order, each `times`
/// times (by default once), the last for ever. `{}` is a step that behaves well.
///
/// In every text of a script `{origin}`, `{decoy}`, `{tls}`, `{unaccepting}` and `{refused}` stand
/// for the `host:port` of that [`Place`](super::Place), `{client_id}` and `{client_secret}` for the
/// client's credentials, `{client_secret_form}` for the secret form-urlencoded, `{basic}` for the
/// credentials of `client_secret_basic`, `{date+N}` for the HTTP-date N seconds from now, `{asctime+N}` and
/// `{rfc850+N}` for the same in the two old forms, and `{x*N}` for N times that character.
///
/// ```yaml
/// token:
///   - {times: 2, respond: {status: 503, headers: {Retry-After: "1"}}}
///   - {issue: {lifetime_s: 2}}
///   - {}
/// api:
///   - {when: {token: 1}, revoke: true}
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// At `/oauth/token`.
    #[serde(deserialize_with = "token_steps")]
    pub token: Vec<Step>,
    /// At the protected API: every path that is none of the authorization server's.
    #[serde(deserialize_with = "api_steps")]
    pub api: Vec<Step>,
    /// At the decoy, which answers 200 otherwise.
    #[serde(deserialize_with = "decoy_steps")]
    pub decoy: Vec<Step>,
}

fn token_steps<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<Step>, D::Error> {
    steps(source, "token", |answer| *answer != Answer::Revoke)
}

fn api_steps<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<Step>, D::Error> {
    steps(source, "api", |answer| !matches!(answer, Answer::Issue(_)))
}

fn decoy_steps<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<Step>, D::Error> {
    let usable = |answer: &Answer| !matches!(answer, Answer::Issue(_) | Answer::Revoke);
    steps(source, "decoy", usable)
}

fn steps<'de, D: Deserializer<'de>>(
    source: D,
    endpoint: &str,
    usable: impl Fn(&Answer) -> bool,
) -> Result<Vec<Step>, D::Error> {
    let steps = Vec::<Step>::deserialize(source)?;
    match steps.iter().position(|step| !usable(&step.answer)) {
        Some(at) => Err(D::Error::custom(format!(
            "step {} cannot stand under `{endpoint}`: only `token` knows `issue`, only `api` `revoke`",
            at + 1
        ))),
        None => Ok(steps),
    }
}

#[cfg(test)]
mod tests;
