use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::reply::{Extent, Framing};
use super::super::{Place, Reply, Request};
use super::{Mask, Outcome};

/// One request, what was replied, and when. The fields are as they went over the wire; `Display`
/// (one line), [`Exchange::render`] and `Debug` show no secret and no token.
#[derive(Clone)]
pub struct Exchange {
    /// Counted from 1.
    pub number: usize,
    /// Where the request came in.
    pub place: Place,
    /// When it had been read to its end and nothing was replied yet, since the sandbox started. The
    /// pause that a client makes is never longer than that from one `at` to the next.
    pub at: Duration,
    /// When the exchange ended, since the sandbox started. It may be noted a little after the client
    /// saw the end.
    pub ended_at: Option<Duration>,
    /// The request; without a method if it was no HTTP/1.1.
    pub request: Arc<Request>,
    /// The reply as it was meant.
    pub reply: Arc<Reply>,
    /// How it ended.
    pub outcome: Outcome,
    /// The number of the token that the request bears, if the sandbox issued it.
    pub bears: Option<usize>,
    /// The number of the token that the reply issues.
    pub issues: Option<usize>,
    pub(crate) mask: Arc<Mask>,
}

impl Exchange {
    /// The bytes of both bodies, and of what the client sent beside its own.
    pub(super) fn size(&self) -> usize {
        let headers = self.request.headers.iter();
        let headers: usize = headers.map(|(name, value)| name.len() + value.len()).sum();
        headers + self.request.target.len() + self.request.body.len() + self.reply.body.len()
    }

    /// The status of the reply; `None` if the reply is none, or no HTTP.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let bare = self.reply.framing == Framing::Bare || self.reply.extent == Extent::Nothing;
        (!bare).then_some(self.reply.status)
    }

    /// Request and reply in full, on many lines, without secrets, tokens and control characters.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = format!("{self}\n");
        let request = &self.request;
        let target = self.mask.target(&request.target);
        let line = format!("{} {target} HTTP/1.1", self.mask.text(&request.method));
        self.render_message(&mut text, '>', &line, &request.headers, &request.body);
        let line = match self.status() {
            Some(status) => format!("HTTP/1.1 {status}"),
            None => "(no HTTP)".to_owned(),
        };
        let (headers, body) = match self.reply.extent {
            Extent::Whole => (&self.reply.headers[..], &self.reply.body[..]),
            Extent::Body(sent) => {
                let sent = sent.min(self.reply.body.len());
                (&self.reply.headers[..], &self.reply.body[..sent])
            }
            Extent::Nothing => (&[][..], &[][..]),
        };
        self.render_message(&mut text, '<', &line, headers, body);
        text
    }

    /// What `Display` shows, for programs: an object of plain members, times in seconds.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "schema": 1,
            "number": self.number,
            "place": self.place.name(),
            "at": self.at.as_secs_f64(),
            "ended_at": self.ended_at.map(|time| time.as_secs_f64()),
            "method": self.mask.text(&self.request.method),
            "target": self.mask.target(&self.request.target),
            "status": self.status(),
            "outcome": self.outcome.name(),
            "bears_token": self.bears,
            "issues_token": self.issues,
            "complaint": self.complaint(),
        })
    }

    fn render_message(
        &self,
        text: &mut String,
        margin: char,
        first: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) {
        let mut line = |content: &str| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{margin} {content}");
        };
        line(first);
        for (name, value) in headers {
            line(&format!(
                "{}: {}",
                self.mask.text(name),
                self.mask.header(name, value)
            ));
        }
        if !body.is_empty() {
            line("");
            line(&self.mask.body(body));
        }
    }

    /// What a reply says is wrong: its `error` and `error_description`.
    fn complaint(&self) -> Option<String> {
        if self.status()? < 400 {
            return None;
        }
        let body: Value = serde_json::from_slice(&self.reply.body).ok()?;
        let error = body.get("error")?.as_str()?;
        let text = match body.get("error_description").and_then(|d| d.as_str()) {
            Some(description) => format!("{error}: {description}"),
            None => error.to_owned(),
        };
        Some(self.mask.text(&text))
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:>9.3} s  ", self.at.as_secs_f64())?;
        if self.place != Place::Origin {
            write!(formatter, "[{}] ", self.place.name())?;
        }
        if self.request.method.is_empty() {
            formatter.write_str("(no HTTP/1.1 request)")?;
        } else {
            let method = self.mask.text(&self.request.method);
            let target = self.mask.target(&self.request.target);
            write!(formatter, "{method} {target}")?;
        }
        match self.status() {
            Some(status) => write!(formatter, "  {status}")?,
            None => formatter.write_str("  -")?,
        }
        let remarks = [
            self.bears.map(|number| format!("bears token {number}")),
            self.issues.map(|number| format!("issues token {number}")),
            self.complaint(),
            self.outcome.remark().map(str::to_owned),
        ];
        let remarks: Vec<String> = remarks.into_iter().flatten().collect();
        if !remarks.is_empty() {
            write!(formatter, "  {}", remarks.join("; "))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Exchange({self})")
    }
}
