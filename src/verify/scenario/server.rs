use serde::Deserialize;

/// What a sandbox is set to besides its script.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// The client's id, instead of one made up.
    pub client_id: Option<String>,
    /// The client's secret, instead of one made up.
    pub client_secret: Option<String>,
    /// Audiences besides the API's own.
    pub other_audiences: Vec<String>,
}
