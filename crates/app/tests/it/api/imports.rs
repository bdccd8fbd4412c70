//! Files of orders: looked at, uploaded, followed, with what could not be kept.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use mercer_app::system::SystemClock;
use mercer_core::clock::Clock;
use serde_json::{Value, json};

use crate::support::{Answer, Server, on_empty};

const GOOD: &str = "\
order_number,placed_at,sku,title,quantity,unit_price,customer_id,email,currency
1,2026-02-01T10:00:00Z,TEA-1,Assam,2,4.50,c-1,ada@example.com,GBP
1,2026-02-01T10:00:00Z,TEA-2,Darjeeling,1,6.00,c-1,ada@example.com,GBP
2,2026-02-02T11:00:00Z,TEA-1,Assam,1,4.50,c-2,bob@example.com,GBP
2,2026-02-02T11:00:00Z,TEA-1,Assam,1,4.50,c-2,bob@example.com,GBP
3,2026-02-03T12:00:00Z,TEA-3,Oolong,many,7.25,c-2,bob@example.com,GBP
4,2026-02-04T12:00:00Z,TEA-4,\"Oolong, \"\"best\"\" 🫖\",3,7.25,,,GBP
";

fn upload(server: &Server, path: &str, file: impl Into<Body>) -> Answer {
    let request = server
        .request(Method::POST, path, &server.write_key)
        .header("content-type", "application/octet-stream");
    server.send(request.body(file.into()).unwrap())
}

fn import(server: &Server, query: &str, file: &str) -> Value {
    server.clock.advance_seconds(1);
    let begun = upload(server, &format!("/v1/imports?{query}"), file.to_owned());
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.text());
    finished(server, begun.json()["id"].as_str().unwrap())
}

/// Asks until the import is over.
fn finished(server: &Server, id: &str) -> Value {
    let begun = SystemClock.now();
    loop {
        let import = server.json(&format!("/v1/imports/{id}"));
        if import["state"] != "running" {
            return import;
        }
        let waited = SystemClock.now().duration_since(begun);
        assert!(waited.as_secs() < 30, "{import}");
        std::thread::yield_now();
    }
}

#[test]
fn a_file_is_looked_at_before_anything_is_kept() {
    on_empty("preview", |server| {
        let path = "/v1/imports/preview?file_name=orders.csv";
        let preview = upload(server, path, GOOD).ok();
        assert_eq!(preview["preset"], "generic");
        assert_eq!(preview["preset_guessed"], true);
        assert_eq!(preview["columns"].as_array().unwrap().len(), 9);
        assert_eq!(preview["problems"], json!([]));
        assert_eq!(preview["sample"][0][3], "Assam");
        let column = |field: &str| {
            let mapping = preview["mapping"].as_array().unwrap();
            let found = mapping.iter().find(|field_of| field_of["field"] == field).unwrap();
            found["column"].as_str().unwrap().to_owned()
        };
        assert_eq!(column("quantity"), "quantity");
        let lacking = upload(server, path, GOOD.replace("quantity", "colour")).ok();
        assert!(!lacking["problems"].as_array().unwrap().is_empty(), "{lacking}");
        for bad in ["", "\u{0}\u{1}\u{2}PNG\u{0}"] {
            upload(server, path, bad).problem(400, "invalid_request");
        }
        upload(server, &format!("{path}&preset=odd"), GOOD).problem(400, "invalid_request");
        assert_eq!(server.json("/v1/imports")["items"], json!([]));
        assert_eq!(server.json("/v1/status")["n_orders"], 0);
    });
}

#[test]
fn an_upload_is_followed_to_its_end_and_every_row_is_accounted_for() {
    on_empty("upload", |server| {
        let done = import(server, "file_name=february.csv", GOOD);
        assert_eq!(done["state"], "done", "{done}");
        assert_eq!(done["file_name"], "february.csv");
        let figure = |name: &str| done[name].as_i64().unwrap();
        assert_eq!(figure("rows"), 6);
        assert_eq!((figure("kept"), figure("rejected"), figure("duplicates")), (4, 1, 1));
        assert_eq!((figure("orders"), figure("created")), (3, 3));
        let orders = server.walk("/v1/orders?sort=placed_at", 50);
        let totals: Vec<i64> =
            orders.iter().map(|order| order["total_minor"].as_i64().unwrap()).collect();
        assert_eq!(totals, [1_500, 450, 2_175]);
        assert_eq!(orders[2]["customer"], Value::Null, "a guest");
        assert_eq!(server.json("/v1/products/TEA-4")["title"], "Oolong, \"best\" 🫖");
        let again = import(server, "file_name=february.csv", GOOD);
        let figure = |name: &str| again[name].as_i64().unwrap();
        assert_eq!((figure("created"), figure("changed"), figure("unchanged")), (0, 0, 3));
        let listed = server.walk("/v1/imports", 1);
        assert_eq!(listed.len(), 2);
        assert_eq!(listed[0]["id"], again["id"], "latest first");
    });
}

#[test]
fn rows_that_were_not_kept_can_be_fetched_with_line_column_and_reason() {
    on_empty("rejects", |server| {
        let done = import(server, "", GOOD);
        let id = done["id"].as_str().unwrap();
        let rejects = server.get(&format!("/v1/imports/{id}/rejects"));
        assert_eq!(rejects.status, StatusCode::OK);
        assert_eq!(rejects.header("content-type"), "text/csv; charset=utf-8");
        let name = format!("attachment; filename=\"{id}.rejects.csv\"");
        assert_eq!(rejects.header("content-disposition"), name);
        let text = rejects.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        for part in ["6", "quantity", "many"] {
            assert!(lines[1].contains(part), "{part}: {text}");
        }
        let clean = import(server, "", &GOOD.replace("many", "4"));
        let none = server.get(&format!("/v1/imports/{}/rejects", clean["id"].as_str().unwrap()));
        assert_eq!(none.text(), "");
    });
}

#[test]
fn progress_arrives_as_events_until_the_end() {
    on_empty("events", |server| {
        let mut file = GOOD.lines().next().unwrap().to_owned();
        for number in 0..3_000 {
            file.push_str(&format!("\n{number},2026-02-01T10:00:00Z,TEA-1,Assam,1,4.50,,,GBP"));
        }
        let begun = upload(server, "/v1/imports", file).json();
        let path = format!("/v1/imports/{}/events", begun["id"].as_str().unwrap());
        for is_over in [false, true] {
            // Also for a browser that takes compressed answers: events are not held back.
            let request = server
                .request(Method::GET, &path, &server.read_key)
                .header("accept-encoding", "gzip");
            let answer = server.send(request.body(Body::empty()).unwrap());
            assert_eq!(answer.header("content-type"), "text/event-stream");
            assert_eq!(answer.header("content-encoding"), "");
            let events: Vec<Value> = answer
                .text()
                .lines()
                .filter_map(|line| line.strip_prefix("data: "))
                .map(|data| serde_json::from_str(data).unwrap())
                .collect();
            let last = events.last().unwrap();
            assert_eq!(last["state"], "done", "{last}");
            assert_eq!((&last["rows"], &last["created"]), (&json!(3_000), &json!(3_000)));
            let rows: Vec<i64> = events.iter().map(|e| e["rows"].as_i64().unwrap()).collect();
            assert!(rows.windows(2).all(|pair| pair[0] <= pair[1]), "{rows:?}");
            assert!(answer.text().contains("event: progress\n"));
            if is_over {
                assert_eq!(events.len(), 1, "over: what is known, once");
            }
        }
    });
}

#[test]
fn a_dry_run_counts_everything_and_keeps_nothing() {
    on_empty("dry_run", |server| {
        let dry = import(server, "dry_run=true", GOOD);
        let figure = |name: &str| dry[name].as_i64().unwrap();
        assert_eq!((figure("rows"), figure("created"), figure("rejected")), (6, 3, 1));
        assert_eq!(dry["dry_run"], true);
        let status = server.json("/v1/status");
        for count in ["n_orders", "n_customers", "n_products", "n_facts"] {
            assert_eq!(status[count], 0, "{count}");
        }
        assert_eq!(server.json("/v1/channels")["items"], json!([]));
        let real = import(server, "", GOOD);
        assert_eq!(real["created"], dry["created"]);
    });
}

#[test]
fn a_file_that_cannot_be_used_is_refused_and_leaves_nothing() {
    on_empty("bad_file", |server| {
        let header = GOOD.lines().next().unwrap();
        for (file, why) in [
            (String::new(), "empty"),
            ("\u{feff}".to_owned(), "empty but for a mark"),
            (GOOD.replace("order_number", "colour"), "a column is missing"),
            ("just a sentence\nand another\n".to_owned(), "no table"),
        ] {
            let answer = upload(server, "/v1/imports?file_name=bad.csv", file);
            let problem = answer.problem(400, "invalid_request");
            assert!(problem["detail"].as_str().unwrap().len() > 20, "{why}: {problem}");
        }
        for query in ["preset=odd", "time_zone=Nowhere/City", "currency=XQX", "dates=xyz", "map=a"]
        {
            upload(server, &format!("/v1/imports?{query}"), GOOD).problem(400, "invalid_request");
        }
        upload(server, "/v1/imports?dry_run=perhaps", GOOD).problem(400, "invalid_request");
        assert_eq!(server.json("/v1/imports")["items"], json!([]));
        assert_eq!(server.json("/v1/status")["n_orders"], 0);
        let left: Vec<_> = std::fs::read_dir(server.shop.imports_folder()).unwrap().collect();
        assert!(left.is_empty(), "files are left: {left:?}");
        // A header alone is found out only by reading on.
        let none = import(server, "", header);
        assert_eq!((&none["state"], &none["rows"]), (&json!("failed"), &json!(0)));
        assert!(none["error"].as_str().unwrap().contains("no rows"), "{none}");
    });
}

#[test]
fn importing_needs_the_scope_for_writing() {
    on_empty("import_scope", |server| {
        for path in ["/v1/imports", "/v1/imports/preview"] {
            let request = server.request(Method::POST, path, &server.read_key);
            server.send(request.body(Body::from(GOOD)).unwrap()).problem(403, "forbidden");
        }
        assert_eq!(server.json("/v1/imports")["items"], json!([]));
    });
}
