//! The buckets of a migration: default encryption before and after, proof of the method, counts, and the reading back.

use super::outcome::sentence;
use crate::backend::BucketRow;
use crate::parts::{Count, TableScroll};
use leptos::prelude::*;

/// The table.
#[component]
pub(super) fn Buckets(rows: Vec<BucketRow>) -> impl IntoView {
    let rows = rows.into_iter().map(|row| view! { <Row row/> }).collect_view();
    view! {
        <section class="panel" aria-labelledby="buckets">
            <h2 id="buckets">"Buckets"</h2>
            <TableScroll label="Buckets">
                <table class="data">
                    <caption class="visually-hidden">"Buckets of this migration with their phases and counts"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Bucket"</th>
                            <th scope="col">"Default encryption"</th>
                            <th scope="col">"Proof of the method"</th>
                            <th scope="col" class="num">"Rows"</th>
                            <th scope="col" class="num">"Under the key"</th>
                            <th scope="col" class="num">"Failed"</th>
                            <th scope="col" class="num">"Deleted"</th>
                            <th scope="col" class="num">"Left out"</th>
                            <th scope="col">"Read back"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableScroll>
        </section>
    }
}

#[component]
fn Row(row: BucketRow) -> impl IntoView {
    let read_back = match &row.verified {
        Some(_) => sentence(&row),
        None => "not yet".to_string(),
    };
    let default = match (&row.previous_default, row.default_set) {
        (None, _) => "not looked at yet".to_string(),
        (Some(previous), false) => format!("{previous}; not replaced yet"),
        (Some(previous), true) => format!("was {previous}; set to SSE-KMS"),
    };
    view! {
        <tr>
            <th scope="row" class="break">{row.bucket.clone()}</th>
            <td class="break">{default}</td>
            <td class="break">{row.proof.clone().unwrap_or_else(|| "not yet".to_string())}</td>
            <td class="num"><Count value=row.rows/></td>
            <td class="num"><Count value=row.done.0/></td>
            <td class="num"><Count value=row.failed.0/></td>
            <td class="num"><Count value=row.gone.0/></td>
            <td class="num"><Count value=row.left_out.0/></td>
            <td class="break">{read_back}</td>
        </tr>
    }
}
