//! Search, Region, order and filter chips of the bucket table. All of them are the URL's query.

use super::words::status_words;
use crate::parts::{Chip, Chips, Field, QueryForm};
use leptos::prelude::*;
use model::overview::{Order, Overview, OverviewQuery};

/// The form and the chips.
#[component]
pub(super) fn Filters(overview: Overview) -> impl IntoView {
    let query = overview.query.clone();
    let chips = chips(&overview);
    let regions: Vec<String> = overview
        .regions
        .iter()
        .filter_map(|(region, _)| region.as_ref())
        .map(ToString::to_string)
        .collect();
    let search = query.search.clone();
    let region = query.region.as_ref().map(ToString::to_string).unwrap_or_default();
    let order = order_name(query.order);
    let encryption = query
        .encryption
        .map(|status| view! { <input type="hidden" name="encryption" value=status.word()/> });
    let attention = query
        .attention
        .then(|| view! { <input type="hidden" name="attention" value="1"/> });
    view! {
        <QueryForm action="/" class="toolbar">
                <Field id="search" label="Search buckets">
                    <input id="search" type="search" name="q" autocomplete="off" value=search/>
                </Field>
                <Field id="in" label="Region">
                    <select id="in" name="in">
                        <option value="">"All Regions"</option>
                        {regions.into_iter().map(move |code| choice(&code, &code, &region)).collect_view()}
                    </select>
                </Field>
                <Field id="order" label="Order">
                    <select id="order" name="order">
                        {Order::ALL.map(|(_, name, title)| choice(name, title, order)).into_iter().collect_view()}
                    </select>
                </Field>
                {encryption}
                {attention}
                <div class="actions"><button class="button" type="submit" name="page" value="1">"Show buckets"</button></div>
        </QueryForm>
        <Chips label="Filter buckets" chips/>
    }
}

fn choice(value: &str, title: &str, chosen: &str) -> impl IntoView + use<> {
    let selected = value == chosen;
    view! { <option value=value.to_string() selected=selected>{title.to_string()}</option> }
}

fn order_name(order: Order) -> &'static str {
    Order::ALL
        .iter()
        .find(|(other, ..)| *other == order)
        .map_or("name", |(_, name, _)| name)
}

/// Address of the overview with this query.
pub(super) fn href(query: &OverviewQuery) -> String {
    let fields = query.to_query();
    if fields.is_empty() {
        "/".to_string()
    } else {
        format!("/?{fields}")
    }
}

fn chips(overview: &Overview) -> Vec<Chip> {
    let base = OverviewQuery {
        encryption: None,
        attention: false,
        page: 1,
        ..overview.query.clone()
    };
    let query = &overview.query;
    let chip = |label: &str, count: usize, query: OverviewQuery, current: bool| Chip {
        label: label.to_string(),
        count: Some(count as u64),
        href: href(&query),
        current,
    };
    let all = chip(
        "All",
        overview.bucket_count,
        base.clone(),
        query.encryption.is_none() && !query.attention,
    );
    let by_status = overview.encryption_counts.iter().map(|(status, count)| {
        let filtered = OverviewQuery {
            encryption: Some(*status),
            ..base.clone()
        };
        chip(
            status_words(*status),
            *count,
            filtered,
            query.encryption == Some(*status),
        )
    });
    let attention = OverviewQuery {
        attention: true,
        ..base.clone()
    };
    let attention = chip(
        "Needs attention",
        overview.attention_count,
        attention,
        query.attention,
    );
    std::iter::once(all)
        .chain(by_status)
        .chain(std::iter::once(attention))
        .collect()
}
