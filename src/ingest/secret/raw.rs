//! The one owner of raw values.

use std::fmt;

use zeroize::Zeroize;

/// Bytes of a chunk; a longer value gets a chunk of its own.
const CHUNK: usize = 64 << 10;

/// Raw values, wiped when they are dropped (rule S81). There is no `Display`, no `Serialize`
/// and no `Clone`, and `Debug` prints none of them.
///
/// They stand in chunks that never grow, so that none is copied and left behind, and a
/// hundred thousand of them cost no more than their bytes and twelve more each.
#[derive(Default)]
pub(super) struct RawSecrets {
    chunks: Vec<Vec<u8>>,
    places: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    chunk: u32,
    start: u32,
    len: u32,
}

impl RawSecrets {
    /// Adds a value; values beyond four thousand million bytes do not fit limit L2.
    pub(super) fn push(&mut self, value: &[u8]) {
        let fits = self
            .chunks
            .last()
            .is_some_and(|chunk| chunk.capacity() - chunk.len() >= value.len());
        if !fits {
            self.chunks.push(Vec::with_capacity(value.len().max(CHUNK)));
        }
        let index = self.chunks.len() - 1;
        let Some(chunk) = self.chunks.last_mut() else {
            return;
        };
        let numbers = (
            u32::try_from(index),
            u32::try_from(chunk.len()),
            u32::try_from(value.len()),
        );
        if let (Ok(chunk_index), Ok(start), Ok(len)) = numbers {
            chunk.extend_from_slice(value);
            self.places.push(Place {
                chunk: chunk_index,
                start,
                len,
            });
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The value at an index; empty beyond the last.
    pub(super) fn get(&self, index: usize) -> &[u8] {
        let value = self.places.get(index).and_then(|place| {
            let wide = |n: u32| usize::try_from(n).ok();
            let start = wide(place.start)?;
            let chunk = self.chunks.get(wide(place.chunk)?)?;
            chunk.get(start..start.checked_add(wide(place.len)?)?)
        });
        value.unwrap_or_default()
    }
}

impl Drop for RawSecrets {
    fn drop(&mut self) {
        self.chunks.iter_mut().for_each(Zeroize::zeroize);
    }
}

impl fmt::Debug for RawSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹secret›")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were_given() {
        let mut raw = RawSecrets::default();
        let values: Vec<Vec<u8>> = (0..3000_u32)
            .map(|i| {
                format!("value-{i}")
                    .repeat(1 + usize::try_from(i % 9).unwrap())
                    .into_bytes()
            })
            .chain([vec![b'x'; CHUNK + 1], Vec::new(), b"last".to_vec()])
            .collect();
        for value in &values {
            raw.push(value);
        }
        assert_eq!(raw.len(), values.len());
        for (index, value) in values.iter().enumerate() {
            assert_eq!(raw.get(index), value.as_slice());
        }
        assert!(raw.get(values.len()).is_empty());
    }

    #[test]
    fn secrets_rule_081_debug_prints_nothing_of_them() {
        let mut raw = RawSecrets::default();
        raw.push(b"ghx_0123456789");
        assert_eq!(format!("{raw:?}"), "‹secret›");
    }
}
