//! Two scenarios side by side: the sums, then a month line by line, each with the difference in dollars and percent.

use super::AS_KNOWN;
use crate::backend::Compared;
use crate::costs_view::{CostsView, difference};
use crate::parts::{TableScroll, Usd, money_text};
use leptos::prelude::*;
use model::comparison::Figure;
use model::money::NanoUsd;
use std::collections::BTreeMap;

/// The tables.
#[component]
pub(super) fn Comparison(left: Compared, right: Compared) -> impl IntoView {
    let name = |side: &Compared| {
        if side.name.is_empty() {
            AS_KNOWN.to_string()
        } else {
            side.name.clone()
        }
    };
    let names = [name(&left), name(&right)];
    let sum = |title: &'static str, of: fn(&CostsView) -> NanoUsd| {
        let (before, after) = (of(&left.view), of(&right.view));
        view! {
            <tr>
                <th scope="row">{title}</th>
                <td class="num">{money_text(before, left.view.is_bound())}</td>
                <td class="num">{money_text(after, right.view.is_bound())}</td>
                <td class="num">{difference(before, after)}</td>
            </tr>
        }
    };
    let lines = lines(&left, &right).into_iter().map(row).collect_view();
    let sums = view! {
        {sum("A month as now", |view| view.before)}
        {sum("A month as chosen", |view| view.chosen)}
        {sum("The conversion, once", |view| view.once.first().map(|once| once.total).unwrap_or_default())}
        {sum("All months with the conversion", |view| view.months.last().map(|last| last.cumulative).unwrap_or_default())}
    };
    view! {
        <section class="panel" aria-labelledby="sums">
            <h2 id="sums">"Side by side"</h2>
            {table("Sums of both scenarios", &names, sums.into_any())}
        </section>
        <section class="panel" aria-labelledby="lines">
            <h2 id="lines">"A month as chosen, line by line"</h2>
            {table("Lines of both scenarios", &names, lines.into_any())}
        </section>
    }
}

fn table(label: &'static str, names: &[String; 2], rows: AnyView) -> impl IntoView + use<> {
    let heads = names
        .clone()
        .map(|name| view! { <th scope="col" class="num">{name}</th> });
    view! {
        <TableScroll label>
            <table class="data">
                <caption class="visually-hidden">{format!("{label}, in US dollars")}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Line"</th>
                        {heads.into_iter().collect_view()}
                        <th scope="col" class="num">"Difference"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableScroll>
    }
}

/// A line with both figures; a line that one side lacks is nothing there, and what is not known stays so.
type Line = (String, [Option<Figure>; 2]);

fn lines(left: &Compared, right: &Compared) -> Vec<Line> {
    let mut lines: BTreeMap<(usize, String), [Option<Figure>; 2]> = BTreeMap::new();
    for (side, compared) in [left, right].into_iter().enumerate() {
        for (place, line) in compared.view.lines.iter().enumerate() {
            let figure = if compared.bucket_key {
                &line.after_bucket_key
            } else {
                &line.after
            };
            if figure.derivation.is_empty() {
                continue;
            }
            let region = line.region.as_deref().unwrap_or("all Regions");
            let title = format!("{}, {region}", line.line);
            // Both sides list their lines in one order; a line keeps the place at which it was seen first.
            let known = lines.keys().find(|(_, known)| *known == title).cloned();
            let key = known.unwrap_or((place, title));
            lines.entry(key).or_default()[side] = Some(figure.clone());
        }
    }
    lines
        .into_iter()
        .map(|((_, title), figures)| (title, figures))
        .collect()
}

fn row((title, [left, right]): Line) -> impl IntoView {
    let amount = |figure: &Option<Figure>| figure.as_ref().map_or(Some(NanoUsd::ZERO), |figure| figure.usd);
    let change = amount(&left)
        .zip(amount(&right))
        .map_or_else(|| "–".to_string(), |(left, right)| difference(left, right));
    let cell = |figure: Option<Figure>| match figure {
        Some(figure) => view! { <Usd amount=figure.usd how=figure.derivation/> }.into_any(),
        None => view! { <span class="quiet">"none"</span> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">{title}</th>
            <td class="num">{cell(left)}</td>
            <td class="num">{cell(right)}</td>
            <td class="num">{change}</td>
        </tr>
    }
}
