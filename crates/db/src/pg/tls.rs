//! TLS to PostgreSQL: what the URL's `sslmode` and `sslrootcert` mean, and why it was refused.
//!
//! | `sslmode` | Encrypted | Certificate checked |
//! |---|---|---|
//! | `disable` | no | |
//! | `prefer`, the default | if the server offers it | no: it would go on without TLS as well |
//! | `require`, `verify-full` | yes, or no connection | its authority and its host name |
//!
//! Authorities are the system's, or those of the PEM file that `sslrootcert` names. libpq's
//! `require` trusts any certificate, so whoever stands between could read along: here it does
//! not. Its `allow` and `verify-ca` are refused rather than read as something else.

use std::path::Path;
use std::sync::Arc;

use postgres::Config;
use postgres::config::SslMode;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::DbError;

/// Reads a `postgres://` URL: how to connect, and how to encrypt.
///
/// # Errors
/// [`DbError::Schema`]: the URL cannot be read, its `sslmode` is unknown, or the file of its
/// `sslrootcert` holds no certificate.
pub(super) fn read_url(url: &str) -> Result<(Config, MakeRustlsConnect), DbError> {
    let asked = Asked::of(url)?;
    let mut config: Config = asked.url.parse().map_err(|_| unreadable())?;
    let (mode, is_checked) = match asked.mode.as_deref() {
        Some("disable") => (SslMode::Disable, false),
        None | Some("prefer") => (SslMode::Prefer, false),
        Some("require" | "verify-full") => (SslMode::Require, true),
        Some(_) => {
            return Err(wrong("sslmode is one of disable, prefer, require and verify-full"));
        }
    };
    config.ssl_mode(mode);
    let authorities = match asked.authorities.as_deref() {
        None | Some("system") => None,
        Some(_) if !is_checked => {
            return Err(wrong(
                "sslrootcert is only looked at with sslmode=verify-full: without it no \
                 certificate is checked",
            ));
        }
        Some(file) => Some(Path::new(file)),
    };
    Ok((config, MakeRustlsConnect::new(client(is_checked, authorities)?)))
}

/// Why TLS or the settings of a connection were refused for good, in words for whoever wrote the
/// URL; nothing if the server did not answer, so that waiting may help.
pub(super) fn refusal(error: &postgres::Error) -> Option<String> {
    if error.is_closed() || error.code().is_some() {
        return None;
    }
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return of_handshake(io.get_ref()?.downcast_ref()?);
        }
        words = format!("{words}: {inner}");
        source = inner.source();
    }
    Some(format!("no connection to PostgreSQL: {words}"))
}

fn of_handshake(error: &rustls::Error) -> Option<String> {
    Some(match error {
        rustls::Error::InvalidCertificate(reason) => format!(
            "the certificate of PostgreSQL is not accepted: {reason}; sslrootcert=FILE in the URL \
             names the certificate of its authority, and the URL's host must be one of its names"
        ),
        other => format!("no TLS with PostgreSQL: {other}"),
    })
}

/// A URL without what is said about TLS, and that.
struct Asked {
    url: String,
    mode: Option<String>,
    authorities: Option<String>,
}

impl Asked {
    fn of(url: &str) -> Result<Self, DbError> {
        // A password may hold a question mark: the parameters come after the first `@`.
        let host = url.find('@').unwrap_or(0);
        let Some(mark) = url[host..].find('?').map(|at| host + at) else {
            return Ok(Self { url: url.to_owned(), mode: None, authorities: None });
        };
        let (mut mode, mut authorities, mut others) = (None, None, Vec::new());
        for parameter in url[mark + 1..].split('&') {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = Some(decoded(value)?),
                Some(("sslrootcert", value)) => authorities = Some(decoded(value)?),
                _ => others.push(parameter),
            }
        }
        let mut rest = url[..mark].to_owned();
        if !others.is_empty() {
            rest = format!("{rest}?{}", others.join("&"));
        }
        Ok(Self { url: rest, mode, authorities })
    }
}

/// A parameter's value, its `%20` and the like read by the driver, as in the rest of the URL.
fn decoded(value: &str) -> Result<String, DbError> {
    let carrier: Config = format!("postgres:///?application_name={value}")
        .parse()
        .map_err(|_: postgres::Error| unreadable())?;
    Ok(carrier.get_application_name().unwrap_or_default().to_owned())
}

fn client(is_checked: bool, authorities: Option<&Path>) -> Result<ClientConfig, DbError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions();
    let builder = match builder {
        Ok(builder) => builder,
        Err(error) => unreachable!("ring offers TLS 1.2 and 1.3: {error}"),
    };
    if is_checked {
        return Ok(builder.with_root_certificates(roots(authorities)?).with_no_client_auth());
    }
    let anyone = Arc::new(Anyone(provider));
    Ok(builder.dangerous().with_custom_certificate_verifier(anyone).with_no_client_auth())
}

fn roots(file: Option<&Path>) -> Result<RootCertStore, DbError> {
    let mut roots = RootCertStore::empty();
    let Some(file) = file else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    let found = rustls_native_certs::load_certs_from_paths(Some(file), None);
    let (n_read, n_unreadable) = roots.add_parsable_certificates(found.certs);
    if n_read == 0 || n_unreadable > 0 || !found.errors.is_empty() {
        let why = found.errors.first().map_or_else(String::new, |error| format!(": {error}"));
        return Err(wrong(&format!(
            "sslrootcert names `{}`, which is no PEM file of certificates{why}",
            file.display()
        )));
    }
    Ok(roots)
}

/// Takes any certificate, if the server has its key: for a connection that would do without TLS.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

fn wrong(message: &str) -> DbError {
    DbError::Schema { message: format!("the PostgreSQL URL cannot be used: {message}") }
}

fn unreadable() -> DbError {
    DbError::Schema {
        message: "the PostgreSQL URL cannot be read; it looks like \
                  postgres://USER:PASSWORD@HOST:5432/DATABASE"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> SslMode {
        read_url(url).expect("a URL").0.get_ssl_mode()
    }

    fn error(url: &str) -> String {
        match read_url(url) {
            Ok(_) => panic!("{url} was taken"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_url_says_whether_to_encrypt() {
        assert_eq!(mode("postgres://u:p@db/shop"), SslMode::Prefer);
        assert_eq!(mode("postgres://u:p@db/shop?sslmode=disable"), SslMode::Disable);
        assert_eq!(mode("postgres://u:p@db/shop?sslmode=require"), SslMode::Require);
        assert_eq!(mode("postgresql://db/shop?sslmode=verify-full"), SslMode::Require);
        assert!(error("postgres://db/shop?sslmode=verify-ca").contains("disable, prefer, require"));
    }

    #[test]
    fn other_parameters_and_odd_passwords_stay() {
        let url = "postgres://u:a?b=c@db:6000/shop?connect_timeout=3&sslmode=require&options=-cx";
        let (config, _) = read_url(url).expect("a URL");
        assert_eq!(config.get_password(), Some("a?b=c".as_bytes()));
        assert_eq!(config.get_options(), Some("-cx"));
        assert_eq!(config.get_connect_timeout().map(std::time::Duration::as_secs), Some(3));
        assert_eq!((config.get_ports(), config.get_ssl_mode()), (&[6000][..], SslMode::Require));
    }

    #[test]
    fn a_file_of_authorities_must_hold_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("my ca.pem");
        let name = file.display().to_string().replace(' ', "%20");
        let url = format!("postgres://db/shop?sslmode=verify-full&sslrootcert={name}");
        assert!(error(&url).contains("my ca.pem"), "{}", error(&url));
        std::fs::write(&file, "no certificate").expect("a file");
        assert!(error(&url).contains("no PEM file"), "{}", error(&url));
        let unchecked = url.replace("verify-full", "prefer");
        assert!(error(&unchecked).contains("only looked at"), "{}", error(&unchecked));
    }
}
