//! Text in a drawing: its width by a table of Inter's advance widths, the same on server and browser, and its escaping.

/// Size of all text in a drawing, in its own units.
pub(crate) const FONT_PX: f64 = 12.0;

/// Distance from one line of text to the next.
pub(crate) const LINE_PX: f64 = 15.0;

/// Advance widths of U+0020 to U+007E in thousandths of an em: Inter 4.1 at weight 400, optical size 14; figures have
/// the width that they share when they are tabular.
#[rustfmt::skip]
const ADVANCES: [u16; 95] = [
    281, 288, 466, 633, 642, 982, 644, 300, 365, 365, 501, 662, 288, 460, 288, 360, 646, 646, 646, 646, 646, 646, 646,
    646, 646, 646, 288, 302, 662, 662, 662, 511, 966, 690, 654, 730, 722, 601, 590, 746, 743, 269, 571, 672, 565, 903,
    753, 765, 639, 765, 644, 642, 646, 744, 690, 985, 682, 679, 629, 365, 360, 365, 471, 456, 323, 562, 612, 571, 612,
    583, 370, 613, 591, 242, 242, 549, 242, 876, 591, 600, 612, 612, 376, 528, 327, 591, 562, 818, 546, 562, 552, 426,
    333, 426, 662,
];

/// Width of a text in units of the drawing; a little generous, so that bold text fits too.
pub(crate) fn width(text: &str) -> f64 {
    let thousandths: u64 = text.chars().map(advance).sum();
    thousandths as f64 / 1000.0 * FONT_PX * 1.04
}

fn advance(letter: char) -> u64 {
    match letter {
        ' '..='~' => u64::from(ADVANCES[letter as usize - 0x20]),
        '\u{a0}' | '·' => 285,
        '\u{80}'..='\u{24f}' => 650,
        _ => 1000,
    }
}

/// Breaks a text between words into lines no wider than `limit`; a longer word keeps a line of its own.
pub(crate) fn wrap(text: &str, limit: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + width(" ") + width(word) <= limit => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

/// Appends a text so that it can stand between tags and in attributes; letters that XML forbids are left out.
pub(crate) fn escape(text: &str, into: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => into.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_measured() {
        let mut out = String::new();
        escape("a<b>&\"c\"\u{0}", &mut out);
        assert_eq!(out, "a&lt;b&gt;&amp;&quot;c&quot;");
        assert!(width("1111") == width("8888"), "figures are tabular");
        assert!(width("–") < 20.0);
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(
            wrap("SSE-KMS with a Bucket Key", 90.0),
            ["SSE-KMS with", "a Bucket Key"]
        );
        assert_eq!(wrap("", 90.0), Vec::<String>::new());
    }
}
