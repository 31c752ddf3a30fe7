//! Clients of the services that a page waits for: Service Quotas and CloudWatch in any Region, and the price list. They give up early, since a
//! page says what is missing rather than wait for it. Made anew for each use: the connections behind them are shared.

use super::clients::Clients;
use aws_config::Region;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use std::time::Duration;

/// Time to reach a server.
const CONNECT: Duration = Duration::from_secs(1);
/// Time for one try.
const ATTEMPT: Duration = Duration::from_secs(2);
/// Time for all tries together.
const WHOLE: Duration = Duration::from_secs(4);
/// Tries of a read.
const ATTEMPTS: u32 = 2;
/// Tries of a look into the price list, of which there are many in a row.
const PRICE_ATTEMPTS: u32 = 4;

impl Clients {
    /// Service Quotas of a Region, for reads.
    pub(super) fn quotas_in(&self, region: &str) -> aws_sdk_servicequotas::Client {
        self.quotas_trying(region, RetryConfig::standard().with_max_attempts(ATTEMPTS))
    }

    /// Service Quotas of a Region, for what must not be sent twice.
    pub(super) fn quotas_once(&self, region: &str) -> aws_sdk_servicequotas::Client {
        self.quotas_trying(region, RetryConfig::disabled())
    }

    fn quotas_trying(&self, region: &str, retries: RetryConfig) -> aws_sdk_servicequotas::Client {
        let config = aws_sdk_servicequotas::config::Builder::from(self.config())
            .region(Region::new(region.to_string()))
            .retry_config(retries)
            .timeout_config(early());
        aws_sdk_servicequotas::Client::from_conf(config.build())
    }

    /// The price list. Its endpoints are in few Regions, and which one answers has nothing to do with what is priced (AWS
    /// Price List Query API endpoints, 2026-11).
    pub(super) fn prices(&self) -> aws_sdk_pricing::Client {
        let home = self.config().region().map_or("", |region| region.as_ref());
        let endpoint = if home.starts_with("cn-") {
            "cn-northwest-1"
        } else {
            "us-east-1"
        };
        let config = aws_sdk_pricing::config::Builder::from(self.config())
            .region(Region::new(endpoint))
            .retry_config(RetryConfig::standard().with_max_attempts(PRICE_ATTEMPTS))
            .timeout_config(early());
        aws_sdk_pricing::Client::from_conf(config.build())
    }

    /// CloudWatch of a Region.
    pub(super) fn metrics_in(&self, region: &str) -> aws_sdk_cloudwatch::Client {
        let config = aws_sdk_cloudwatch::config::Builder::from(self.config())
            .region(Region::new(region.to_string()))
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(early());
        aws_sdk_cloudwatch::Client::from_conf(config.build())
    }
}

fn early() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(WHOLE)
        .build()
}
