use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, Value, context,
    syntax::SyntaxConfig, value::Serde,
};
use serde::Serialize;

use super::{Arguments, CatalogError, Content, Files, Target, essential_vectors, plain::is_plain};
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
        let vectors_of = Arc::clone(files);
        environment.add_function("essential_vectors", move || {
            essential_vectors(&vectors_of)
                .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
        });
        environment.add_function("file", whole_file);
        environment.add_function("part", part_of_file);
        environment.add_function("lines", lines_of_file);
        environment.add_filter("dotenv", |value: &str| format!("'{value}'"));
        environment.add_filter("code", inline_code);
        environment.add_filter("shell", |value: Value| shell_lines(&value));
        environment.add_filter("last_command", |value: Value| {
            let lines = shell_lines(&value)?;
            Ok::<_, Error>(lines.lines().last().unwrap_or_default().to_owned())
        });
        environment.add_filter("host", |url: &str| {
            let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
            rest.split('/').next().unwrap_or(rest).to_owned()
        });
        Ok(Self {
            files: Arc::clone(files),
            environment,
            used,
        })
    }

    /// What a template of a project becomes. Most are program text without a tag, which is not even copied.
    ///
    /// # Errors
    /// As [`Renderer::render`].
    pub(super) fn content(&self, path: &str, context: &Value) -> Result<Content, CatalogError> {
        if let Some((bytes, sha256)) = self.files.plain(path) {
            self.note(path);
            return Ok(Content::Embedded { bytes, sha256 });
        }
        self.render(path, context).map(Content::Rendered)
    }

    /// The text of one template.
    ///
    /// # Errors
    /// When it cannot be parsed, or names what is not defined, with file and line.
    pub fn render(&self, path: &str, context: &Value) -> Result<String, CatalogError> {
        // Text without a tag is taken as it is, at a fraction of the cost.
        if let Ok(text) = self.files.text(path)
            && is_plain(text)
        {
            self.note(path);
            return Ok(text.to_owned());
        }
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

    fn note(&self, path: &str) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.insert(path.to_owned());
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

/// `{{ file("PATH") }}`: a file of the target, as a block of code.
fn whole_file(state: &State, path: &str) -> Result<String, Error> {
    let text = text_of_file(state, path)?;
    Ok(code_block(path, &text.lines().collect::<Vec<_>>()))
}

/// `{{ part("PATH", "NAME") }}`: what stands in the guide's code between the comments `guide: NAME` and `guide: end`.
fn part_of_file(state: &State, path: &str, name: &str) -> Result<String, Error> {
    let text = text_of_file(state, path)?;
    let lines: Vec<&str> = text.lines().collect();
    let marks = |line: &str, mark: &str| {
        let comment = line.split_once("guide: ").map(|(_, rest)| rest);
        comment.is_some_and(|rest| rest.split_whitespace().next() == Some(mark))
    };
    let first = lines.iter().position(|line| marks(line, name));
    let first = first.ok_or_else(|| not_in(path, &format!("guide: {name}")))?;
    let rest = &lines[first + 1..];
    let length = rest.iter().position(|line| marks(line, "end"));
    let length = length.ok_or_else(|| not_in(path, "guide: end"))?;
    Ok(code_block(path, &rest[..length]))
}

/// `{{ lines("PATH", "FIRST", "LAST") }}`: from the one line that holds a text to the next that holds another, or is
/// nothing but that bracket.
fn lines_of_file(state: &State, path: &str, first: &str, last: &str) -> Result<String, Error> {
    let text = text_of_file(state, path)?;
    let lines: Vec<&str> = text.lines().collect();
    let mut starts = (0..lines.len()).filter(|at| lines[*at].contains(first));
    let start = starts.next().ok_or_else(|| not_in(path, first))?;
    if starts.next().is_some() {
        let message = format!("`{first}` stands on more than one line of `{path}`");
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    }
    let rest = &lines[start..];
    // A closing bracket stands on many lines: alone, it means a line that is nothing else.
    let is_bracket = !last.contains(char::is_alphanumeric);
    let end = rest.iter().position(|line| {
        if is_bracket {
            *line == last
        } else {
            line.contains(last)
        }
    });
    let end = end.ok_or_else(|| not_in(path, last))?;
    Ok(code_block(path, &rest[..=end]))
}

fn text_of_file(state: &State, path: &str) -> Result<String, Error> {
    let files = state.lookup("files").unwrap_or_default();
    let text = files.get_attr(path).unwrap_or_default();
    let text = text.as_str().map(str::to_owned);
    text.ok_or_else(|| {
        let message = format!("the target has no file `{path}`");
        Error::new(ErrorKind::InvalidOperation, message)
    })
}

fn not_in(path: &str, text: &str) -> Error {
    let message = format!("`{text}` does not stand in `{path}`");
    Error::new(ErrorKind::InvalidOperation, message)
}

/// Lines as a block of Markdown without the indentation that all of them have. A file's ending is what readers of
/// Markdown know its language by.
fn code_block(path: &str, lines: &[&str]) -> String {
    let indentation = |line: &&str| line.len() - line.trim_start().len();
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    let common = filled.map(indentation).min().unwrap_or(0);
    let name = path.rsplit('/').next().unwrap_or(path);
    let language = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let lines = lines.iter().map(|line| line.get(common..).unwrap_or(""));
    let text = lines.collect::<Vec<_>>().join("\n");
    format!("```{language}\n{}\n```", text.trim_matches('\n'))
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
