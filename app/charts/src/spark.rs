//! The encryption mix of one bucket as a tiny bar, for a table cell of the overview page.

use model::inventory::EncryptionStatus;
use model::quantity::Objects;

use crate::ink::Ink;
use crate::parts::Mix;
use crate::rows::Fill;
use crate::sheet::{self, Drawn, Pen};

/// A bar of shares for a table cell, with its words as the title. An empty bar when there is no object.
#[must_use]
pub fn spark_mix(parts: &[(EncryptionStatus, Objects)]) -> String {
    const SIZE: (f64, f64) = (96.0, 12.0);
    let mix = Mix::of(parts);
    let title = if mix.total.is_zero() {
        "no objects".to_string()
    } else {
        format!("{} of objects", mix.words())
    };
    let drawn = sheet::spark(&title, SIZE, |pen| {
        pen.frame(Ink::Axis, (0.5, 0.5), (SIZE.0 - 0.5, SIZE.1 - 0.5))?;
        // No patterns here: a pattern needs an id, and a table has many bars.
        let plain = mix
            .parts
            .iter()
            .map(|part| {
                (
                    part.0,
                    Fill {
                        pattern: None,
                        ..part.1
                    },
                    part.2,
                )
            })
            .collect();
        Mix {
            parts: plain,
            total: mix.total,
        }
        .draw(pen, (0.0, SIZE.0), (0.0, SIZE.1))?;
        let done = mix
            .parts
            .iter()
            .filter(|part| part.0 == EncryptionStatus::SseKms)
            .map(|part| part.2)
            .sum();
        zigzag(pen, SIZE, mix.total, done)
    });
    drawn.unwrap_or_default()
}

/// Marks what is not under SSE-KMS, so that hue is not the only difference.
fn zigzag(pen: &Pen<'_, '_>, (width, height): (f64, f64), total: Objects, done: Objects) -> Drawn {
    const STEP: f64 = 3.0;
    let start = width * done.0 as f64 / (total.0 as f64).max(1.0);
    let count = ((width - start) / STEP) as u32;
    if total.is_zero() || count == 0 {
        return Ok(());
    }
    let at = |index: u32| {
        (
            start + f64::from(index) * STEP,
            if index.is_multiple_of(2) { height } else { 0.0 },
        )
    };
    pen.line(Ink::Break, &(0..=count).map(at).collect::<Vec<_>>())
}
