//! Step 1: which buckets.

use super::wrong;
use crate::backend::BucketChoice;
use crate::parts::{Count, FieldError, Size, TableScroll};
use leptos::prelude::*;
use model::format::counted;
use model::scenario;

/// The table of buckets.
#[component]
pub(super) fn Scope(buckets: Vec<BucketChoice>, errors: Vec<scenario::FieldError>) -> impl IntoView {
    let chosen = buckets.iter().filter(|bucket| bucket.chosen).count();
    let chosen = counted(u64::try_from(chosen).unwrap_or(u64::MAX), "bucket");
    let rows = buckets
        .into_iter()
        .map(|bucket| view! { <Row bucket/> })
        .collect_view();
    view! {
        <section class="panel" id="scope" role="group" aria-labelledby="scope-title">
            <h2 id="scope-title">"1. Scope: buckets to move"</h2>
            <p class="quiet">{format!("{chosen} chosen. Buckets are worked through one after another.")}</p>
            <FieldError id="bucket" message=wrong(&errors, "bucket")/>
            <TableScroll label="Buckets">
                <table class="data">
                    <caption class="visually-hidden">"Buckets to choose from"</caption>
                    <thead>
                        <tr>
                            <th scope="col"><span class="visually-hidden">"Move it"</span></th>
                            <th scope="col">"Bucket"</th>
                            <th scope="col">"Region"</th>
                            <th scope="col" class="num">"Objects"</th>
                            <th scope="col" class="num">"Bytes"</th>
                            <th scope="col">"What stands against it"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableScroll>
        </section>
    }
}

#[component]
fn Row(bucket: BucketChoice) -> impl IntoView {
    let BucketChoice {
        name,
        region,
        objects,
        bytes,
        chosen,
        obstacle,
    } = bucket;
    let region = region.map_or_else(|| "–".to_string(), |region| region.to_string());
    let blocked = obstacle.is_some();
    view! {
        <tr>
            <td>
                <label class="table-check">
                    <span class="visually-hidden">{format!("Move {name}")}</span>
                    <input type="checkbox" name="bucket" value=name.clone() checked=chosen disabled=blocked/>
                </label>
            </td>
            <th scope="row" class="break">{name.clone()}</th>
            <td class="nowrap">{region}</td>
            <td class="num"><Count value=objects.0/></td>
            <td class="num"><Size value=bytes/></td>
            <td>{obstacle}</td>
        </tr>
    }
}
