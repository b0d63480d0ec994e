/// How much of a reply goes out before its [`End`](super::End).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Extent {
    /// Head and body.
    #[default]
    Whole,
    /// The head and this many bytes of the body, counted before transfer codings. The body is left
    /// unfinished, however short it is.
    Body(usize),
    /// Not one byte.
    Nothing,
}
