//! The peers: what each needs, how it is installed, how it is started.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use libtest_mimic::Failed;
use ssojet_gen::system::{
    process, shell,
    toolchain::{self, Requirement},
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers");
const INSTALLED: &str = env!("CARGO_TARGET_TMPDIR");

/// A client that no one of us wrote, and the programs round it in the folder of its name.
pub struct Peer {
    pub name: &'static str,
    requires: &'static [Program],
    /// Argument lists, run in a copy of the folder.
    install: &'static [&'static [&'static str]],
    driver: &'static [&'static str],
    toolchain: OnceLock<Result<(), String>>,
    installed: OnceLock<Result<PathBuf, Failed>>,
}

struct Program {
    probe: [&'static str; 2],
    at_least: &'static str,
    get: &'static str,
}

pub static CURL: Peer = Peer {
    name: "curl",
    requires: &[Program {
        probe: ["curl", "--version"],
        at_least: "7.76",
        get: "https://curl.se/download.html",
    }],
    install: &[],
    driver: &[],
    toolchain: OnceLock::new(),
    installed: OnceLock::new(),
};

pub static AUTHLIB: Peer = Peer {
    name: "authlib",
    requires: &[Program {
        probe: ["python3", "--version"],
        at_least: "3.10",
        get: "https://www.python.org/downloads/",
    }],
    install: &[
        &["python3", "-m", "venv", ".venv"],
        &[
            ".venv/bin/python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "--requirement",
            "requirements.txt",
        ],
    ],
    driver: &[".venv/bin/python", "driver.py"],
    toolchain: OnceLock::new(),
    installed: OnceLock::new(),
};

pub static OPENID_CLIENT: Peer = Peer {
    name: "openid-client",
    requires: &[
        Program {
            probe: ["node", "--version"],
            at_least: "20.19",
            get: "https://nodejs.org/",
        },
        Program {
            probe: ["npm", "--version"],
            at_least: "10.0",
            get: "https://nodejs.org/",
        },
    ],
    install: &[&["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]],
    driver: &["node", "driver.mjs"],
    toolchain: OnceLock::new(),
    installed: OnceLock::new(),
};

pub static OAUTH2_GO: Peer = Peer {
    name: "oauth2-go",
    requires: &[Program {
        probe: ["go", "version"],
        at_least: "1.26",
        get: "https://go.dev/dl/",
    }],
    install: &[&["go", "build", "-buildvcs=false", "-o", "driver", "."]],
    driver: &["./driver"],
    toolchain: OnceLock::new(),
    installed: OnceLock::new(),
};

impl Peer {
    /// Looks for the programs that it needs. The error says what to install.
    pub fn check_toolchain(&self) -> Result<(), String> {
        let check = |program: &Program| {
            let requirement = Requirement {
                name: None,
                probe: program.probe.map(str::to_owned).to_vec(),
                at_least: program.at_least.to_owned(),
                get: program.get.to_owned(),
            };
            toolchain::version(self.name, &requirement, Path::new(INSTALLED))
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        let check_all = || self.requires.iter().try_for_each(check);
        self.toolchain.get_or_init(check_all).clone()
    }

    /// Its driver, to be started.
    pub fn driver(&self) -> Result<Command, Failed> {
        self.command(self.driver)
    }

    /// One of its programs, to be started.
    pub fn command(&self, arguments: &[&str]) -> Result<Command, Failed> {
        Ok(process::command(&owned(arguments), &self.folder()?))
    }

    /// `ssojet-gen verify` of its driver, to be started.
    pub fn verify(&self) -> Result<Command, Failed> {
        let mut verify = Command::new(env!("CARGO_BIN_EXE_ssojet-gen"));
        let driver = shell::line(&owned(self.driver));
        verify
            .args(["verify", "--driver", &driver])
            .current_dir(self.folder()?);
        Ok(verify)
    }

    /// Where it is installed; that is done when it is asked for first.
    fn folder(&self) -> Result<PathBuf, Failed> {
        self.installed.get_or_init(|| self.install()).clone()
    }

    /// Installs a copy of the folder, unless that has been done for the same files, the lock file
    /// among them.
    fn install(&self) -> Result<PathBuf, Failed> {
        let files = files(&Path::new(FOLDER).join(self.name))?;
        let mut key = DefaultHasher::new();
        files.hash(&mut key);
        let place = format!("peer-{}-{:016x}", self.name, key.finish());
        let place = Path::new(INSTALLED).join(place);
        if place.is_dir() {
            return Ok(place);
        }
        let draft = tempfile::tempdir_in(INSTALLED)?;
        for (name, bytes) in files {
            fs::write(draft.path().join(name), bytes)?;
        }
        for step in self.install {
            process::run_quietly(&owned(step), draft.path())?;
        }
        match fs::rename(draft.path(), &place) {
            // Another run of these tests has been quicker.
            Err(_) if place.is_dir() => Ok(place),
            renamed => Ok(renamed.map(|()| place)?),
        }
    }
}

/// The files of a folder, without its folders, by name.
fn files(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, Failed> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push((entry.file_name().into(), fs::read(entry.path())?));
        }
    }
    files.sort();
    Ok(files)
}

fn owned(arguments: &[&str]) -> Vec<String> {
    arguments.iter().copied().map(str::to_owned).collect()
}
