//! The Price List Query API (2017-10-15): products by exact usage type and Region code.

use super::clients::Clients;
use super::errors::cloud_error;
use crate::error::{CloudError, Fault};
use crate::price_list::{read_products, usage_type};
use crate::traits::PriceList;
use async_trait::async_trait;
use aws_sdk_pricing::types::{Filter, FilterType};
use model::inventory::Region;
use model::prices::{ListedPrice, Meter};

const GET: &str = "GetProducts";
/// Form of the documents that is asked for.
const FORMAT: &str = "aws_v1";

#[async_trait]
impl PriceList for Clients {
    async fn price(&self, region: &Region, meter: Meter) -> Result<Option<ListedPrice>, CloudError> {
        let Some((service, name)) = usage_type(region, meter) else {
            return Ok(None);
        };
        let client = self.prices();
        let (mut documents, mut token) = (Vec::new(), None);
        loop {
            let page = client
                .get_products()
                .service_code(service)
                .filters(exactly("usagetype", &name)?)
                .filters(exactly("regionCode", &region.0)?)
                .format_version(FORMAT)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| cloud_error(GET, name.as_str(), error))?;
            documents.extend(page.price_list().iter().cloned());
            token = page.next_token().map(ToString::to_string);
            if token.is_none() {
                break;
            }
        }
        read_products(&documents, region, meter)
            .map_err(|error| CloudError::new(Fault::Unanswered, GET, name, error.to_string()))
    }
}

fn exactly(field: &str, value: &str) -> Result<Filter, CloudError> {
    let filter = Filter::builder()
        .r#type(FilterType::TermMatch)
        .field(field)
        .value(value)
        .build();
    filter.map_err(|error| CloudError::new(Fault::Refused, GET, value, error.to_string()))
}
