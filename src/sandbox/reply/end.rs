/// What becomes of the connection when a reply's bytes are out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum End {
    /// It is kept for the next request if both sides want it, or closed: what HTTP/1.1 does.
    #[default]
    Proper,
    /// It is closed in order (FIN).
    Close,
    /// It is aborted (RST).
    Reset,
    /// It stays open and silent until the client goes.
    Hang,
    /// Spaces follow the body for as long as the client takes them, at the body's pace. Up to
    /// 64 MiB, a bound that only protects the machine; then it hangs.
    Endless,
}
