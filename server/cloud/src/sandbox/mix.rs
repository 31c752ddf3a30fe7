//! Deterministic numbers for the simulated account: everything in it follows from names and one seed. Called by the
//! generator, by generated bodies and by the fault plan. Not for secrets.

/// Step of splitmix64 (S. Vigna, "splitmix64.c", 2015).
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finisher of splitmix64: neighbouring inputs give unrelated outputs.
pub(super) const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(STEP);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A number that stands for a list of words.
pub(super) fn name(words: &[&str]) -> u64 {
    words.iter().fold(STEP, |seed, word| {
        let folded = word.bytes().fold(seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        mix(folded)
    })
}

/// A sequence of numbers from a seed.
#[derive(Clone, Debug)]
pub(super) struct Sequence {
    state: u64,
}

impl Sequence {
    pub(super) const fn from(seed: u64) -> Self {
        Self { state: seed }
    }

    pub(super) const fn next(&mut self) -> u64 {
        let number = mix(self.state);
        self.state = self.state.wrapping_add(STEP);
        number
    }

    /// A number below `end`; 0 when `end` is 0.
    pub(super) const fn below(&mut self, end: u64) -> u64 {
        let number = self.next();
        if end == 0 { 0 } else { number % end }
    }

    /// True in so many of a hundred cases.
    pub(super) const fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// One of a list.
    pub(super) fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        let index = usize::try_from(self.below(list.len() as u64)).unwrap_or(0);
        list[index]
    }

    /// One of a list with weights.
    pub(super) fn weighted<T: Copy>(&mut self, list: &[(T, u64)]) -> T {
        let total = list.iter().map(|(_, weight)| weight).sum();
        let mut rest = self.below(total);
        for (value, weight) in list {
            if rest < *weight {
                return *value;
            }
            rest -= weight;
        }
        list[0].0
    }
}

/// Fills `out` with the bytes that begin at `offset` of the body that the seed stands for.
pub(super) fn fill(seed: u64, offset: u64, out: &mut [u8]) {
    for (position, byte) in (offset..).zip(out.iter_mut()) {
        let word = mix(seed ^ mix(position / 8)).to_le_bytes();
        *byte = word[usize::try_from(position % 8).unwrap_or(0)];
    }
}

/// Text of 32 letters and digits, as S3 writes version ids.
pub(super) fn version_id(seed: u64) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
    let mut sequence = Sequence::from(seed);
    (0..32).map(|_| char::from(sequence.one_of(LETTERS))).collect()
}

/// The shape of a UUID, as KMS writes key ids.
pub(super) fn uuid(seed: u64) -> String {
    let (high, low) = (mix(seed), mix(seed ^ STEP));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_the_same_from_any_offset() {
        let mut whole = [0; 64];
        fill(7, 0, &mut whole);
        let mut part = [0; 20];
        fill(7, 13, &mut part);
        assert_eq!(part, whole[13..33]);
    }
}
