//! Turns the files of `data` into constant tables, so that the browser carries numbers and
//! not a JSON parser. Run by cargo; a number that cannot be kept exactly stops the build.

use serde_json::Value;
use std::fmt::Write as _;
use std::{env, fs, path::Path};

/// Storage classes of the price file, in the spelling of S3 and of our enum.
const CLASSES: [(&str, &str); 7] = [
    ("STANDARD", "Standard"),
    ("STANDARD_IA", "StandardIa"),
    ("ONEZONE_IA", "OneZoneIa"),
    ("GLACIER_IR", "GlacierIr"),
    ("GLACIER", "Glacier"),
    ("DEEP_ARCHIVE", "DeepArchive"),
    ("INTELLIGENT_TIERING", "IntelligentTiering"),
];

fn main() {
    println!("cargo::rerun-if-changed=data/prices.json");
    println!("cargo::rerun-if-changed=data/quotas.json");
    println!("cargo::rerun-if-changed=data/load_balancers.json");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("prices.rs"), prices()).expect("OUT_DIR can be written");
    fs::write(Path::new(&out).join("quotas.rs"), quotas()).expect("OUT_DIR can be written");
    fs::write(Path::new(&out).join("load_balancers.rs"), load_balancers()).expect("OUT_DIR can be written");
}

fn read(path: &str) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path} is not JSON: {error}"))
}

/// A decimal number of the file in billionths, exactly; `None` for null.
fn nano(value: &Value) -> Option<i64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa.to_string(),
            exponent.parse::<i32>().expect("an exponent"),
        ),
        None => (text.clone(), 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((&mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().expect("digits");
    let shift = 9 + exponent - i32::try_from(fraction.len()).expect("a short fraction");
    let nano = if shift >= 0 {
        digits * 10i128.pow(shift.unsigned_abs())
    } else {
        let divisor = 10i128.pow(shift.unsigned_abs());
        assert!(digits % divisor == 0, "{text} is finer than a nano-dollar");
        digits / divisor
    };
    Some(i64::try_from(nano).expect("a price fits in 64 bits"))
}

/// One flat tier from zero upwards.
fn flat(value: &Value) -> Option<String> {
    nano(value).map(|price| format!("&[Tier {{ begin_gb: 0, end_gb: None, nano: {price} }}]"))
}

fn tiers(value: &Value) -> Option<String> {
    let list = value.as_array()?;
    let mut text = String::from("&[");
    for tier in list {
        let end = tier["end_gb"]
            .as_u64()
            .map_or("None".to_string(), |end| format!("Some({end})"));
        let begin = tier["begin_gb"].as_u64().expect("begin_gb");
        let price = nano(&tier["price"])?;
        write!(
            text,
            "Tier {{ begin_gb: {begin}, end_gb: {end}, nano: {price} }}, "
        )
        .expect("a string grows");
    }
    text.push(']');
    Some(text)
}

struct Table {
    text: String,
}

impl Table {
    fn point(&mut self, meter: &str, per: u64, tiers: Option<String>, source: &Value) {
        let (Some(tiers), Some(source)) = (tiers, source.as_str()) else {
            return;
        };
        writeln!(
            self.text,
            "    BundledPrice {{ meter: Meter::{meter}, per: {per}, tiers: {tiers}, source: {source:?} }},"
        )
        .expect("a string grows");
    }
}

/// The prices of its storage classes.
fn classes(table: &mut Table, facts: &Value) {
    let s3_source = &facts["s3_source"];
    for (class, variant) in CLASSES {
        let rows = &facts["s3"][class];
        let storage = if class == "INTELLIGENT_TIERING" {
            "frequent_gb_month"
        } else {
            "storage_gb_month"
        };
        table.point(
            &format!("Storage(StorageClass::{variant})"),
            1,
            tiers(&rows[storage]),
            s3_source,
        );
        table.point(
            &format!("Put(StorageClass::{variant})"),
            1000,
            flat(&rows["put_per_1k"]),
            s3_source,
        );
        table.point(
            &format!("Get(StorageClass::{variant})"),
            1000,
            flat(&rows["get_per_1k"]),
            s3_source,
        );
        table.point(
            &format!("RestoreRequest(StorageClass::{variant})"),
            1000,
            flat(&rows["restore_requests_per_1k"]["standard"]),
            s3_source,
        );
        let retrieval = &rows["retrieval_per_gb"];
        let retrieval = if retrieval.is_object() {
            &retrieval["standard"]
        } else {
            retrieval
        };
        table.point(
            &format!("Retrieval(StorageClass::{variant})"),
            1,
            flat(retrieval),
            s3_source,
        );
    }
}

/// The prices of one Region.
fn points(facts: &Value) -> String {
    let mut table = Table { text: String::new() };
    let s3_source = &facts["s3_source"];
    classes(&mut table, facts);
    let monitoring = &facts["s3"]["INTELLIGENT_TIERING"]["monitoring_per_1k_objects_month"];
    table.point("TieringMonitoring", 1000, flat(monitoring), s3_source);
    let kms_source = &facts["kms_source"];
    table.point("KmsKey", 1, flat(&facts["kms_key_month"]), kms_source);
    table.point("KmsRequest", 10_000, flat(&facts["kms_per_10k"]), kms_source);
    let batch = &facts["batch_operations"];
    table.point("BatchJob", 1, flat(&batch["per_job"]), &batch["source"]);
    table.point(
        "BatchObject",
        1_000_000,
        flat(&batch["per_million_objects"]),
        &batch["source"],
    );
    let manifest = &batch["generated_manifest_per_million_source_objects"];
    table.point("BatchManifestObject", 1_000_000, flat(manifest), &batch["source"]);
    let inventory = &facts["inventory_per_million_objects"];
    table.point(
        "InventoryObject",
        1_000_000,
        flat(inventory),
        &facts["inventory_source"],
    );
    table.text
}

fn prices() -> String {
    let file = read("data/prices.json");
    let mut regions = String::from("static REGIONS: &[RegionFacts] = &[\n");
    for (region, facts) in file["regions"].as_object().expect("regions") {
        writeln!(
            regions,
            "    RegionFacts {{ code: {region:?}, name: {:?}, currency: {:?}, partition: {:?}, points: &[\n{}    ] }},",
            facts["name"].as_str().unwrap_or(region),
            facts["currency"].as_str().expect("currency"),
            facts["partition"].as_str().expect("partition"),
            points(facts)
        )
        .expect("a string grows");
    }
    let mut text = regions + "];\n" + "static SOURCES: &[PriceSource] = &[\n";
    for (key, source) in file["_meta"]["sources"].as_object().expect("sources") {
        let what = source["what"].as_str().or(source["repo"].as_str()).expect("what");
        let date = source["data_date"].as_str().unwrap_or("2026-08-21");
        writeln!(
            text,
            "    PriceSource {{ key: {key:?}, what: {what:?}, date: {date:?} }},"
        )
        .expect("a string grows");
    }
    text.push_str("];\n");
    let page = &file["_meta"]["kms_pricing_page_default"];
    writeln!(
        text,
        "static KMS_PAGE_KEY: &[Tier] = {};",
        flat(&page["key_month"]).expect("key_month")
    )
    .expect("grows");
    writeln!(
        text,
        "static KMS_PAGE_REQUEST: &[Tier] = {};",
        flat(&page["per_10k"]).expect("per_10k")
    )
    .expect("grows");
    let free = page["free_requests_per_month_all_regions"]
        .as_u64()
        .expect("free requests");
    writeln!(text, "const KMS_FREE_REQUESTS: u64 = {free};").expect("a string grows");
    writeln!(
        text,
        "static MADE: &str = {:?};",
        file["_meta"]["made"].as_str().expect("made")
    )
    .expect("grows");
    text
}

fn quotas() -> String {
    let file = read("data/quotas.json");
    let string = |key: &str| file[key].as_str().unwrap_or_else(|| panic!("{key}")).to_string();
    let number = |key: &str| file[key].as_u64().unwrap_or_else(|| panic!("{key}"));
    let mut text = String::from("static KMS_PER_SECOND: &[(&str, u64)] = &[\n");
    for (region, value) in file["per_second"].as_object().expect("per_second") {
        writeln!(text, "    ({region:?}, {}),", value.as_u64().expect("a quota")).expect("a string grows");
    }
    text.push_str("];\n");
    for (name, key) in [
        ("SOURCE", "source"),
        ("DATE", "date"),
        ("QUOTA_NAME", "quota_name"),
    ] {
        writeln!(text, "static {name}: &str = {:?};", string(key)).expect("a string grows");
    }
    for (name, key) in [("SERVICE_CODE", "service_code"), ("QUOTA_CODE", "quota_code")] {
        writeln!(
            text,
            "/// As Service Quotas spells it.\npub static {name}: &str = {:?};",
            string(key)
        )
        .expect("grows");
    }
    for (name, key) in [
        ("KMS_DEFAULT_PER_SECOND", "default_per_second"),
        ("S3_PUT_PER_PREFIX_PER_SECOND", "s3_put_per_prefix_per_second"),
        ("S3_GET_PER_PREFIX_PER_SECOND", "s3_get_per_prefix_per_second"),
        ("KMS_CUSTOM_KEY_STORE_PER_SECOND", "custom_key_store_per_second"),
    ] {
        writeln!(text, "const {name}: u64 = {};", number(key)).expect("a string grows");
    }
    writeln!(text, "static S3_SOURCE: &str = {:?};", string("s3_source")).expect("a string grows");
    writeln!(text, "static S3_DATE: &str = {:?};", string("s3_date")).expect("a string grows");
    text
}

fn load_balancers() -> String {
    let file = read("data/load_balancers.json");
    let said = |key: &str| file[key].as_str().unwrap_or_else(|| panic!("{key}"));
    let mut text = format!(
        "/// {} ({}).\nstatic LOAD_BALANCER_ACCOUNTS: &[(&str, &str)] = &[\n",
        said("source"),
        said("date")
    );
    for (region, account) in file["accounts"].as_object().expect("accounts") {
        writeln!(
            text,
            "    ({region:?}, {:?}),",
            account.as_str().expect("an account")
        )
        .expect("a string grows");
    }
    text.push_str("];\n");
    text
}
