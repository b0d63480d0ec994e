use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, context,
    syntax::SyntaxConfig, value::Serde,
};
use serde::Serialize;

use super::{Arguments, CatalogError, Files, Target, vectors};
use crate::system::shell;

/// The most instructions of the template engine that one file may take: the largest of ours takes some thousand, and
/// a loop without end is stopped within a second.
const MOST_INSTRUCTIONS: u64 = 5_000_000;
/// The most bytes that one file may have.
const MOST_OUTPUT: usize = 4 * 1024 * 1024;

/// A file's text while it is rendered.
#[derive(Default)]
struct BoundedOutput {
    bytes: Vec<u8>,
    is_full: bool,
}

impl io::Write for BoundedOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > MOST_OUTPUT {
            self.is_full = true;
            return Err(io::Error::other("too long"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Renders the templates of one catalogue, and remembers which files that took.
pub struct Renderer {
    files: Arc<Files>,
    environment: Environment<'static>,
    used: Arc<Mutex<BTreeSet<String>>>,
}

impl Renderer {
    /// A renderer that escapes nothing by itself, refuses what is undefined and keeps a file's last newline.
    ///
    /// # Errors
    /// Never in practice: when the syntax is refused.
    pub fn new(files: &Arc<Files>) -> Result<Self, CatalogError> {
        let used = Arc::new(Mutex::new(BTreeSet::new()));
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(MOST_INSTRUCTIONS));
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .map_err(|error| template_error(files, "", &error))?;
        environment.set_syntax(syntax);
        environment.set_loader(reader(files, &used));
        let read = reader(files, &used);
        environment.add_function("essential_vectors", move || {
            let text = read("vectors.json")?
                .ok_or_else(|| Error::new(ErrorKind::TemplateNotFound, "no `vectors.json`"))?;
            vectors::essential(&text)
                .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
        });
        environment.add_filter("dotenv", |value: &str| format!("'{value}'"));
        environment.add_filter("code", inline_code);
        environment.add_filter("shell", |value: Value| shell_lines(&value));
        Ok(Self {
            files: Arc::clone(files),
            environment,
            used,
        })
    }

    /// The text of one template.
    ///
    /// # Errors
    /// When it cannot be parsed, or names what is not defined, with file and line.
    pub fn render(&self, path: &str, context: &Value) -> Result<String, CatalogError> {
        let mut output = BoundedOutput::default();
        let rendered = self.environment.get_template(path).and_then(|template| {
            template
                .render_captured_to(context, &mut output)
                .map(|_| ())
        });
        if output.is_full {
            return Err(CatalogError::Template {
                path: self.files.shown(path),
                line: 0,
                message: format!("its text is longer than {MOST_OUTPUT} bytes"),
            });
        }
        rendered.map_err(|error| template_error(&self.files, path, &error))?;
        // The engine writes text alone.
        Ok(String::from_utf8(output.bytes).unwrap_or_default())
    }

    /// The same with a context of the caller's own shape.
    ///
    /// # Errors
    /// As [`Renderer::render`].
    pub(crate) fn render_with(
        &self,
        path: &str,
        context: &impl Serialize,
    ) -> Result<String, CatalogError> {
        self.render(path, &Value::from(Serde(context)))
    }

    /// The paths of all files read so far.
    pub fn used(&self) -> BTreeSet<String> {
        self.used
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// What every template of a target may use; `options` is a map of what the user chose.
pub fn context(target: &Target<'_>, version: &str, options: &impl Serialize) -> Value {
    let manifest = target.language().manifest();
    let client = target.client();
    context! {
        target => target.id(),
        catalog_version => version,
        language => context! { id => &*manifest.id, title => &*manifest.title },
        client => context! { id => &*client.id, title => &*client.title, version => &*client.version },
        steps => Value::from(Serde(&manifest.steps)),
        ..Value::from(Serde(options))
    }
}

type Reader = dyn Fn(&str) -> Result<Option<String>, Error> + Send + Sync;

fn reader(files: &Arc<Files>, used: &Arc<Mutex<BTreeSet<String>>>) -> Box<Reader> {
    let (files, used) = (Arc::clone(files), Arc::clone(used));
    Box::new(move |path| {
        if files.bytes(path).is_none() {
            return Ok(None);
        }
        used.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path.to_owned());
        let text = files
            .text(path)
            .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))?;
        Ok(Some(text.to_owned()))
    })
}

fn template_error(files: &Files, path: &str, error: &Error) -> CatalogError {
    let message = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    CatalogError::Template {
        path: files.shown(error.name().unwrap_or(path)),
        line: error.line().unwrap_or(0),
        message,
    }
}

/// Markdown's inline code for any text of one line: the fence is longer than any run of backticks in it.
fn inline_code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Argument lists as lines that a person can paste into a shell.
fn shell_lines(value: &Value) -> Result<String, Error> {
    let commands: Vec<Arguments> = serde::Deserialize::deserialize(value.clone())?;
    let lines: Vec<String> = commands
        .iter()
        .map(|command| shell::line(command))
        .collect();
    Ok(lines.join("\n"))
}
