//! Ticks at round values, and how they are written.

/// A scale with few ticks at round values that begins and ends at a tick.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    /// Round values from the lowest to the highest; at least two.
    pub(crate) ticks: Vec<f64>,
    /// Distance between them.
    pub(crate) step: f64,
}

impl Scale {
    /// The scale around `low` to `high` with at most `spaces` spaces, each 1, 2 or 5 times a power of ten wide.
    pub(crate) fn around(low: f64, high: f64, spaces: u32) -> Self {
        let largest = low.abs().max(high.abs()).max(1e-9);
        // Narrower than this, neighbouring ticks would be the same number.
        let span = (high - low).max(largest * 1e-6);
        let high = low + span;
        let mut step = 10f64.powf((span / f64::from(spaces.max(1))).log10().floor());
        for factor in [2.0, 2.5, 2.0, 2.0, 2.5] {
            if (high / step).ceil() - (low / step).floor() <= f64::from(spaces) {
                break;
            }
            step *= factor;
        }
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let count = ((last - first) as u32).clamp(1, spaces.max(1) * 2);
        Self {
            ticks: (0..=count)
                .map(|index| (first + f64::from(index)) * step)
                .collect(),
            step,
        }
    }

    /// The scale from zero.
    pub(crate) fn from_zero(high: f64, spaces: u32) -> Self {
        Self::around(0.0, if high > 0.0 { high } else { 1.0 }, spaces)
    }

    /// Lowest and highest value.
    pub(crate) fn range(&self) -> (f64, f64) {
        (
            self.ticks.first().copied().unwrap_or(0.0),
            self.ticks.last().copied().unwrap_or(1.0),
        )
    }

    /// Writes ticks with one suffix and as many decimals as the step needs.
    pub(crate) fn writer(&self) -> Writer {
        let (low, high) = self.range();
        let largest = low.abs().max(high.abs());
        let (divisor, suffix) = match largest {
            1e13.. => (1e12, " T"),
            1e10.. => (1e9, " B"),
            1e7.. => (1e6, " M"),
            1e4.. => (1e3, " k"),
            _ => (1.0, ""),
        };
        let mut decimals = 0;
        let mut step = self.step / divisor;
        while decimals < 6 && (step - step.round()).abs() > step * 1e-6 {
            step *= 10.0;
            decimals += 1;
        }
        Writer {
            divisor,
            suffix,
            decimals,
        }
    }
}

/// How the ticks of one axis are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer {
    divisor: f64,
    suffix: &'static str,
    decimals: usize,
}

impl Writer {
    /// A number: `1,500`, `20 k`.
    pub(crate) fn number(self, value: f64) -> String {
        if value == 0.0 {
            return "0".to_string();
        }
        let sign = if value < 0.0 { "-" } else { "" };
        format!("{sign}{}{}", self.digits(value), self.suffix)
    }

    /// Dollars: `$240`, `$48.2k`.
    pub(crate) fn dollars(self, value: f64) -> String {
        if value == 0.0 {
            return "$0".to_string();
        }
        let sign = if value < 0.0 { "-" } else { "" };
        format!("{sign}${}{}", self.digits(value), self.suffix.trim_start())
    }

    fn digits(self, value: f64) -> String {
        let text = format!("{:.*}", self.decimals, value.abs() / self.divisor);
        let (whole, fraction) = text
            .split_once('.')
            .map_or((text.as_str(), ""), |(whole, rest)| (whole, rest));
        let grouped = whole
            .parse::<u64>()
            .map_or_else(|_| whole.to_string(), model::format::grouped);
        if fraction.is_empty() {
            grouped
        } else {
            format!("{grouped}.{fraction}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        for (low, high, spaces, expected) in [
            (0.0, 247.86, 4, "$0 $100 $200 $300"),
            (238.0, 252.0, 4, "$235 $240 $245 $250 $255"),
            (0.0, 0.062, 4, "$0 $0.02 $0.04 $0.06 $0.08"),
            (0.0, 48_211.0, 5, "$0 $10k $20k $30k $40k $50k"),
            (-3.0, 7.0, 5, "-$5 $0 $5 $10"),
        ] {
            let scale = Scale::around(low, high, spaces);
            let writer = scale.writer();
            let text: Vec<_> = scale.ticks.iter().map(|tick| writer.dollars(*tick)).collect();
            assert_eq!(text.join(" "), expected);
        }
    }

    #[test]
    fn a_scale_without_extent_still_has_one() {
        for value in [0.0, 5.0, -5.0, 1e29, -1e29, 1e-12] {
            let (low, high) = Scale::around(value, value, 4).range();
            assert!(
                low < high && low <= value && value <= high,
                "{value}: {low} to {high}"
            );
        }
        assert_eq!(Scale::from_zero(0.0, 4).range(), (0.0, 1.0));
    }
}
