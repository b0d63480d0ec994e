use std::collections::BTreeMap;

use crate::catalog::Capability;
use crate::verify::{
    driver::{DriverError, DriverProcess, FirstLine, Launch, Operation, Ready, Reply},
    scenario::Scenario,
};

/// A driver that has been seen to start.
#[derive(Debug, Clone)]
pub struct ProbedDriver {
    /// How it is started.
    pub launch: Launch,
    /// What its first line says.
    pub ready: Ready,
    /// Whether it can build its client anew.
    pub rebuilds: bool,
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
        let variables = BTreeMap::from(variables);
        let mut driver = DriverProcess::start(&launch, &variables)?;
        match driver.first_line()? {
            FirstLine::Ready(ready) => {
                let operation = Operation::Configure {
                    environment: variables,
                };
                driver.ask(&operation);
                let rebuilds = driver.reply(&operation)? == Reply::Built;
                driver.end(0)?;
                let ready = ready.printable();
                Ok(Self {
                    launch,
                    ready,
                    rebuilds,
                })
            }
            FirstLine::Refused(error) => Err(DriverError::Refused {
                error: format!("{}: {}", error.kind, error.message),
            }),
        }
    }

    /// What the manifest says that it can do must be what it says itself: a driver that drops a
    /// capability would turn rules green by making them not applicable.
    ///
    /// # Errors
    /// The difference, in words.
    pub fn agrees_with(&self, manifest: &[Capability]) -> Result<(), String> {
        let names = |capabilities: &[Capability]| {
            let mut names: Vec<&str> = capabilities.iter().map(|c| c.name()).collect();
            names.sort_unstable();
            names.dedup();
            names.join(", ")
        };
        let (said, listed) = (names(&self.ready.capabilities), names(manifest));
        if said == listed {
            return Ok(());
        }
        Err(format!(
            "the driver's first line has the capabilities [{said}], and the manifest [{listed}]; \
             make them the same"
        ))
    }

    /// What a scenario needs and it has not.
    #[must_use]
    pub fn lacks(&self, scenario: &Scenario) -> Option<String> {
        let has = |needed: &Capability| self.ready.capabilities.contains(needed);
        let missing = scenario.requires.iter().find(|needed| !has(needed));
        if let Some(missing) = missing {
            let name = missing.name();
            return Some(format!("the driver does not have the capability `{name}`"));
        }
        (scenario.dotenv && !self.launch.has_dotenv)
            .then(|| "no `.env` file may be laid into the driver's folder".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Capability::{Cancel, Parallel, Proxy};

    #[test]
    fn a_driver_and_its_manifest_name_the_same_capabilities() {
        let driver = ProbedDriver {
            launch: Launch {
                command: Vec::new(),
                folder: std::path::PathBuf::new(),
                env: BTreeMap::new(),
                pass: Vec::new(),
                has_dotenv: false,
                patience: crate::verify::driver::Patience::default(),
            },
            ready: Ready {
                protocol: 1,
                language: String::new(),
                client: String::new(),
                versions: BTreeMap::new(),
                capabilities: vec![Parallel, Cancel],
            },
            rebuilds: false,
        };
        assert_eq!(driver.agrees_with(&[Cancel, Parallel]), Ok(()));
        for listed in [&[Parallel][..], &[Parallel, Cancel, Proxy], &[]] {
            let problem = driver.agrees_with(listed).expect_err("they differ");
            assert!(problem.contains("[cancel, parallel]"), "{problem}");
        }
    }
}
