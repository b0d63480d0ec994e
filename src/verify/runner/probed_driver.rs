use std::collections::BTreeMap;

use crate::verify::{
    driver::{DriverError, DriverProcess, FirstLine, Launch, Ready},
    scenario::NeededCapability,
};

/// A driver that has been seen to start.
#[derive(Debug, Clone)]
pub struct ProbedDriver {
    /// How it is started.
    pub launch: Launch,
    /// What its first line says.
    pub ready: Ready,
}

impl ProbedDriver {
    /// Starts the driver once, to learn what it can do.
    ///
    /// # Errors
    /// When it does not start, or breaks the protocol.
    pub fn probe(launch: Launch) -> Result<Self, DriverError> {
        // No request is sent by starting, so nothing has to listen there.
        let variables = [
            ("SSOJET_CLIENT_ID", "cli_probe"),
            ("SSOJET_CLIENT_SECRET", "probe-of-the-driver"),
            ("SSOJET_API_URL", "http://127.0.0.1:9"),
            ("SSOJET_TOKEN_URL", "http://127.0.0.1:9/oauth/token"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut driver = DriverProcess::start(&launch, &BTreeMap::from(variables))?;
        match driver.first_line()? {
            FirstLine::Ready(ready) => {
                driver.end(0)?;
                let ready = ready.printable();
                Ok(Self { launch, ready })
            }
            FirstLine::Refused(error) => Err(DriverError::Refused {
                error: format!("{}: {}", error.kind, error.message),
            }),
        }
    }

    /// Whether it can do this.
    #[must_use]
    pub fn can(&self, needed: NeededCapability) -> bool {
        match needed {
            NeededCapability::Dotenv => self.launch.has_dotenv,
            other => self
                .ready
                .capabilities
                .iter()
                .any(|known| known == other.name()),
        }
    }
}
