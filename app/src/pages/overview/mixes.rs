//! How the estate is encrypted, by Region as a chart, and by encryption and storage class as tables.

use super::words::{parts, status_words};
use crate::parts::{ChartFigure, Count, Size, TableScroll};
use charts::{MixInput, MixRow};
use leptos::prelude::*;
use model::estate::Share;
use model::format::percent;
use model::inventory::StorageClass;
use model::overview::Overview;

/// Chart and tables.
#[component]
pub(super) fn Mixes(overview: Overview) -> impl IntoView {
    let rows = overview.regions.iter().map(|(region, mix)| MixRow {
        region: region.clone(),
        parts: parts(mix),
    });
    let chart = charts::mix("mix", &MixInput { rows: rows.collect() });
    let all = overview.all;
    let statuses = overview
        .mix
        .iter()
        .map(|(status, share)| (status_words(*status), *share))
        .collect();
    let classes = overview
        .classes
        .iter()
        .map(|(class, share)| (class_words(*class), *share))
        .collect();
    view! {
        <section class="panel" aria-labelledby="mix-head">
            <h2 id="mix-head">"Encryption by Region"</h2>
            <ChartFigure chart csv="/api/v1/charts/mix.csv"/>
        </section>
        <div class="pair">
            <Shares title="Objects by encryption" first="Encryption" rows=statuses all/>
            <Shares title="Objects by storage class" first="Storage class" rows=classes all/>
        </div>
    }
}

fn class_words(class: StorageClass) -> &'static str {
    if class == StorageClass::Unknown {
        "Not known"
    } else {
        class.word()
    }
}

/// Objects and their share. Bytes without objects are CloudWatch's, which does not say how many objects a class holds.
fn objects(share: Share, all: Share) -> impl IntoView {
    if share.objects.is_zero() && share.bytes.0 > 0 {
        let reason = "CloudWatch counts objects over all classes only.";
        return view! { <td class="num" colspan="2"><span class="quiet" title=reason>"not known"</span></td> }.into_any();
    }
    view! {
        <td class="num"><Count value=share.objects.0/></td>
        <td class="num">{percent(share.objects.0, all.objects.0)}</td>
    }
    .into_any()
}

#[component]
fn Shares(
    title: &'static str,
    first: &'static str,
    rows: Vec<(&'static str, Share)>,
    all: Share,
) -> impl IntoView {
    let row = |(name, share): (&'static str, Share)| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                {objects(share, all)}
                <td class="num"><Size value=share.bytes/></td>
                <td class="num">{percent(share.bytes.0, all.bytes.0)}</td>
            </tr>
        }
    };
    let body = rows.into_iter().map(row).collect_view();
    view! {
        <section class="panel" aria-label=title>
            <h2>{title}</h2>
            <TableScroll label=title>
                <table class="data">
                    <caption class="visually-hidden">{title}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{first}</th>
                            <th scope="col" class="num">"Objects"</th>
                            <th scope="col" class="num">"Share"</th>
                            <th scope="col" class="num">"Bytes"</th>
                            <th scope="col" class="num">"Share"</th>
                        </tr>
                    </thead>
                    <tbody>{body}</tbody>
                </table>
            </TableScroll>
        </section>
    }
}
