//! Uploads of a delivery's or a table's files from the import page: streamed to disk, then imported like any other path.

use super::Shared;
use super::api::Problem;
use crate::delivered::base_name;
use crate::service::intake::Location;
use crate::service::internal;
use app::backend::{AppError, ErrorKind};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use leptos::server_fn::error::ServerFnUrlError;
use model::inventory::Region;
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt as _;

/// `POST /import/upload`: fields `delivery` (files) and `region`.
pub(super) async fn receive(
    State(shared): State<Shared>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Redirect, Problem> {
    match take(&shared, form).await {
        Ok(()) => Ok(Redirect::to("/import")),
        Err(error) if wants_page(&headers) => Ok(back("/api/fn/start_import", "/import", error)),
        Err(error) => Err(error.into()),
    }
}

/// Whether a browser sent a form by itself and wants to see a page.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|text| text.contains("text/html"))
}

/// Leads back to the form that was sent to `form`, with the error in the address, where the page looks for it.
pub(super) fn back(form: &str, page: &str, error: AppError) -> Redirect {
    let told = ServerFnUrlError::new(form, error);
    let path = page.split('?').next().unwrap_or(page);
    let query = told
        .to_url(&format!("http://rekey{page}"))
        .ok()
        .and_then(|url| url.query().map(ToString::to_string));
    Redirect::to(&format!("{path}?{}", query.unwrap_or_default()))
}

async fn take(shared: &Shared, form: Multipart) -> Result<(), AppError> {
    let service = &shared.service;
    let stamp = service.inner.clock.now().0;
    let folder = service.inner.data.join("uploads").join(stamp.to_string());
    let kept = keep(form, &folder, service.inner.upload_limit).await;
    let (location, region) = match kept {
        Ok(kept) => kept,
        Err(error) => {
            // What did not arrive whole leaves nothing behind; the folder may not exist yet.
            let _ = tokio::fs::remove_dir_all(&folder).await;
            return Err(error);
        }
    };
    service.begin_import(Location::Path(location), region, Some(folder));
    Ok(())
}

async fn keep(
    mut form: Multipart,
    folder: &Path,
    limit: model::quantity::Bytes,
) -> Result<(PathBuf, Option<Region>), AppError> {
    let data = folder.join("data");
    tokio::fs::create_dir_all(&data)
        .await
        .map_err(|error| internal(&error))?;
    let (mut names, mut region) = (Vec::new(), None);
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error, limit))? {
        match field.name() {
            Some("region") => {
                let text = field.text().await.map_err(|error| broken(&error, limit))?;
                region = crate::service::region_field(&text)?;
            }
            Some("delivery") => {
                let Some(name) = field.file_name().and_then(base_name).map(ToString::to_string) else {
                    continue;
                };
                let beside =
                    name == "manifest.json" || name == "manifest.checksum" || name.ends_with(".json");
                let target = if beside {
                    folder.join(&name)
                } else {
                    data.join(&name)
                };
                save(field, &target, limit).await?;
                names.push(name);
            }
            _ => {}
        }
    }
    let location = match names.as_slice() {
        [] => {
            return Err(AppError::new(
                ErrorKind::Input,
                "No file was uploaded.",
                "Choose manifest.json, manifest.checksum and the data files, one Macie JSON file, or Parquet files of an S3 Metadata table.",
            ));
        }
        tables if tables.iter().all(|name| name.ends_with(".parquet")) => data,
        [one] if one != "manifest.json" => folder.join(one),
        _ => folder.join("manifest.json"),
    };
    Ok((location, region))
}

async fn save(mut field: Field<'_>, target: &Path, limit: model::quantity::Bytes) -> Result<(), AppError> {
    let mut file = tokio::fs::File::create(target)
        .await
        .map_err(|error| internal(&error))?;
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error, limit))? {
        file.write_all(&chunk).await.map_err(|error| internal(&error))?;
    }
    file.flush().await.map_err(|error| internal(&error))
}

fn broken(error: &MultipartError, limit: model::quantity::Bytes) -> AppError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return AppError::new(
            ErrorKind::Input,
            format!("The upload is larger than {}.", model::format::bytes(limit)),
            "Name a path that the server can read instead, or start it with a higher --upload-limit-mib.",
        );
    }
    AppError::new(
        ErrorKind::Input,
        format!("The upload broke off: {error}"),
        "Upload it again.",
    )
}
