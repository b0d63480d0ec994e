use std::collections::BTreeMap;

use crate::{
    catalog::Capability,
    verify::{
        driver::Launch,
        prepare::{Preparation, PrepareError},
    },
};

/// What is verified.
#[derive(Debug)]
pub enum TestedClient {
    /// A program that speaks the driver protocol.
    Driver {
        /// What it is called in reports.
        id: String,
        /// How it is started.
        launch: Launch,
    },
    /// A project that has to be made ready first.
    Project(Box<Preparation>),
    /// A project that is ready.
    Prepared {
        /// What it was made of.
        preparation: Box<Preparation>,
        /// How its driver is started.
        launch: Launch,
    },
    /// A project that cannot be made ready here.
    Impossible {
        /// What it is called in reports.
        id: String,
        /// Why.
        error: PrepareError,
    },
}

impl TestedClient {
    /// What it is called in reports.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Driver { id, .. } | Self::Impossible { id, .. } => id,
            Self::Project(preparation) | Self::Prepared { preparation, .. } => preparation.target(),
        }
    }

    /// What its manifest says that it can do, if it has one.
    #[must_use]
    pub fn capabilities(&self) -> Option<Vec<Capability>> {
        match self {
            Self::Project(preparation) | Self::Prepared { preparation, .. } => {
                Some(preparation.capabilities().to_vec())
            }
            _ => None,
        }
    }

    /// The rules and scenarios that it is said not to keep, with the reasons.
    #[must_use]
    pub fn exceptions(&self) -> BTreeMap<String, String> {
        match self {
            Self::Project(preparation) | Self::Prepared { preparation, .. } => {
                preparation.exceptions().clone()
            }
            _ => BTreeMap::new(),
        }
    }
}
