//! Prices: the documents of the price list as it wrote them (`tests/samples/price-list`), with the traps in them, and the
//! questions that the stub is asked.

use crate::quotas::{account, region};
use crate::stub::{Reply, Stub};
use cloud::{Fault, PriceListError, read_products, usage_type};
use model::inventory::StorageClass as Class;
use model::prices::{ListedPrice, Meter, bundled};
use serde_json::{Value, json};
use std::path::Path;

fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/samples/price-list")
        .join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The documents of a whole page: strings that each hold a document.
fn page() -> Vec<String> {
    let page: Value = serde_json::from_str(&sample("GetProducts-response-page.json")).expect("JSON");
    let documents = page["PriceList"].as_array().expect("a list").iter();
    documents
        .map(|one| one.as_str().expect("a string").to_string())
        .collect()
}

fn virginia(meter: Meter) -> Option<ListedPrice> {
    read_products(&page(), &region("us-east-1"), meter).expect("readable documents")
}

#[test]
fn every_tier_of_a_sample_is_read() {
    let price = virginia(Meter::Storage(Class::Standard)).expect("a price");
    let tiers: Vec<_> = price
        .tiers
        .iter()
        .map(|tier| (tier.begin_gb, tier.end_gb, tier.nano))
        .collect();
    assert_eq!(
        tiers,
        [
            (0, Some(51_200), 23_000_000),
            (51_200, Some(512_000), 22_000_000),
            (512_000, None, 21_000_000)
        ]
    );
    assert_eq!(price.date, "2026-07-28");
    assert!(
        price
            .source
            .contains("AmazonS3 TimedStorage-ByteHrs, offer 20260728131000"),
        "{}",
        price.source
    );
}

#[test]
fn samples_without_a_product_family_are_read_as_well() {
    let text = sample("AmazonS3-us-east-1-Requests-GDA-Tier2.json");
    assert!(
        !text.contains("productFamily"),
        "the sample is of the kind that lacks it"
    );
    let price = read_products(&[text], &region("us-east-1"), Meter::Get(Class::DeepArchive));
    let price = price.expect("readable").expect("a price");
    assert_eq!(price.tiers[0].nano, 400_000, "$0.0004 for 1,000");
}

#[test]
fn single_prices_of_the_samples_are_brought_to_the_units_of_the_table() {
    for meter in [
        Meter::Put(Class::Standard),
        Meter::Get(Class::Standard),
        Meter::Storage(Class::StandardIa),
    ] {
        let listed = virginia(meter).expect("a price");
        let table = bundled(&region("us-east-1"), meter).expect("a bundled price");
        assert_eq!(listed.tiers, table.tiers(), "{meter:?}");
    }
}

#[test]
fn deep_archive_storage_is_not_the_staging_of_the_sample() {
    let meter = Meter::Storage(Class::DeepArchive);
    let staging = sample("AmazonS3-us-east-1-TimedStorage-GDA-Staging.json");
    assert!(
        staging.contains("\"volumeType\":\"Glacier Deep Archive\"")
            || staging.contains("\"volumeType\": \"Glacier Deep Archive\"")
    );
    assert_eq!(read_products(&[staging], &region("us-east-1"), meter), Ok(None));
    assert_eq!(virginia(meter), None);
    let (service, name) = usage_type(&region("eu-west-2"), meter).expect("a usage type");
    assert_eq!(
        (service, name.as_str()),
        ("AmazonS3GlacierDeepArchive", "EUW2-TimedStorage-GDA-ByteHrs")
    );
}

/// A sample's document with other attributes or prices.
fn changed(name: &str, change: impl Fn(&mut Value)) -> String {
    let mut document: Value = serde_json::from_str(&sample(name)).expect("JSON");
    change(&mut document);
    document.to_string()
}

const PUT: &str = "AmazonS3-us-east-1-Requests-Tier1.json";

fn dimension(document: &mut Value) -> &mut Value {
    let offers = document["terms"]["OnDemand"].as_object_mut().expect("offers");
    let offer = offers.values_mut().next().expect("one");
    let dimensions = offer["priceDimensions"].as_object_mut().expect("dimensions");
    dimensions.values_mut().next().expect("one")
}

#[test]
fn an_annotation_meter_of_the_same_group_as_the_sample_is_not_taken_for_it() {
    let annotation = changed(PUT, |document| {
        document["product"]["sku"] = json!("ANNOTATION");
        document["product"]["attributes"]["usagetype"] = json!("Requests-Annotation-Tier1");
        dimension(document)["pricePerUnit"]["USD"] = json!("0.0000099000");
    });
    assert!(annotation.contains("S3-API-Tier1"), "they share the group");
    let both = [annotation, sample(PUT)];
    let price = read_products(&both, &region("us-east-1"), Meter::Put(Class::Standard));
    assert_eq!(
        price.expect("readable").expect("a price").tiers[0].nano,
        5_000_000
    );
}

#[test]
fn the_same_usage_type_of_another_region_than_the_sample_s_does_not_count() {
    let elsewhere = changed(PUT, |document| {
        document["product"]["attributes"]["regionCode"] = json!("us-east-2");
    });
    let price = read_products(&[elsewhere], &region("us-east-1"), Meter::Put(Class::Standard));
    assert_eq!(price, Ok(None));
}

#[test]
fn what_is_changed_in_a_sample_so_that_it_cannot_be_trusted_is_refused() {
    let read =
        |document: String| read_products(&[document], &region("us-east-1"), Meter::Put(Class::Standard));
    let yuan = changed(PUT, |document| {
        dimension(document)["pricePerUnit"] = json!({"CNY": "0.0000045000"});
    });
    assert!(matches!(read(yuan), Err(PriceListError::Currency(_))));
    let fine = changed(PUT, |document| {
        dimension(document)["pricePerUnit"]["USD"] = json!("0.0000050000001");
    });
    assert!(matches!(read(fine), Err(PriceListError::Price(_))));
    let gap = changed(PUT, |document| dimension(document)["beginRange"] = json!("10"));
    assert!(matches!(read(gap), Err(PriceListError::Tiers(_))));
    let other = changed(PUT, |document| {
        document["product"]["sku"] = json!("OTHER");
        dimension(document)["pricePerUnit"]["USD"] = json!("0.0000051000");
    });
    let both = [sample(PUT), other];
    let both = read_products(&both, &region("us-east-1"), Meter::Put(Class::Standard));
    assert!(matches!(both, Err(PriceListError::Ambiguous(..))));
    assert!(matches!(read("{}".to_string()), Err(PriceListError::Form(_))));
}

#[test]
fn usage_types_begin_with_the_billing_code_and_those_of_kms_with_the_region() {
    for (code, meter, expected) in [
        ("us-east-1", Meter::Put(Class::Standard), "Requests-Tier1"),
        ("eu-west-1", Meter::Put(Class::Standard), "EU-Requests-Tier1"),
        (
            "ap-south-1",
            Meter::Get(Class::StandardIa),
            "APS3-Requests-SIA-Tier2",
        ),
        (
            "ap-southeast-1",
            Meter::Storage(Class::Glacier),
            "APS1-TimedStorage-GlacierByteHrs",
        ),
        ("eu-west-2", Meter::KmsRequest, "eu-west-2-KMS-Requests"),
        ("us-east-1", Meter::KmsKey, "us-east-1-KMS-Keys"),
        ("eu-west-2", Meter::BatchObject, "EUW2-BatchOperations-Objects"),
    ] {
        let (_, name) = usage_type(&region(code), meter).expect("a usage type");
        assert_eq!(name, expected);
    }
    assert_eq!(
        usage_type(&region("cn-north-1"), Meter::KmsRequest),
        None,
        "its code is not known"
    );
    assert_eq!(
        usage_type(&region("eu-west-2"), Meter::RestoreRequest(Class::Glacier)),
        None
    );
}

#[test]
fn prices_finer_than_a_nano_dollar_for_one_are_exact_for_a_million() {
    let inventory = changed(PUT, |document| {
        document["product"]["attributes"]["usagetype"] = json!("Inventory-ObjectsListed");
        dimension(document)["pricePerUnit"]["USD"] = json!("0.0000000025");
    });
    let price = read_products(&[inventory], &region("us-east-1"), Meter::InventoryObject);
    assert_eq!(
        price.expect("readable").expect("a price").tiers[0].nano,
        2_500_000
    );
}

#[tokio::test]
async fn the_stub_is_asked_by_exact_usage_type_and_region_page_by_page() {
    let stub = Stub::start(|call| match call.input["NextToken"].as_str() {
        None => Reply::Output(json!({"FormatVersion": "aws_v1", "PriceList": [], "NextToken": "more"})),
        Some(_) => Reply::Output(json!({"FormatVersion": "aws_v1", "PriceList": page()})),
    })
    .await;
    let list = account(&stub).await.price_list;
    let price = list
        .price(&region("us-east-1"), Meter::Storage(Class::Standard))
        .await;
    assert_eq!(price.expect("an answer").expect("a price").tiers.len(), 3);
    let calls = stub.calls();
    assert_eq!(calls.len(), 2);
    let call = &calls[0];
    assert_eq!(
        (call.service.as_str(), call.operation.as_str()),
        ("AWSPriceListService", "GetProducts")
    );
    assert_eq!(call.input["ServiceCode"], "AmazonS3");
    let filter = |field: &str, value: &str| json!({"Type": "TERM_MATCH", "Field": field, "Value": value});
    assert_eq!(
        call.input["Filters"],
        json!([
            filter("usagetype", "TimedStorage-ByteHrs"),
            filter("regionCode", "us-east-1")
        ])
    );
    assert_eq!(call.region, "us-east-1");
}

#[tokio::test]
async fn what_the_stub_s_list_has_not_is_none_and_what_it_denies_an_error() {
    let stub = Stub::start(|_| Reply::Output(json!({"FormatVersion": "aws_v1", "PriceList": []}))).await;
    let list = account(&stub).await.price_list;
    let price = list.price(&region("eu-west-2"), Meter::KmsRequest).await;
    assert_eq!(price.expect("an answer"), None);
    assert_eq!(stub.calls()[0].input["ServiceCode"], "awskms");
    assert_eq!(
        stub.calls()[0].region,
        "us-east-1",
        "where the list is has nothing to do with what is priced"
    );

    let stub = Stub::start(|_| {
        Reply::Error(
            400,
            "AccessDeniedException",
            "not authorized to perform: pricing:GetProducts",
        )
    })
    .await;
    let list = account(&stub).await.price_list;
    let price = list.price(&region("eu-west-2"), Meter::KmsRequest).await;
    assert_eq!(price.expect_err("denied").fault, Fault::AccessDenied);
}
