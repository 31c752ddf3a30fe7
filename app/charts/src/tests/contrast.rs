//! The style sheet's colours can be read in both themes: text at 4.5 : 1, graphics at 3 : 1 (WCAG 2.2, 1.4.3 and
//! 1.4.11); and it knows every class that a chart writes.

use std::collections::BTreeMap;

use super::all;

const STYLE: &str = include_str!("../../../../style/rekey.css");

/// Every text, and the grounds it stands on.
const TEXTS: [(&str, &[&str]); 9] = [
    (
        "ink",
        &[
            "ground",
            "raised",
            "sunken",
            "accent-soft",
            "good-soft",
            "watch-soft",
            "stop-soft",
        ],
    ),
    ("ink", &["heat-1", "heat-2", "heat-3", "watch-fill"]),
    ("quiet", &["ground", "raised", "sunken", "accent-soft"]),
    ("accent", &["ground", "raised", "sunken", "accent-soft"]),
    ("good", &["raised", "good-soft"]),
    ("watch", &["raised", "watch-soft"]),
    ("stop", &["ground", "raised", "sunken", "stop-soft"]),
    ("on-accent", &["accent", "accent-strong"]),
    ("on-stop", &["stop"]),
];

const GRAPHICS: [&str; 7] = [
    "control", "series-1", "series-2", "series-3", "series-4", "series-5", "series-6",
];

/// Tokens as `[light, dark]`, each as red, green and blue.
fn tokens() -> BTreeMap<&'static str, [[u8; 3]; 2]> {
    let tokens = STYLE.lines().filter_map(|line| {
        let (name, value) = line.trim().strip_prefix("--")?.split_once(": light-dark(")?;
        let (light, dark) = value.strip_suffix(");")?.split_once(", ")?;
        Some((name, [hex(light)?, hex(dark)?]))
    });
    tokens.collect()
}

fn hex(text: &str) -> Option<[u8; 3]> {
    let channel = |from: usize| u8::from_str_radix(text.strip_prefix('#')?.get(from..from + 2)?, 16).ok();
    Some([channel(0)?, channel(2)?, channel(4)?])
}

/// Relative luminance (WCAG 2.2, definitions).
fn luminance(color: [u8; 3]) -> f64 {
    let [red, green, blue] = color.map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn assert_contrast(front: &str, back: &str, least: f64) {
    let tokens = tokens();
    for (theme, index) in [("light", 0), ("dark", 1)] {
        let found = contrast(tokens[front][index], tokens[back][index]);
        assert!(found >= least, "{front} on {back}, {theme}: {found:.2} : 1");
    }
}

#[test]
fn text_and_graphics_stand_out_in_both_themes() {
    for (text, grounds) in TEXTS {
        grounds
            .iter()
            .for_each(|ground| assert_contrast(text, ground, 4.5));
    }
    for graphic in GRAPHICS {
        ["ground", "raised", "sunken"]
            .iter()
            .for_each(|ground| assert_contrast(graphic, ground, 3.0));
    }
}

#[test]
fn every_class_of_a_chart_has_a_style() {
    for chart in all() {
        for classes in chart.svg.split("class=\"").skip(1) {
            for class in classes.split('"').next().unwrap_or_default().split(' ') {
                // Text is styled as such; its class is for tests and scripts.
                assert!(
                    class == "label" || STYLE.contains(&format!(".{class}")),
                    "{class}"
                );
            }
        }
    }
}
