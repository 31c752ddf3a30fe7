//! A role in another account, by its ARN. The server's command line reads it; `aws` assumes it.

use std::fmt;
use std::str::FromStr;

/// Full ARN of an IAM role, such as `arn:aws:iam::444455556666:role/rekey`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleArn(String);

/// Why a text is no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is not the full ARN of a role: arn:aws:iam::ACCOUNT:role/NAME, with an account number of 12 digits"
)]
pub struct NoRole;

impl RoleArn {
    /// The ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Number of the account that the role belongs to, which is the one that it opens.
    #[must_use]
    pub fn account(&self) -> &str {
        self.0.split(':').nth(4).unwrap_or_default()
    }
}

impl FromStr for RoleArn {
    type Err = NoRole;

    fn from_str(text: &str) -> Result<Self, NoRole> {
        let text = text.trim();
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let fits = match parts.as_slice() {
            ["arn", partition, "iam", "", account, resource] => {
                let name = resource.strip_prefix("role/").unwrap_or_default();
                !partition.is_empty()
                    && account.len() == 12
                    && account.bytes().all(|byte| byte.is_ascii_digit())
                    && !name.is_empty()
                    && !name.ends_with('/')
                    && name.bytes().all(|byte| byte.is_ascii_graphic())
            }
            _ => false,
        };
        if fits {
            Ok(Self(text.to_string()))
        } else {
            Err(NoRole)
        }
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_names_its_account() {
        for text in [
            "arn:aws:iam::444455556666:role/rekey",
            "arn:aws-cn:iam::444455556666:role/path/rekey",
            " arn:aws:iam::444455556666:role/rekey ",
        ] {
            let role: RoleArn = text.parse().expect(text);
            assert_eq!(role.account(), "444455556666");
            assert_eq!(role.as_str(), text.trim());
        }
        for text in [
            "",
            "rekey",
            "arn:aws:iam::444455556666:user/rekey",
            "arn:aws:iam::4444:role/rekey",
            "arn:aws:iam::444455556666:role/",
            "arn:aws:sts::444455556666:assumed-role/rekey/me",
            "arn:aws:iam::44445555666a:role/rekey",
        ] {
            assert_eq!(text.parse::<RoleArn>(), Err(NoRole), "{text}");
        }
    }
}
