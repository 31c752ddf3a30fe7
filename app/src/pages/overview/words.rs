//! Encryption in the words and parts that the chart, the tables and the filters have in common.

use model::estate::Mix;
use model::inventory::EncryptionStatus;

/// Objects by encryption, as the charts take them.
pub(super) fn parts(mix: &Mix) -> Vec<(EncryptionStatus, model::quantity::Objects)> {
    mix.iter()
        .map(|(status, share)| (*status, share.objects))
        .collect()
}

/// S3's word, but for what is lacking.
pub(super) fn status_words(status: EncryptionStatus) -> &'static str {
    match status {
        EncryptionStatus::NotSse => "Not encrypted",
        EncryptionStatus::Unknown => "Not known",
        status => status.word(),
    }
}
