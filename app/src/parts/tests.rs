//! The parts as HTML, where there is logic in the markup.

use super::*;
use crate::backend::{AppError, ErrorKind};
use leptos::prelude::*;
use model::money::NanoUsd;
use model::quantity::Bytes;

/// HTML without the marks that hydration needs.
fn html<V: IntoView>(view: impl FnOnce() -> V) -> String {
    let owner = Owner::new();
    owner.with(|| view().to_html()).replace("<!>", "")
}

#[test]
fn a_figure_opens_its_steps_and_their_prices() {
    let how = "2 requests × $3. Price: list, 2026-09. · and 3 lines computed in the same way";
    let html = html(|| view! { <Why figure="$6.00" how/> });
    for part in [
        "<summary>$6.00</summary>",
        "<div class=\"formula\">2 requests × $3.</div>",
        "<div class=\"source\">Price: list, 2026-09.</div>",
        "<div class=\"formula\">and 3 lines computed in the same way</div>",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[test]
fn large_counts_are_short_and_keep_the_exact_figure() {
    let large = html(|| view! { <Count value=31_204_118/> });
    assert!(
        large.contains("title=\"31,204,118\"") && large.contains(">31.2 M<"),
        "{large}"
    );
    assert!(html(|| view! { <Count value=10_000/> }).contains(">10,000<"));
    assert!(html(|| view! { <Size value=Bytes(1 << 40)/> }).contains(">1.0 TiB<"));
}

#[test]
fn unknown_is_never_zero() {
    let html = html(|| view! { <Usd amount=None how="No price is known."/> });
    assert!(
        html.contains('–') && html.contains("No price is known.") && !html.contains('0'),
        "{html}"
    );
    assert_eq!(money_text(NanoUsd::cents(24_089), true), "at least $240.89");
    assert_eq!(
        money_text(NanoUsd(1_000_000), false),
        "<$0.01",
        "little is not nothing"
    );
    assert_eq!(money_text(NanoUsd::ZERO, false), "$0.00");
}

#[test]
fn an_error_says_what_to_do() {
    let error = AppError::new(ErrorKind::Input, "No path was given.", "Name a <manifest>.");
    let html = html(|| view! { <ErrorBox error/> });
    assert!(
        html.contains("No path was given.") && html.contains("Name a &lt;manifest&gt;."),
        "{html}"
    );
}

#[test]
fn a_pager_stops_at_both_ends() {
    let hrefs = || vec!["/".to_string(), "/?page=2".to_string()];
    let first = html(|| view! { <Pager label="Pages" page=1 pages=2 hrefs=hrefs()/> });
    assert!(
        first.contains("href=\"/?page=2\"") && !first.contains("rel=\"prev\""),
        "{first}"
    );
    let last = html(|| view! { <Pager label="Pages" page=2 pages=2 hrefs=hrefs()/> });
    assert!(
        last.contains("rel=\"prev\"") && !last.contains("rel=\"next\""),
        "{last}"
    );
    assert!(!html(|| view! { <Pager label="Pages" page=1 pages=1 hrefs=vec![]/> }).contains("<nav"));
}
