use serde::{Deserialize, Deserializer};

/// What is said of something that may be there: nothing at all, that it is not there (`~`), or what it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wanted<T> {
    /// Nothing is said.
    #[default]
    Any,
    /// It must not be there.
    Absent,
    /// It must be this.
    Is(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Wanted<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let value = Option::deserialize(source)?;
        Ok(value.map_or(Self::Absent, Self::Is))
    }
}
