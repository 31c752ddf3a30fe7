//! What every account does, as behaviours: run for the simulated account, and for AWS's protocol against other servers.
//! Each behaviour says what AWS documents; where a server cannot do it, `differences` says what it does instead.

mod copies;
mod deliveries;
mod objects;
mod place;
mod probes;
mod settings;

pub(crate) use place::{Neighbour, Place, REPORTS, Seen, Spec};

/// Runs every behaviour.
pub(crate) async fn holds(place: &Place) {
    objects::head_shows_what_was_put(place).await;
    copies::copy_keeps_all_but_the_encryption(place).await;
    copies::copy_in_a_versioned_bucket_makes_a_version(place).await;
    copies::what_is_locked_stays_as_it_is(place).await;
    copies::stale_copy_changes_nothing(place).await;
    copies::odd_keys_are_whole_everywhere(place).await;
    copies::archived_objects_need_a_restore(place).await;
    settings::default_encryption_goes_round(place).await;
    objects::versions_are_listed_page_by_page(place).await;
    probes::the_probe_tells_whether_the_update_is_safe(place).await;
    probes::a_place_of_jobs_is_tried_and_left_as_it_was(place).await;
    objects::what_is_missing_is_not_found(place).await;
    settings::keys_are_described(place).await;
    settings::a_bucket_policy_is_set_read_back_and_removed(place).await;
    settings::what_stands_around_is_read_part_by_part(place).await;
    probes::read_only_changes_nothing(place).await;
    deliveries::deliveries_are_listed_and_read(place).await;
    deliveries::inventories_are_told(place).await;
    deliveries::callers_are_told(place).await;
}
