use std::collections::BTreeMap;

use super::{
    driver::Launch,
    prepare::{Blueprint, PrepareError},
};

/// What is verified.
#[derive(Debug)]
pub enum Subject {
    /// A program that speaks the driver protocol.
    Driver {
        /// What it is called in reports.
        id: String,
        /// How it is started.
        launch: Launch,
    },
    /// A project that has to be made ready first.
    Project(Box<Blueprint>),
    /// A project that is ready.
    Prepared {
        /// What it was made of.
        blueprint: Box<Blueprint>,
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

impl Subject {
    /// What it is called in reports.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Driver { id, .. } | Self::Impossible { id, .. } => id,
            Self::Project(blueprint) | Self::Prepared { blueprint, .. } => blueprint.target(),
        }
    }

    /// The rules that it is said not to keep, with the reasons.
    #[must_use]
    pub fn exceptions(&self) -> BTreeMap<String, String> {
        match self {
            Self::Project(blueprint) | Self::Prepared { blueprint, .. } => {
                blueprint.exceptions().clone()
            }
            _ => BTreeMap::new(),
        }
    }
}
