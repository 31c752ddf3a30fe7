//! Names of hosts behind a custom endpoint. S3 Control puts the account's number before the host, and no name server
//! knows `111122223333.127.0.0.1`: the number is taken off before the name is looked up.

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};

/// Looks names up without an account's number in front.
#[derive(Clone, Copy, Debug)]
pub(super) struct WithoutAccount;

impl ResolveDns for WithoutAccount {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = tokio::net::lookup_host((without_account(name), 0)).await;
            let found = found.map_err(ResolveDnsError::new)?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

fn without_account(name: &str) -> &str {
    match name.split_once('.') {
        Some((first, rest)) if first.len() == 12 && first.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::without_account;

    #[test]
    fn only_the_number_of_an_account_is_taken_off() {
        for (name, expected) in [
            ("111122223333.127.0.0.1", "127.0.0.1"),
            ("111122223333.s3.internal", "s3.internal"),
            ("127.0.0.1", "127.0.0.1"),
            ("11112222333.s3.internal", "11112222333.s3.internal"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(without_account(name), expected);
        }
    }
}
