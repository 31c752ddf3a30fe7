//! Manifests and folders that are broken, mixed up or strange: each is refused with a message that names the place.

use crate::support::{Copy, assert_says, chain, import_it, sample};
use ingest::ImportError;
use serde_json::json;
use std::fs;

#[test]
fn checksums_are_demanded_and_checked() {
    let copy = Copy::of("current-only/csv");
    fs::write(copy.file("manifest.checksum"), "0".repeat(32)).unwrap();
    assert_says(&copy.failure(), &["manifest.json has MD5", "instead of 00000000"]);
    fs::remove_file(copy.file("manifest.checksum")).unwrap();
    assert_says(&copy.failure(), &["manifest.checksum", "not complete yet"]);

    let copy = Copy::of("current-only/parquet");
    let path = copy.file(".parquet");
    let mut content = fs::read(&path).unwrap();
    content[1000] ^= 1;
    fs::write(&path, &content).unwrap();
    assert_says(&copy.failure(), &[".parquet has MD5", "fetch it again"]);
    content.pop();
    fs::write(&path, &content).unwrap();
    assert_says(&copy.failure(), &[".parquet has", "bytes instead of"]);
}

#[test]
fn columns_are_those_that_are_documented() {
    for (name, from, to) in [
        ("csv", "StorageClass", "Shininess"),
        ("orc", "storage_class", "shininess"),
        ("parquet", "storage_class", "shininess"),
    ] {
        let copy = Copy::of(&format!("current-only/{name}"));
        copy.edit_manifest(|manifest| {
            manifest["fileSchema"] = json!(manifest["fileSchema"].as_str().unwrap().replace(from, to));
        });
        assert_says(&copy.failure(), &["unknown column", &format!("`{to}`")]);
    }
    for (schema, part) in [
        ("Bucket, Size", "lacks the column Key"),
        ("Bucket, Key, Key", "names the column Key twice"),
        ("", "fileSchema is not in the notation of CSV"),
    ] {
        let copy = Copy::of("current-only/csv");
        copy.edit_manifest(|manifest| manifest["fileSchema"] = json!(schema));
        assert_says(&copy.failure(), &[part]);
    }
}

#[test]
fn schema_and_file_must_have_the_same_columns() {
    for (name, removed) in [
        ("orc", ",e_tag:string"),
        ("parquet", "  optional binary e_tag (STRING);"),
    ] {
        let copy = Copy::of(&format!("current-only/{name}"));
        copy.edit_manifest(|manifest| {
            manifest["fileSchema"] = json!(manifest["fileSchema"].as_str().unwrap().replace(removed, ""));
        });
        assert_says(
            &copy.failure(),
            &["has the column `e_tag` that the manifest's fileSchema does not name"],
        );
    }
    for (name, last, added) in [
        ("orc", ">", ",object_owner:string>"),
        ("parquet", "}", "  optional binary object_owner (STRING);}"),
    ] {
        let copy = Copy::of(&format!("current-only/{name}"));
        copy.edit_manifest(|manifest| {
            manifest["fileSchema"] = json!(manifest["fileSchema"].as_str().unwrap().replace(last, added));
        });
        assert_says(
            &copy.failure(),
            &["lacks the column ObjectOwner that the manifest's fileSchema names"],
        );
    }
    let copy = Copy::of("current-only/orc");
    copy.edit_manifest(|manifest| {
        manifest["fileSchema"] = json!(
            manifest["fileSchema"]
                .as_str()
                .unwrap()
                .replace("size:bigint", "size:string")
        );
    });
    assert_says(
        &copy.failure(),
        &["column Size is of type string, expected a 64-bit integer"],
    );
}

#[test]
fn both_notations_of_parquet_schemas_are_read() {
    let copy = Copy::of("all-versions/parquet");
    let new = copy.import().unwrap();
    copy.edit_manifest(|manifest| {
        let schema = manifest["fileSchema"].as_str().unwrap();
        let schema = schema
            .replace("STRING", "UTF8")
            .replace("TIMESTAMP(MILLIS,true)", "TIMESTAMP_MILLIS");
        manifest["fileSchema"] = json!(schema);
    });
    assert_eq!(copy.import().unwrap(), new);
}

#[test]
fn what_is_no_manifest_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifest.json");
    for (content, part) in [
        ("", "it holds nothing"),
        ("[1]", "it holds a JSON array"),
        ("hello", "something that is not a JSON object"),
        ("{}", "an empty JSON object"),
        (
            "{\"version\": 1, \"name\": 2}",
            "a JSON object with `name`, `version`",
        ),
        ("{\"sourceBucket\": ", "not the JSON that AWS writes"),
        ("ORC", "a data file"),
    ] {
        fs::write(&path, content).unwrap();
        assert_says(&chain(&import_it(&path).unwrap_err()), &[part]);
    }
    fs::remove_file(&path).unwrap();
    assert_says(&import_it(&path).unwrap_err().to_string(), &["does not exist"]);
    assert_says(
        &import_it(folder.path()).unwrap_err().to_string(),
        &["holds no inventory delivery"],
    );
}

#[test]
fn manifests_that_lack_or_misstate_a_field_name_it() {
    for (field, value, part) in [
        ("sourceBucket", json!(null), "sourceBucket is missing"),
        (
            "creationTimestamp",
            json!("yesterday"),
            "creationTimestamp is `yesterday`",
        ),
        (
            "fileFormat",
            json!("XLSX"),
            "fileFormat is `XLSX`, expected CSV, ORC or Parquet",
        ),
        ("fileSchema", json!(null), "fileSchema is missing"),
        ("files", json!(null), "files is missing"),
        (
            "files",
            json!([{"key": "a", "size": 1}]),
            "files has an entry without an MD5checksum",
        ),
        ("files", json!([{"size": 1}]), "files has an entry without key"),
    ] {
        let copy = Copy::of("current-only/csv");
        copy.edit_manifest(|manifest| manifest[field] = value);
        assert_says(&copy.failure(), &[part]);
    }
}

#[test]
fn keys_that_leave_the_delivery_are_refused() {
    for key in [
        "../../../etc/passwd",
        "/etc/passwd",
        "inventory/../../x.csv.gz",
        "a\\..\\b",
        "",
    ] {
        let copy = Copy::of("current-only/csv");
        copy.edit_manifest(|manifest| manifest["files"][0]["key"] = json!(key));
        let error = copy.import().unwrap_err();
        assert!(matches!(error, ImportError::UnsafeKey { .. }), "{key}: {error}");
    }
    let copy = Copy::of("current-only/csv");
    copy.edit_manifest(|manifest| manifest["files"][1] = manifest["files"][0].clone());
    assert_says(&copy.failure(), &["is listed twice"]);
}

#[test]
fn folders_are_searched_and_several_inventories_are_named() {
    let message = import_it(&sample("all-versions")).unwrap_err().to_string();
    assert_says(
        &message,
        &[
            "several inventories",
            "csv/inventory/analytics-lake/all-objects, orc/inventory",
        ],
    );

    let copy = Copy::of("london-10tb");
    let dated = copy.file("manifest.json").parent().unwrap().to_path_buf();
    let newer = dated.with_file_name("2026-11-27T01-00Z");
    fs::create_dir(&newer).unwrap();
    fs::copy(dated.join("manifest.json"), newer.join("manifest.json")).unwrap();
    assert!(copy.import().is_ok(), "the newest complete delivery is older");
    fs::write(newer.join("manifest.checksum"), "0".repeat(32)).unwrap();
    assert_says(&copy.failure(), &["2026-11-27T01-00Z/manifest.json has MD5"]);
}

#[test]
fn data_files_beside_the_manifest_are_found() {
    let copy = Copy::of("london-10tb");
    let flat = tempfile::tempdir().unwrap();
    for end in ["manifest.json", "manifest.checksum", ".csv.gz"] {
        for path in copy.files(end) {
            fs::copy(&path, flat.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    assert_eq!(
        import_it(flat.path()).unwrap().groups,
        copy.import().unwrap().groups
    );
}
