use serde::Serialize;

use super::Target;

/// What a page tells about a target.
#[derive(Debug, Clone, Serialize)]
pub struct TargetSummary<'a> {
    /// `language-client`.
    pub id: String,
    /// The language.
    pub language: LanguageSummary<'a>,
    /// The client library.
    pub client: ClientSummary<'a>,
    /// The programs that its user needs.
    pub requires: Vec<RequiredProgram<'a>>,
}

/// What a page tells about a language.
#[derive(Debug, Clone, Serialize)]
pub struct LanguageSummary<'a> {
    /// The name on the command line.
    pub id: &'a str,
    /// The name for people.
    pub title: &'a str,
    /// Other names on the command line.
    pub aliases: &'a [String],
}

/// What a page tells about a client library.
#[derive(Debug, Clone, Serialize)]
pub struct ClientSummary<'a> {
    /// The name on the command line.
    pub id: &'a str,
    /// The name for people.
    pub title: &'a str,
    /// The library's versions that the package manifest allows.
    pub version: &'a str,
    /// Whether it is the language's default.
    pub default: bool,
    /// When to choose it; empty where that is plain.
    pub note: &'a str,
    /// `parallel`, `cancel`, `store`, `proxy`.
    pub capabilities: Vec<&'static str>,
    /// What it cannot keep of the contract.
    pub exceptions: Vec<Exception<'a>>,
}

/// A rule or a scenario that a client cannot keep.
#[derive(Debug, Clone, Serialize)]
pub struct Exception<'a> {
    /// The rule's or the scenario's id.
    pub id: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// A program that has to be on the machine.
#[derive(Debug, Clone, Serialize)]
pub struct RequiredProgram<'a> {
    /// The command.
    pub program: &'a str,
    /// The lowest version that will do.
    pub at_least: &'a str,
    /// Where a person gets it.
    pub get: &'a str,
}

impl<'a> TargetSummary<'a> {
    pub(super) fn new(target: &Target<'a>) -> Self {
        let manifest = target.language().manifest();
        let client = target.client();
        let capabilities = client.capabilities.iter();
        let exceptions = client.exceptions.iter();
        let requires = target.requirements().map(|requirement| RequiredProgram {
            program: requirement.shown(),
            at_least: &requirement.at_least,
            get: &requirement.get,
        });
        Self {
            id: target.id(),
            language: LanguageSummary {
                id: &manifest.id,
                title: &manifest.title,
                aliases: &manifest.aliases,
            },
            client: ClientSummary {
                id: &client.id,
                title: &client.title,
                version: &client.version,
                default: client.default,
                note: client.note.as_deref().unwrap_or_default(),
                capabilities: capabilities.map(|capability| capability.name()).collect(),
                exceptions: exceptions
                    .map(|(id, reason)| Exception { id, reason })
                    .collect(),
            },
            requires: requires.collect(),
        }
    }
}
