//! A PostgreSQL that speaks TLS only, with a certificate of an authority of its own: who is
//! trusted, who is refused, and that a refusal comes at once and says what to do.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use mercer_testkit::on_postgres;

use crate::support::cluster::Cluster;
use crate::support::program::{Ran, mercer, must, now, run};

/// A refusal is no outage: nobody waits for it to pass.
const REFUSAL: Duration = Duration::from_secs(10);

#[test]
fn a_certificate_is_checked_when_the_url_asks_for_it_and_a_refusal_is_told_at_once() {
    on_postgres("encrypted", &[], |bed| {
        let folder = bed.folder.path();
        make_certificates(folder);
        let cluster = Cluster::start();
        cluster.encrypt(&folder.join("server.crt"), &folder.join("server.key"));
        let by_name = cluster.url().replace("127.0.0.1", "localhost");
        let authority = format!("sslrootcert={}", folder.join("ca.crt").display());
        let status = |url: &str| -> Ran {
            let begun = now();
            let ran = run(mercer(folder, &["--database", url, "--json", "status"]));
            assert!(begun.elapsed() < REFUSAL, "{url} took {:?}", begun.elapsed());
            ran
        };

        status(&format!("{by_name}?sslmode=disable")).bad(&["no encryption"]);
        status(&by_name).good();
        let unknown = ["not accepted", "UnknownIssuer", "sslrootcert=FILE"];
        status(&format!("{by_name}?sslmode=require")).bad(&unknown);
        status(&format!("{by_name}?sslmode=verify-full")).bad(&unknown);
        status(&format!("{by_name}?sslmode=verify-full&{authority}")).good();
        status(&format!("{by_name}?sslmode=require&{authority}")).good();
        let by_address = cluster.url();
        status(&format!("{by_address}?sslmode=verify-full&{authority}"))
            .bad(&["not valid for name", "127.0.0.1"]);
        status(&format!("{by_name}?sslmode=verify-ca")).bad(&["verify-full"]);
    });
}

#[test]
fn a_postgresql_without_tls_is_refused_at_once_where_tls_is_required() {
    on_postgres("unencrypted", &[], |bed| {
        let cluster = Cluster::start();
        let url = format!("{}?sslmode=require", cluster.url());
        let begun = now();
        run(mercer(bed.folder.path(), &["--database", &url, "status"]))
            .bad(&["server does not support TLS"]);
        assert!(begun.elapsed() < REFUSAL, "it took {:?}", begun.elapsed());
    });
}

/// An authority, `ca.crt`, and its certificate for `localhost`, `server.crt` with `server.key`.
fn make_certificates(folder: &Path) {
    let openssl = |arguments: &str| {
        let mut command = Command::new("openssl");
        command.args(arguments.split_whitespace()).current_dir(folder);
        must(command);
    };
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").expect("a file");
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=Authority",
    );
    openssl("req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost");
    openssl(
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \
         -extfile names -out server.crt",
    );
}
