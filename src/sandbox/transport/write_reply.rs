use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use super::super::Reply;
use super::super::journal::Outcome;
use super::super::reply::{End, Extent, Framing};
use super::connection::{Connection, Gone};
use super::message;
use super::socket::Socket;

/// The most that follows an endless body, in bytes.
const ENDLESS: usize = 64 * 1024 * 1024;
const BLOCK: usize = 64 * 1024;

impl<S: Socket> Connection<S> {
    /// Writes a reply and does what it wants done with the connection, but for closing it.
    pub(super) async fn write_reply(
        &mut self,
        reply: &Reply,
        keeps: bool,
        head_only: bool,
    ) -> Outcome {
        match self.try_write_reply(reply, keeps, head_only).await {
            Ok(outcome) => outcome,
            Err(Gone) => Outcome::ClientGone,
        }
    }

    async fn try_write_reply(
        &mut self,
        reply: &Reply,
        keeps: bool,
        head_only: bool,
    ) -> Result<Outcome, Gone> {
        self.wait(reply.pace.delay).await?;
        if reply.extent != Extent::Nothing {
            let closes = reply.end == End::Close || (reply.end == End::Proper && !keeps);
            let mut head = message::head(reply, closes);
            let mut body = if head_only {
                Vec::new()
            } else {
                message::body(reply)
            };
            if reply.pace.head == reply.pace.body {
                // In one write, so that a good reply is one packet and a dripped one never halts.
                head.append(&mut body);
            }
            self.send(&head, reply.pace.head).await?;
            self.send(&body, reply.pace.body).await?;
        }
        match reply.end {
            End::Proper | End::Close if reply.is_whole() => Ok(Outcome::Answered),
            End::Proper | End::Close => Ok(Outcome::Cut),
            End::Reset => {
                // Without the option the client sees an early end instead: a fault all the same.
                let _ = self.stream.abort_on_drop();
                Ok(Outcome::Reset)
            }
            End::Hang => Err(self.until_gone().await),
            End::Endless => Err(self.send_for_ever(reply).await),
        }
    }

    async fn send_for_ever(&mut self, reply: &Reply) -> Gone {
        let size = if reply.pace.body.is_some() { 1 } else { BLOCK };
        let spaces = vec![b' '; size];
        let block = match reply.framing {
            Framing::Chunked => message::chunk(&spaces),
            _ => spaces,
        };
        for _ in 0..ENDLESS / size {
            let sent = self.send(&block, None).await;
            let waited = match reply.pace.body {
                Some(gap) if sent.is_ok() => self.wait(gap).await,
                _ => sent,
            };
            if waited.is_err() {
                return Gone;
            }
        }
        self.until_gone().await
    }

    async fn send(&mut self, bytes: &[u8], gap: Option<Duration>) -> Result<(), Gone> {
        let Some(gap) = gap else {
            self.stream.write_all(bytes).await.map_err(|_| Gone)?;
            return self.stream.flush().await.map_err(|_| Gone);
        };
        for byte in bytes {
            self.stream.write_all(&[*byte]).await.map_err(|_| Gone)?;
            self.stream.flush().await.map_err(|_| Gone)?;
            self.wait(gap).await?;
        }
        Ok(())
    }
}
