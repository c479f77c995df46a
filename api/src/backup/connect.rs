//! Object stores of S3, Azure and Google.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreScheme, RetryConfig};
use url::Url;

/// Prefixes of the variables that hold settings of such stores.
const VARIABLES: [&str; 3] = ["AWS_", "AZURE_", "GOOGLE_"];

const SCHEMES: &str = "it starts with none of file://, s3://, az:// and gs://";

/// The settings of such stores, which are variables of the environment.
pub fn settings() -> impl Iterator<Item = (String, String)> {
    let text =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let is_setting = |(name, _): &(String, String)| VARIABLES.iter().any(|prefix| name.starts_with(prefix));
    std::env::vars_os().filter_map(text).filter(is_setting)
}

/// A client of the store at a URL, and the path of the backups in it.
///
/// # Errors
/// When the URL names no such store, or a setting is missing or wrong.
pub fn connect(url: &str) -> anyhow::Result<(Arc<dyn ObjectStore>, Path)> {
    // Only the first call installs it.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let url = Url::parse(url).context(SCHEMES)?;
    // The error would quote the URL, which may hold a key.
    let (scheme, path) = ObjectStoreScheme::parse(&url).map_err(|_| anyhow!(SCHEMES))?;
    // A backup store that is unreachable is reported soon. An upload of a part may take long.
    let retry =
        RetryConfig { max_retries: 3, retry_timeout: Duration::from_secs(15), ..RetryConfig::default() };
    let options = ClientOptions::new()
        .with_timeout_disabled()
        .with_connect_timeout(Duration::from_secs(5))
        .with_read_timeout(Duration::from_secs(120));
    macro_rules! build {
        ($builder:ty, $variables:literal) => {{
            let builder =
                <$builder>::new().with_url(url.as_str()).with_retry(retry).with_client_options(options);
            let settings = settings().filter(|(name, _)| name.starts_with($variables));
            let known =
                settings.filter_map(|(name, value)| Some((name.to_ascii_lowercase().parse().ok()?, value)));
            Arc::new(known.fold(builder, |builder, (key, value)| builder.with_config(key, value)).build()?)
        }};
    }
    #[expect(clippy::wildcard_enum_match_arm, reason = "other kinds of stores are refused")]
    let store: Arc<dyn ObjectStore> = match scheme {
        ObjectStoreScheme::AmazonS3 => build!(AmazonS3Builder, "AWS_"),
        ObjectStoreScheme::MicrosoftAzure => build!(MicrosoftAzureBuilder, "AZURE_"),
        ObjectStoreScheme::GoogleCloudStorage => build!(GoogleCloudStorageBuilder, "GOOGLE_"),
        _ => bail!(SCHEMES),
    };
    Ok((store, Path::parse(path)?))
}
