use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// Reads a map as `W` and turns it into a `T`, so that what `T` complains about is told with the
/// map's place in the file: derived code would complain when the reader has gone on.
pub(super) fn checked<'de, D, W, T>(source: D, expecting: &'static str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    W: Deserialize<'de>,
    T: TryFrom<W, Error: fmt::Display>,
{
    source.deserialize_map(Checked {
        expecting,
        types: PhantomData::<(W, T)>,
    })
}

struct Checked<W, T> {
    expecting: &'static str,
    types: PhantomData<(W, T)>,
}

impl<'de, W, T> Visitor<'de> for Checked<W, T>
where
    W: Deserialize<'de>,
    T: TryFrom<W, Error: fmt::Display>,
{
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.expecting)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let written = W::deserialize(MapAccessDeserializer::new(map))?;
        T::try_from(written).map_err(A::Error::custom)
    }
}
