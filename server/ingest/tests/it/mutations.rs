//! Bytes flipped and files cut at random, with checksums that fit: whatever comes of it, nothing panics and nothing hangs.

use crate::support::Copy;
use std::fs;

/// A small generator of repeatable numbers (Marsaglia, "Xorshift RNGs", 2003).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn mutate(&mut self, content: &[u8]) -> Vec<u8> {
        let mut content = content.to_vec();
        match self.roll(4) {
            0 => content.truncate(self.roll(content.len())),
            1 => {
                let at = self.roll(content.len());
                content.drain(at..(at + 1 + self.roll(16)).min(content.len()));
            }
            _ => {
                for _ in 0..=self.roll(4) {
                    let at = self.roll(content.len());
                    content[at] ^= 1 << self.roll(8);
                }
            }
        }
        content
    }
}

#[test]
fn broken_data_files_never_panic() {
    for (name, end, rounds) in [
        ("csv", ".csv.gz", 60),
        ("orc", ".orc", 60),
        ("parquet", ".parquet", 60),
    ] {
        let copy = Copy::of(&format!("all-versions/{name}"));
        let path = copy.file(end);
        let good = fs::read(&path).unwrap();
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        for _ in 0..rounds {
            copy.write_file(&path, &dice.mutate(&good));
            // Some changes hit what is not read; all that matters is that an answer comes back.
            let _answer = copy.import();
        }
    }
}

#[test]
fn broken_manifests_never_panic() {
    for name in ["csv", "orc", "parquet"] {
        let copy = Copy::of(&format!("current-only/{name}"));
        let good = fs::read(copy.file("manifest.json")).unwrap();
        let mut dice = Dice(0x2545_f491_4f6c_dd1d);
        for _ in 0..150 {
            copy.write_manifest(&dice.mutate(&good));
            let _answer = copy.import();
        }
    }
}
