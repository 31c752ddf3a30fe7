//! Every chart: well-formed, with ids of its own, the same twice, and saying what it shows.

mod contrast;
mod fuzz;

use model::inventory::{EncryptionStatus, Region};
use model::money::NanoUsd;
use model::quantity::{Objects, RequestsPerSecond};
use std::collections::BTreeSet;

use crate::*;

fn month(name: &str, [low, chosen, high, as_now]: [i64; 4]) -> MonthPoint {
    let [low, chosen, high, as_now] = [low, chosen, high, as_now].map(NanoUsd::cents);
    MonthPoint {
        month: name.to_string(),
        low,
        chosen,
        high,
        as_now,
    }
}

fn months_input() -> MonthsInput {
    MonthsInput {
        chosen_name: "SSE-KMS & <Bucket Key>".to_string(),
        points: vec![
            month("2026-12", [24_600, 24_786, 24_900, 24_089]),
            month("2027-01", [24_700, 24_906, 25_200, 24_209]),
        ],
        at_least: false,
    }
}

fn load(region: &str, [baseline, planned, migration]: [u64; 3], quota: Option<u64>) -> HeadroomRow {
    let [baseline, planned, migration] = [baseline, planned, migration].map(RequestsPerSecond::whole);
    let quota = quota.map(RequestsPerSecond::whole);
    HeadroomRow {
        region: Region(region.to_string()),
        baseline,
        planned,
        migration,
        quota,
    }
}

fn mix_input() -> MixInput {
    let parts = vec![
        (EncryptionStatus::SseS3, Objects(821)),
        (EncryptionStatus::SseKms, Objects(179)),
    ];
    MixInput {
        rows: vec![MixRow {
            region: Some(Region("eu-west-2".to_string())),
            parts,
        }],
    }
}

fn point(seconds_ago: u32, objects: u64, kms: u64) -> RatePoint {
    RatePoint {
        seconds_ago,
        objects: RequestsPerSecond::whole(objects),
        kms: RequestsPerSecond::whole(kms),
    }
}

fn rate_input(kms: u64) -> RateInput {
    RateInput {
        points: vec![point(20, 900, 950), point(10, 1200, 1240), point(0, 1200, kms)],
        budget: Some(RequestsPerSecond::whole(2000)),
    }
}

fn all() -> Vec<Chart> {
    let rows = vec![
        load("eu-west-2", [5000, 3000, 4000], Some(20_000)),
        load("us-east-1", [60, 50, 20], Some(100)),
    ];
    vec![
        months("m", &months_input()).expect("months"),
        headroom("h", &HeadroomInput { rows }).expect("headroom"),
        mix("x", &mix_input()).expect("mix"),
        rate("r", &rate_input(1240)).expect("rate"),
    ]
}

/// Reads an SVG as XML as far as it goes: tags nest, attributes are quoted, `&` begins an entity. Returns the ids.
fn ids_of(svg: &str) -> Vec<String> {
    let (mut open, mut ids) = (Vec::new(), Vec::new());
    for part in svg.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag ends");
        assert!(!text.contains('>'), "an unescaped > in {text}");
        for entity in part.split('&').skip(1) {
            assert!(
                ["amp;", "lt;", "gt;", "quot;"]
                    .iter()
                    .any(|name| entity.starts_with(name)),
                "{entity}"
            );
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "tags nest");
            continue;
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "quotes pair in {tag}");
        if !tag.ends_with('/') {
            open.push(tag.split(' ').next().expect("a name"));
        }
        if let Some((_, id)) = tag.split_once(" id=\"") {
            ids.push(id.split('"').next().expect("a value").to_string());
        }
    }
    assert!(open.is_empty(), "{open:?} stay open");
    ids
}

fn assert_sound(chart: &Chart) {
    let ids = ids_of(&chart.svg);
    let unique: BTreeSet<_> = ids.iter().collect();
    assert_eq!(ids.len(), unique.len(), "ids are unique: {ids:?}");
    for list in chart.svg.split("aria-labelledby=\"").skip(1) {
        for id in list.split('"').next().expect("a value").split(' ') {
            assert!(unique.contains(&id.to_string()), "{id} names nothing");
        }
    }
    for pattern in chart.svg.split("url(#").skip(1) {
        let id = pattern.split(')').next().expect("an end").to_string();
        assert!(unique.contains(&id), "{id} is not defined");
    }
    for width in ["wide", "medium", "narrow"] {
        assert!(
            chart.svg.contains(&format!("class=\"drawing chart-{width}\"")),
            "{width}"
        );
    }
    for foreign in ["NaN", "inf", "style=", "rgb", "=\"#", "font-family"] {
        assert!(!chart.svg.contains(foreign), "{foreign}");
    }
    assert!(chart.summary.ends_with('.'));
    for row in &chart.table.rows {
        assert_eq!(row.len(), chart.table.columns.len());
    }
}

#[test]
fn every_chart_is_sound_and_the_same_twice() {
    let charts = all();
    charts.iter().for_each(assert_sound);
    assert_eq!(charts, all());
    let together: Vec<_> = charts.iter().flat_map(|chart| ids_of(&chart.svg)).collect();
    assert_eq!(
        together.len(),
        together.iter().collect::<BTreeSet<_>>().len(),
        "charts share a page"
    );
}

#[test]
fn words_are_escaped_and_an_id_stays_one_word() {
    let chart = months("a \"b\"<c>", &months_input()).expect("months");
    assert_sound(&chart);
    assert!(chart.svg.contains("SSE-KMS &amp;"));
    assert!(chart.svg.contains("id=\"a--b--c--wide-title\""));
    assert!(
        chart.summary.contains("SSE-KMS & <Bucket Key>"),
        "the summary is text, not markup"
    );
}

#[test]
fn the_months_say_what_changes() {
    let chart = months("m", &months_input()).expect("months");
    assert_eq!(
        chart.summary,
        "SSE-KMS & <Bucket Key> costs $249.06 in 2027-01, against $242.09 as now: +$6.97 (+2.9\u{a0}%) a month; \
         the estimate lies between $247.00 and $252.00."
    );
    assert!(
        chart.svg.contains("(axis from $"),
        "an axis that does not begin at zero says so"
    );
    assert_eq!(
        chart.table.rows[0],
        [
            "2026-12",
            "$240.89",
            "$247.86",
            "$246.00",
            "$249.00",
            "+$6.97 (+2.9 %)"
        ]
    );
    let bound = months(
        "m",
        &MonthsInput {
            at_least: true,
            ..months_input()
        },
    )
    .expect("months");
    assert!(bound.summary.contains("costs at least $249.06"));
}

#[test]
fn a_breach_is_drawn_and_said() {
    let input = |migration| HeadroomInput {
        rows: vec![load("us-east-1", [62, 31, migration], Some(100))],
    };
    let chart = headroom("h", &input(23)).expect("headroom");
    assert_sound(&chart);
    assert_eq!(
        chart.summary,
        "KMS requests in us-east-1 go over quota by 16 requests/s (116.0\u{a0}% of it)."
    );
    for element in [
        "class=\"over fill\"",
        "class=\"cross fill\"",
        "class=\"over line\"",
        ">▲ over quota by 16/s<",
    ] {
        assert!(chart.svg.contains(element), "{element}");
    }
    assert_eq!(
        chart.table.rows[0].last().map(String::as_str),
        Some("over quota by 16/s")
    );
    let fits = headroom("h", &input(7)).expect("headroom");
    assert_eq!(
        fits.summary,
        "KMS requests peak at 100.0\u{a0}% of the quota in us-east-1; 0 requests/s are left there."
    );
    assert!(!fits.svg.contains("over"));
    assert!(fits.svg.contains("class=\"quota line\""));
}

#[test]
fn an_unknown_quota_is_not_zero() {
    let rows = vec![load("eu-west-2", [1, 1, 1], None)];
    let chart = headroom("h", &HeadroomInput { rows }).expect("headroom");
    assert_eq!(chart.summary, "The quota of 1 Region is not known.");
    assert!(chart.svg.contains(">quota not known<"));
    assert_eq!(chart.table.rows[0][5], "–");
    assert!(!chart.svg.contains("quota line"));
}

#[test]
fn the_mix_counts_each_status_once() {
    let mut input = mix_input();
    input.rows[0].parts.push((EncryptionStatus::SseS3, Objects(1000)));
    let chart = mix("x", &input).expect("mix");
    assert_eq!(
        chart.summary,
        "Of 2,000 objects in 1 Region: SSE-KMS 9.0\u{a0}%, SSE-S3 91.1\u{a0}%."
    );
    assert_eq!(
        chart.table.rows[0],
        ["eu-west-2", "2,000", "179", "9.0 %", "1,821", "91.1 %"]
    );
    let spark = spark_mix(&input.rows[0].parts);
    assert!(ids_of(&spark).is_empty());
    assert!(spark.contains("<title>SSE-KMS 9.0 %, SSE-S3 91.1 % of objects</title>"));
    assert!(spark_mix(&[]).contains("<title>no objects</title>"));
}

#[test]
fn the_rate_is_told_against_its_budget() {
    let within = rate("r", &rate_input(1240)).expect("rate");
    assert_eq!(
        within.summary,
        "1,200 objects/s and 1,240 requests/s to KMS: 62.0\u{a0}% of the budget of 2,000 requests/s."
    );
    let over = rate("r", &rate_input(2100)).expect("rate");
    assert!(
        over.summary
            .ends_with("over the budget of 2,000 requests/s by 100/s.")
    );
    assert!(over.svg.contains(">now<"));
}

#[test]
fn what_cannot_be_drawn_is_refused_with_a_reason() {
    let mut input = months_input();
    input.points.reverse();
    assert_eq!(months("m", &input), Err(Empty::OutOfOrder));
    input.points = vec![month("2026-12", [3, 2, 1, 0])];
    assert_eq!(months("m", &input), Err(Empty::BandUpsideDown));
    input.points.clear();
    assert_eq!(months("m", &input), Err(Empty::NoFigures));
    assert_eq!(
        headroom("h", &HeadroomInput { rows: Vec::new() }),
        Err(Empty::NoFigures)
    );
    assert_eq!(mix("x", &MixInput { rows: Vec::new() }), Err(Empty::NoFigures));
    let twice = RateInput {
        points: vec![point(1, 0, 0), point(1, 0, 0)],
        budget: None,
    };
    assert_eq!(rate("r", &twice), Err(Empty::OutOfOrder));
}
