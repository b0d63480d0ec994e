use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use ssojet_gen::sandbox::{Algorithm, Exchange, Outcome, Sandbox, Settings, SigningKey};

/// A sandbox on a free port; all share one key, for an RSA key takes long to make.
pub fn sandbox(change: impl FnOnce(&mut Settings)) -> Sandbox {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    let key = KEY.get_or_init(|| SigningKey::generate(Algorithm::default()).unwrap());
    let mut settings = Settings::with_key(key.clone()).unwrap();
    change(&mut settings);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    Sandbox::start(listener, settings).unwrap()
}

/// A sandbox with a script and all its places.
pub fn scripted(yaml: &str) -> Sandbox {
    sandbox(|settings| {
        settings.script = serde_yaml::from_str(yaml).unwrap();
        settings.extra_places = true;
    })
}

/// Waits until so many requests have come in.
pub fn wait_for_requests(sandbox: &Sandbox, count: usize) {
    while sandbox.journal().exchanges().len() < count {
        thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until the last exchange has ended, and gives it.
pub fn last_ended(sandbox: &Sandbox) -> Exchange {
    loop {
        let last = sandbox.journal().exchanges().pop().unwrap();
        if last.outcome != Outcome::Open {
            return last;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// A token request by `client_secret_post`.
pub fn token_request(sandbox: &Sandbox) -> String {
    let environment = sandbox.environment();
    let id = &environment["SSOJET_CLIENT_ID"];
    let secret = environment["SSOJET_CLIENT_SECRET"].replace('%', "%25");
    let body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    format!(
        "POST /oauth/token HTTP/1.1\r\nHost: sandbox\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A call of the protected API.
pub fn orders(token: &str) -> String {
    format!("GET /orders HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {token}\r\n\r\n")
}

/// Gets a token on a connection of its own.
pub fn token(sandbox: &Sandbox) -> String {
    let mut client = Client::connect(sandbox.address());
    client.send(&token_request(sandbox));
    let reply = client.reply();
    reply.json()["access_token"].as_str().unwrap().to_owned()
}

/// A connection that sends what it is told and reads what comes.
pub struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// What came in reply.
pub struct Answer {
    pub head: String,
    pub body: Vec<u8>,
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    Closed,
    Reset,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        // Only so that a broken sandbox fails the test instead of hanging it.
        let patience = Some(Duration::from_secs(60));
        stream.set_read_timeout(patience).unwrap();
        Self {
            stream,
            unread: Vec::new(),
        }
    }

    pub fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    /// Reads one reply with its `Content-Length`.
    pub fn reply(&mut self) -> Answer {
        let head = self.head();
        let length = field(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        while self.unread.len() < length {
            assert_eq!(self.fill(), None, "the body is cut: {head}");
        }
        let body = self.unread.drain(..length).collect();
        Answer { head, body }
    }

    pub fn head(&mut self) -> String {
        loop {
            let end = self.unread.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                let head = self.unread.drain(..end + 4).collect();
                return String::from_utf8(head).unwrap();
            }
            assert_eq!(self.fill(), None, "the head is cut");
        }
    }

    /// Reads to the end of the connection.
    pub fn rest(&mut self) -> (Vec<u8>, Ended) {
        loop {
            if let Some(ended) = self.fill() {
                return (std::mem::take(&mut self.unread), ended);
            }
        }
    }

    /// Reads until this many bytes have come since the last reply.
    pub fn wait_for(&mut self, bytes: usize) -> &[u8] {
        while self.unread.len() < bytes {
            assert_eq!(self.fill(), None, "after {} bytes", self.unread.len());
        }
        &self.unread
    }

    /// Whether nothing comes for so long.
    pub fn is_silent_for(&mut self, duration: Duration) -> bool {
        self.stream.set_read_timeout(Some(duration)).unwrap();
        let error = self.stream.read(&mut [0]).unwrap_err();
        matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
    }

    /// Drops what was read so far.
    pub fn forget(&mut self) {
        self.unread.clear();
    }

    fn fill(&mut self) -> Option<Ended> {
        let mut block = vec![0; 64 * 1024];
        match self.stream.read(&mut block) {
            Ok(0) => Some(Ended::Closed),
            Ok(count) => {
                self.unread.extend(&block[..count]);
                None
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Some(Ended::Reset),
            Err(error) => panic!("{error}"),
        }
    }
}

impl Answer {
    pub fn status(&self) -> u16 {
        self.head[9..12].parse().unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        field(&self.head, name)
    }
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}
