use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// A temporary folder in which the program is run.
pub struct Workspace {
    folder: TempDir,
}

/// What the program did.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Workspace {
    #[must_use]
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// With a file in it.
    #[must_use]
    pub fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// With a catalogue `templates/` that adds the smallest whole language, `demo`.
    #[must_use]
    pub fn demo_language(mut self) -> Self {
        for (path, text) in DEMO {
            self = self.file(&format!("templates/languages/demo/{path}"), text);
        }
        self.file("templates/vectors.json", "{\"format\": 1}\n")
    }

    pub fn write(&self, path: &str, text: &str) {
        let place = self.path(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    }

    /// Replaces text in a file that has it.
    #[must_use]
    pub fn edit(self, path: &str, old: &str, new: &str) -> Self {
        let text = self.read(path);
        assert!(text.contains(old), "{path} has no {old:?}");
        self.write(path, &text.replace(old, new));
        self
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// Every file with its text.
    pub fn tree(&self, path: &str) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        let root = self.path(path);
        collect(&root, &root, &mut files);
        files
    }

    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        #[cfg(unix)]
        heed_signals();
        let mut command = Command::new(env!("CARGO_BIN_EXE_ssojet-gen"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.finish(&mut self.command(arguments))
    }

    /// Runs a command of the program to its end.
    #[must_use]
    pub fn finish(&self, command: &mut Command) -> Run {
        let output = command.output().unwrap();
        Run {
            code: output.status.code().unwrap(),
            stdout: self.neutral(&output.stdout),
            stderr: self.neutral(&output.stderr),
        }
    }

    /// Runs the program, which has to succeed.
    pub fn succeed(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.code, 0, "{run:#?}");
        run
    }

    fn neutral(&self, bytes: &[u8]) -> String {
        let folder = self.folder.path().to_string_lossy();
        String::from_utf8(bytes.to_vec())
            .unwrap()
            .replace(&*folder, "[WORKSPACE]")
            .replace(env!("CARGO_BIN_EXE_ssojet-gen"), "ssojet-gen")
            .replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
    }
}

impl Run {
    /// The whole of it, for a snapshot.
    pub fn text(&self) -> String {
        let part = |name: &str, text: &str| match text {
            "" => String::new(),
            text => format!("--- {name}\n{text}"),
        };
        let (stdout, stderr) = (part("stdout", &self.stdout), part("stderr", &self.stderr));
        format!("{stdout}{stderr}--- exit {}\n", self.code)
    }
}

/// Signals that tests send reach the program though whoever runs the tests ignores them, as `nohup` does: in a child,
/// what has a handler here is as the system has it.
#[cfg(unix)]
fn heed_signals() {
    use signal_hook::{
        consts::{SIGHUP, SIGINT},
        flag,
    };
    use std::sync::{Arc, Once};

    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        flag::register(SIGHUP, Arc::default()).unwrap();
        flag::register_conditional_default(SIGINT, Arc::new(true.into())).unwrap();
    });
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy();
            files.insert(name.into_owned(), fs::read_to_string(&path).unwrap());
        }
    }
}

/// The smallest language that `catalog check` accepts.
const DEMO: [(&str, &str); 14] = [
    (
        "manifest.yaml",
        r#"format: 2
id: demo
title: Demo
aliases: [dm]
requires: [{probe: [sh, -c, "echo sh 1.0"], at_least: "1.0", get: "https://example.com/sh"}]
package: package.txt
steps:
  install: [[sh, -c, "true"]]
  lint: [[sh, -c, "true"]]
  test: [[sh, -c, "true"]]
  run: [[sh, main.sh]]
guide: [[sh, .ssojet-guide/service.sh]]
driver: {command: [sh, .ssojet-verify/driver.sh]}
clients:
  - {id: plain, title: Plain, default: true, version: "1"}
  - {id: fancy, title: Fancy, version: "2", replaces: [main.sh]}
"#,
    ),
    (
        "project/README.md.j2",
        "# {{ name }}\n\nScope {{ scope | code }}.\n",
    ),
    (
        "project/.env.example.j2",
        "SSOJET_CLIENT_SECRET='your-client-secret'\nSSOJET_TOKEN_URL={{ token_url | dotenv }}\n",
    ),
    ("project/.gitignore.j2", ".env\n"),
    ("project/.gitattributes.j2", "* text=auto eol=lf\n"),
    (
        "project/package.txt.j2",
        "{{ name }} {{ client.version }} taken-by-a-dependency>=1\n",
    ),
    ("project/vectors.json.j2", "{{ essential_vectors() }}\n"),
    (
        "project/main.sh.j2",
        "#!/bin/sh\n# plain {{ catalog_version }}\necho \"asking for $SSOJET_SCOPE\"\n",
    ),
    (
        "guide.md.j2",
        "{% extends \"shared/guide.md.j2\" %}\n{% block service %}\n{{ part(\".ssojet-guide/service.sh\", \"service\") }}\n{% endblock %}\n",
    ),
    (
        "guide/service.sh.j2",
        "# guide: service\necho \"a service of {{ client.id }}\"\n# guide: end\n",
    ),
    ("prompt.md.j2", "- POSIX shell, checked by ShellCheck.\n"),
    (
        "clients/plain/traps.md.j2",
        "- {{ client.title }}: a limit is for one read.\n",
    ),
    ("clients/fancy/traps.md.j2", "- It follows redirects.\n"),
    (
        "clients/fancy/project/main.sh.j2",
        "#!/bin/sh\necho fancy\n",
    ),
];
