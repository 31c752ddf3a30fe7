//! Headroom: for each Region, today's KMS requests, those of the planned steady state and those of the migration,
//! stacked against the quota. For the quotas page. Bars are in percent of their own quota, so that the quota is one
//! line down the chart and Regions with different quotas compare; the words beside them give requests per second.

mod told;

use model::format::{rate, rate_number};
use model::inventory::Region;
use model::quantity::RequestsPerSecond;
use plotters::style::text_anchor::HPos;

use crate::axis::Scale;
use crate::chart::{Chart, Empty};
use crate::figures::{per_second, sentence};
use crate::ink::Ink;
use crate::rows::{self, BAR_PX, Fill, Key};
use crate::sheet::{self, Drawn, Layout, Pen, Told};

/// The load of one Region. Each part is what is added to the parts before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadroomRow {
    /// Region; the quota is of one account in it.
    pub region: Region,
    /// Peak of the KMS requests that are made today.
    pub baseline: RequestsPerSecond,
    /// What SSE-KMS adds for good.
    pub planned: RequestsPerSecond,
    /// What the migration adds while it runs.
    pub migration: RequestsPerSecond,
    /// The quota; nothing when it is not known.
    pub quota: Option<RequestsPerSecond>,
}

impl HeadroomRow {
    fn load(&self) -> RequestsPerSecond {
        self.baseline + self.planned + self.migration
    }

    /// By how much the load is over the quota.
    fn over(&self) -> Option<RequestsPerSecond> {
        let over = self.load().saturating_sub(self.quota?);
        (over > RequestsPerSecond::ZERO).then_some(over)
    }

    /// Load in parts of the quota.
    fn fullness(&self, part: RequestsPerSecond) -> Option<f64> {
        let quota = per_second(self.quota?);
        if part == RequestsPerSecond::ZERO {
            return Some(0.0);
        }
        Some(if quota > 0.0 {
            per_second(part) / quota
        } else {
            f64::MAX
        })
    }

    /// What is left or lacking, as the reader must see it.
    fn verdict(&self) -> String {
        match (self.quota, self.over()) {
            (None, _) => "quota not known".to_string(),
            (Some(_), Some(over)) => format!("▲ over quota by {}/s", rate_number(over)),
            (Some(quota), None) => format!("headroom {}/s", rate_number(quota.saturating_sub(self.load()))),
        }
    }
}

/// What [`headroom`] draws.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadroomInput {
    /// Regions in the order in which they are shown.
    pub rows: Vec<HeadroomRow>,
}

const BASELINE: Fill = Fill {
    ink: Ink::Series5,
    pattern: None,
};
const PLANNED: Fill = Fill {
    ink: Ink::Series1,
    pattern: Some(Ink::Stripes),
};
const MIGRATION: Fill = Fill {
    ink: Ink::Series2,
    pattern: Some(Ink::Dots),
};
const OVER: Fill = Fill {
    ink: Ink::Over,
    pattern: Some(Ink::Cross),
};

/// Bars longer than this many quotas are cut, with a mark; the words beside them stay exact.
const LONGEST: f64 = 4.0;

/// Draws the load of each Region against its quota.
///
/// # Errors
/// When there is no Region.
pub fn headroom(id: &str, input: &HeadroomInput) -> Result<Chart, Empty> {
    if input.rows.is_empty() {
        return Err(Empty::NoFigures);
    }
    let summary = sentence(&told::summary(&input.rows));
    let about = Told {
        id,
        title: "KMS requests against the quota, by Region",
        summary: &summary,
    };
    let fullest = input
        .rows
        .iter()
        .filter_map(|row| row.fullness(row.load()))
        .fold(0.0, f64::max);
    let scale = Scale::from_zero((fullest.min(LONGEST) * 103.0).max(115.0), 5);
    let height = |layout| Geometry::of(layout, &scale).bottom(input.rows.len()) + 38.0;
    let svg = sheet::sheets(&about, height, |pen, layout| {
        draw(pen, layout, &input.rows, &scale)
    })?;
    Ok(Chart {
        svg,
        summary,
        table: told::table(&input.rows),
    })
}

/// Where things stand.
struct Geometry {
    bar: (f64, f64),
    highest: f64,
    row_height: f64,
    bar_offset: f64,
}

impl Geometry {
    const TOP: f64 = 48.0;

    fn of(layout: Layout, scale: &Scale) -> Self {
        Self {
            bar: rows::bar_extent(layout, layout.pick(204.0, 18.0)),
            highest: scale.range().1 / 100.0,
            row_height: layout.pick(46.0, 90.0),
            bar_offset: layout.pick(10.0, 30.0),
        }
    }

    fn x(&self, quotas: f64) -> f64 {
        self.bar.0 + (self.bar.1 - self.bar.0) * (quotas / self.highest).clamp(0.0, 1.0)
    }

    fn bar_top(&self, row: usize) -> f64 {
        Self::TOP + row as f64 * self.row_height + self.bar_offset
    }

    fn bottom(&self, rows: usize) -> f64 {
        Self::TOP + rows as f64 * self.row_height + 4.0
    }
}

fn draw(pen: &Pen<'_, '_>, layout: Layout, rows: &[HeadroomRow], scale: &Scale) -> Drawn {
    let place = Geometry::of(layout, scale);
    let key = |fill, text: &str| Key {
        fill,
        text: text.to_string(),
    };
    let keys = [
        key(BASELINE, "today"),
        key(PLANNED, "planned, for good"),
        key(MIGRATION, "migration"),
    ];
    rows::keys(pen, (place.bar.0, 10.0), &keys)?;
    let bottom = place.bottom(rows.len());
    for tick in &scale.ticks {
        let x = place.x(tick / 100.0);
        pen.line(Ink::Grid, &[(x, Geometry::TOP), (x, bottom)])?;
        pen.text(
            Ink::Label,
            HPos::Center,
            (x, bottom + 10.0),
            &format!("{tick:.0} %"),
        )?;
    }
    pen.line(Ink::Axis, &[(place.bar.0, bottom), (place.bar.1, bottom)])?;
    pen.text(
        Ink::Quiet,
        HPos::Left,
        (place.bar.0, bottom + 28.0),
        "KMS requests in percent of the quota",
    )?;
    pen.text(Ink::Strong, HPos::Center, (place.x(1.0), 32.0), "quota")?;
    for (index, row) in rows.iter().enumerate() {
        bar(pen, &place, row, place.bar_top(index))?;
        words(pen, layout, &place, row, place.bar_top(index))?;
    }
    Ok(())
}

fn bar(pen: &Pen<'_, '_>, place: &Geometry, row: &HeadroomRow, top: f64) -> Drawn {
    let limit = place.x(1.0);
    let mut load = RequestsPerSecond::ZERO;
    for (fill, added) in [
        (BASELINE, row.baseline),
        (PLANNED, row.planned),
        (MIGRATION, row.migration),
    ] {
        let (Some(from), Some(to)) = (row.fullness(load), row.fullness(load + added)) else {
            return Ok(());
        };
        load = load + added;
        let (left, right) = (place.x(from), place.x(to).min(limit));
        if added > RequestsPerSecond::ZERO && left < limit {
            rows::part(pen, fill, (left, right), (top, BAR_PX))?;
        }
    }
    if row.over().is_some() {
        let quotas = row.fullness(load).unwrap_or_default();
        let end = place.x(quotas).max(limit + 3.0);
        rows::part(pen, OVER, (limit, end), (top - 3.0, BAR_PX + 6.0))?;
        pen.frame(Ink::Over, (limit, top - 3.0), (end, top + BAR_PX + 3.0))?;
        if quotas > place.highest {
            let cut = end - 12.0;
            pen.line(Ink::Break, &[(cut, top + BAR_PX + 6.0), (cut + 6.0, top - 6.0)])?;
        }
    }
    pen.line(Ink::Quota, &[(limit, top - 7.0), (limit, top + BAR_PX + 7.0)])
}

fn words(pen: &Pen<'_, '_>, layout: Layout, place: &Geometry, row: &HeadroomRow, top: f64) -> Drawn {
    let verdict = if row.over().is_some() {
        Ink::Alarm
    } else {
        Ink::Strong
    };
    let load = rate_number(row.load());
    let of = row
        .quota
        .map_or_else(|| rate(row.load()), |quota| format!("{load} of {}", rate(quota)));
    let region = row.region.to_string();
    let middle = top + BAR_PX / 2.0;
    match layout {
        Layout::Wide | Layout::Medium => {
            let right = place.bar.1 + 16.0;
            pen.text(Ink::Strong, HPos::Left, (0.0, middle), &region)?;
            pen.text(verdict, HPos::Left, (right, middle - 7.0), &row.verdict())?;
            pen.text(Ink::Quiet, HPos::Left, (right, middle + 8.0), &of)
        }
        Layout::Narrow => {
            pen.text(Ink::Strong, HPos::Left, (0.0, top - 18.0), &region)?;
            pen.text(Ink::Quiet, HPos::Right, (layout.width() - 2.0, top - 18.0), &of)?;
            pen.text(verdict, HPos::Left, (0.0, top + BAR_PX + 15.0), &row.verdict())
        }
    }
}
